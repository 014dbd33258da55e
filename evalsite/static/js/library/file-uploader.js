/**
 * Sends files one by one, each with its progress, and says what became of it.
 *
 * <file-uploader>
 *   <form class="drop" action="/library/upload/" enctype="multipart/form-data">
 *     <input type="file" name="files" multiple> <… data-drop-hint hidden> <button>
 *   </form>
 *   <ul class="uploads"></ul> <p role="status" data-status></p>
 * </file-uploader>
 *
 * Without this script the form sends all files at once. Emits "file-added" with the server's answer.
 */
class FileUploader extends HTMLElement {
  #scope = new AbortController();
  #waiting = [];
  #isSending = false;

  connectedCallback() {
    this.#scope = new AbortController();
    const { signal } = this.#scope;
    const form = this.querySelector("form");
    const input = form.querySelector('input[type="file"]');
    form.addEventListener("submit", (event) => {
      if (!input.files.length) return;
      event.preventDefault();
      this.#add(input.files);
      input.value = "";
    }, { signal });
    input.addEventListener("change", () => {
      this.#add(input.files);
      input.value = "";
    }, { signal });
    this.querySelector("[data-drop-hint]").hidden = false;
    this.#listenToDrops(form, signal);
    form.querySelector("button").hidden = true;
  }

  disconnectedCallback() {
    this.#scope.abort();
  }

  #listenToDrops(form, signal) {
    for (const name of ["dragenter", "dragover"]) {
      form.addEventListener(name, (event) => {
        event.preventDefault();
        form.classList.add("over");
      }, { signal });
    }
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(event.relatedTarget)) form.classList.remove("over");
    }, { signal });
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      this.#add(event.dataTransfer.files);
    }, { signal });
  }

  #add(files) {
    for (const file of files) this.#waiting.push({ file, row: this.#makeRow(file) });
    this.#sendNext();
  }

  #makeRow(file) {
    const row = document.createElement("li");
    const name = document.createElement("b");
    name.textContent = file.name;
    const progress = document.createElement("progress");
    progress.max = file.size || 1;
    progress.value = 0;
    progress.setAttribute("aria-label", `Sending ${file.name}`);
    const sentence = document.createElement("p");
    sentence.textContent = "Waiting";
    row.dataset.state = "waiting";
    row.append(name, progress, sentence);
    this.querySelector(".uploads").append(row);
    return row;
  }

  async #sendNext() {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#waiting.length) {
      const { file, row } = this.#waiting.shift();
      this.#show(row, await this.#send(file, row));
    }
    this.#isSending = false;
  }

  #send(file, row) {
    const form = this.querySelector("form");
    const sentence = row.querySelector("p");
    const progress = row.querySelector("progress");
    row.dataset.state = "sending";
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const lost = { sentence: `${file.name} was not sent: the connection broke off. Try again.` };
      request.open("POST", form.getAttribute("action"));
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        progress.max = event.total || 1;
        progress.value = event.loaded;
        const percent = Math.round((100 * event.loaded) / (event.total || 1));
        sentence.textContent = percent < 100 ? `Sending, ${percent} %` : "Decoding";
      });
      request.addEventListener("load", () => resolve(request.response?.files?.[0] ?? {
        sentence: `${file.name} was not taken: the server answered ${request.status}.`,
      }));
      request.addEventListener("error", () => resolve(lost));
      request.addEventListener("abort", () => resolve(lost));
      const data = new FormData();
      data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      data.append("files", file);
      request.send(data);
    });
  }

  #show(row, answer) {
    row.dataset.state = answer.url ? "done" : "refused";
    row.querySelector("progress").remove();
    const sentence = row.querySelector("p");
    sentence.textContent = answer.sentence;
    if (answer.url) {
      const link = document.createElement("a");
      link.href = answer.url;
      link.textContent = "Open it";
      sentence.append(" ", link);
      this.dispatchEvent(new CustomEvent("file-added", { detail: answer, bubbles: true }));
    }
    this.querySelector("[data-status]").textContent = answer.sentence;
  }
}

customElements.define("file-uploader", FileUploader);
