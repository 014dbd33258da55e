// Keeps a part of a page up to date: fetches the page again and takes over its part of this id.
// Rests while the page is hidden or something in the part has focus.
//
// <live-part id="progress" src="/studies/x/progress/" active> … </live-part>

const PAUSE_MS = 10_000;

class LivePart extends HTMLElement {
  #scope = new AbortController();
  #timer = 0;

  connectedCallback() {
    this.#scope = new AbortController();
    if (this.hasAttribute("active")) this.#wait();
  }

  disconnectedCallback() {
    this.#scope.abort();
    clearTimeout(this.#timer);
  }

  #wait() {
    this.#timer = setTimeout(() => this.#renew(), Number(this.dataset.pauseMs ?? PAUSE_MS));
  }

  async #renew() {
    try {
      if (!document.hidden && !this.contains(document.activeElement)) await this.#fetch();
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    this.#wait();
  }

  async #fetch() {
    const response = await fetch(this.getAttribute("src"), { signal: this.#scope.signal });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById(this.id);
    if (fresh) this.replaceChildren(...document.importNode(fresh, true).childNodes);
  }
}

customElements.define("live-part", LivePart);
