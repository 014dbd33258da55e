/**
 * Keeps jobs on the page up to date while one of them waits or runs.
 *
 * <live-queue src="/library/queue/" active>
 *   <ul><li data-job="7" data-state="running"> <… data-word> <progress data-progress>
 *     <… data-sentence> <… data-when="failed"></li></ul> <p role="status" data-status></p>
 * </live-queue>
 *
 * active: something waits, so ask; reload: show the page anew when a job is over.
 * Emits "job-over" with {pk, state}. Elements with data-badge-of="7" anywhere on the page get the
 * job's new badge, cloned from <template data-badge="done">.
 */
const PAUSE_MS = 2000;
const PAUSE_AFTER_FAILURE_MS = 8000;
const OPEN = new Set(["queued", "running"]);

class LiveQueue extends HTMLElement {
  #scope = new AbortController();
  #timer = 0;

  connectedCallback() {
    this.#scope = new AbortController();
    const isOpen = [...this.#rows()].some((row) => OPEN.has(row.dataset.state));
    if (isOpen || this.hasAttribute("active")) this.#wait(PAUSE_MS);
  }

  disconnectedCallback() {
    this.#scope.abort();
    clearTimeout(this.#timer);
  }

  #rows() {
    return this.querySelectorAll("[data-job]");
  }

  #wait(milliseconds) {
    this.#timer = setTimeout(() => this.#ask(), milliseconds);
  }

  async #ask() {
    try {
      const response = await fetch(this.getAttribute("src"), {
        headers: { Accept: "application/json" },
        signal: this.#scope.signal,
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const { entries } = await response.json();
      this.#take(entries);
      if (entries.some((entry) => OPEN.has(entry.state))) this.#wait(PAUSE_MS);
    } catch (error) {
      if (error.name !== "AbortError") this.#wait(PAUSE_AFTER_FAILURE_MS);
    }
  }

  #take(entries) {
    const left = new Map(entries.map((entry) => [String(entry.pk), entry]));
    for (const row of this.#rows()) {
      const entry = left.get(row.dataset.job);
      left.delete(row.dataset.job);
      // What is done leaves the queue.
      if (entry) this.#update(row, entry);
      else if (OPEN.has(row.dataset.state)) this.#finish(row, "done");
    }
    // Asked for in another window: its row has to come from the server.
    if ([...left.values()].some((entry) => OPEN.has(entry.state))) location.reload();
    const empty = this.querySelector("[data-empty]");
    if (empty) empty.hidden = this.#rows().length > 0;
  }

  #update(row, entry) {
    const before = row.dataset.state;
    row.dataset.state = entry.state;
    row.querySelector("[data-word]").textContent = entry.progress || entry.word;
    const progress = row.querySelector("[data-progress]");
    if (progress) {
      progress.hidden = entry.state !== "running";
      progress.max = entry.total || 1;
      progress.value = entry.done;
    }
    const sentence = row.querySelector("[data-sentence]");
    if (sentence) {
      sentence.textContent = entry.error;
      sentence.hidden = !entry.error;
    }
    for (const part of row.querySelectorAll("[data-when]")) {
      part.hidden = !part.dataset.when.split(" ").includes(entry.state);
    }
    if (before === entry.state) return;
    this.#badge(entry.pk, entry.state);
    if (!OPEN.has(entry.state)) this.#announce(row, entry.state);
  }

  #finish(row, state) {
    row.dataset.state = state;
    this.#badge(row.dataset.job, state);
    this.#announce(row, state);
    if (!this.hasAttribute("reload")) row.remove();
  }

  #announce(row, state) {
    const detail = { pk: Number(row.dataset.job), state };
    this.dispatchEvent(new CustomEvent("job-over", { detail, bubbles: true }));
    const status = this.querySelector("[data-status]");
    const what = row.querySelector(".what")?.textContent.trim() ?? "An explanation";
    if (status) status.textContent = `${what}: ${state}.`;
    if (this.hasAttribute("reload")) location.reload();
  }

  #badge(pk, state) {
    const template = document.querySelector(`template[data-badge="${state}"]`);
    const place = document.querySelector(`[data-badge-of="${pk}"]`);
    if (!template || !place) return;
    const word = place.textContent.trim();
    const badge = template.content.firstElementChild.cloneNode(true);
    badge.lastChild.textContent = word;
    place.replaceChildren(badge);
  }
}

customElements.define("live-queue", LiveQueue);
