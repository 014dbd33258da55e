// A slider that has no value until somebody gives it one.
//
// <unset-slider data-text-unset="not set" [data-labels="Bad|Poor|…"]>
//   <input type="range" name="…" data-set="false"><output></output> [<span class="word">]
// </unset-slider>
//
// The first press, key or touch sets it, also where that leaves its place: then data-set is true and
// an "input" event says so. ↑ ↓ ← → go by 1, Page Up and Page Down by 10, Home and End to the ends.

const PAGES = { PageUp: 10, PageDown: -10 };
const SETTING = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "Enter"]);

class UnsetSlider extends HTMLElement {
  #lifetime = null;
  #input = null;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#input = this.querySelector("input");
    this.#input.addEventListener("input", () => this.#set(), { signal });
    this.#input.addEventListener("pointerup", () => this.#touch(), { signal });
    this.#input.addEventListener("keydown", (event) => this.#press(event), { signal });
    // Set from outside: a draft that comes back.
    const watcher = new MutationObserver(() => this.#show());
    watcher.observe(this.#input, { attributeFilter: ["data-set"] });
    signal.addEventListener("abort", () => watcher.disconnect());
    this.#show();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get isSet() {
    return this.#input.dataset.set === "true";
  }

  /** A press on the place where the value lies already changes nothing, so the browser is silent. */
  #touch() {
    if (!this.isSet && !this.#input.disabled) {
      this.#input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  #press(event) {
    const step = PAGES[event.key];
    if (step) {
      event.preventDefault();
      this.#input.value = String(Number(this.#input.value) + step);
      this.#input.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (!this.isSet && SETTING.has(event.key)) {
      this.#touch();
    }
  }

  #set() {
    this.#input.dataset.set = "true";
    this.#show();
  }

  #show() {
    const { value } = this.#input;
    this.#input.classList.toggle("unset", !this.isSet);
    const label = this.isSet ? this.#findLabel(Number(value)) : "";
    const text = label ? `${value}, ${label}` : value;
    this.#input.setAttribute("aria-valuetext", this.isSet ? text : this.dataset.textUnset);
    const output = this.querySelector("output");
    output.textContent = this.isSet ? value : this.dataset.textUnset;
    output.classList.toggle("none", !this.isSet);
    const word = this.querySelector(".word");
    if (word) {
      word.textContent = label;
    }
  }

  /** The labels part the slider into equal bands, the lowest first; "" where there are none. */
  #findLabel(value) {
    const labels = (this.dataset.labels ?? "").split("|");
    const share = (value - Number(this.#input.min)) / (this.#input.max - this.#input.min);
    return labels[Math.min(Math.floor(share * labels.length), labels.length - 1)] ?? "";
  }
}

customElements.define("unset-slider", UnsetSlider);
