// The way back to the panel that sent the listener: shown only when every answer is saved.
//
// <panel-return at-once><a href="https://panel.example/?cc=CODE">…</a></panel-return>
// With at-once it is also taken without a press, once in a tab: Back does not lead there again.

class PanelReturn extends HTMLElement {
  #scope = new AbortController();

  connectedCallback() {
    if (document.querySelector("waiting-answers[empty]")) {
      this.#open();
      return;
    }
    this.hidden = true;
    document.addEventListener("empty", () => this.#open(), {
      once: true,
      signal: this.#scope.signal,
    });
  }

  disconnectedCallback() {
    this.#scope.abort();
  }

  #open() {
    this.hidden = false;
    const { href } = this.querySelector("a");
    if (this.hasAttribute("at-once") && sessionStorage.getItem("returned") !== href) {
      sessionStorage.setItem("returned", href);
      window.location.assign(href);
    }
  }
}

customElements.define("panel-return", PanelReturn);
