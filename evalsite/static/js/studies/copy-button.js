// Copies the text of a field. Selects it where the clipboard is shut (plain http on a phone).
//
// <copy-button for="link" data-text-done="Copied"><button type="button">Copy</button></copy-button>

const SHOWN_MS = 4000;

class CopyButton extends HTMLElement {
  #lifetime = null;
  #label = "";

  connectedCallback() {
    this.#lifetime = new AbortController();
    const button = this.querySelector("button");
    this.#label = button.textContent;
    button.addEventListener("click", () => this.#copy(button), { signal: this.#lifetime.signal });
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  async #copy(button) {
    const field = document.getElementById(this.getAttribute("for"));
    field.focus();
    field.select();
    if (await this.#write(field.value)) {
      button.textContent = this.dataset.textDone;
      setTimeout(() => (button.textContent = this.#label), SHOWN_MS);
    }
  }

  async #write(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return document.execCommand("copy");
    }
  }
}

customElements.define("copy-button", CopyButton);
