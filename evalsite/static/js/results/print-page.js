// A button that prints the page with everything that is folded opened, and folds it again.
//
//   <print-page><button type="button">Print</button></print-page>

class PrintPage extends HTMLElement {
  #stop = null;
  #opened = [];

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.querySelector("button").addEventListener("click", () => window.print(), { signal });
    // The browser's own menu prints too.
    window.addEventListener("beforeprint", () => this.#unfold(), { signal });
    window.addEventListener("afterprint", () => this.#fold(), { signal });
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  #unfold() {
    this.#opened = [...document.querySelectorAll("main details:not([open])")];
    for (const details of this.#opened) details.open = true;
  }

  #fold() {
    for (const details of this.#opened) details.open = false;
    this.#opened = [];
  }
}

customElements.define("print-page", PrintPage);
