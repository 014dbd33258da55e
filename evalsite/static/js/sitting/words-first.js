// Words before questions: what the questions name must not put words into a listener's mouth.
//
// <words-first>
//   <div><textarea></textarea> <button type="button" class="go-on">…</button></div>
//   <fieldset class="after-words" hidden disabled> the questions </fieldset>
// </words-first>
//
// The button shows the questions and closes the words. Till then no key reaches the questions.

class WordsFirst extends HTMLElement {
  #lifetime = null;
  #words = null;
  #button = null;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#words = this.querySelector("textarea");
    this.#button = this.querySelector(".go-on");
    this.#words.addEventListener("input", () => this.#show(), { signal });
    this.#button.addEventListener("click", () => this.#goOn(), { signal });
    this.#show();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get #hasWords() {
    return this.#words.value.trim() !== "";
  }

  #show() {
    this.#button.setAttribute("aria-disabled", String(!this.#hasWords));
  }

  #goOn() {
    this.#show();
    if (!this.#hasWords) {
      this.#words.focus();
      return;
    }
    this.#words.readOnly = true;
    this.#button.hidden = true;
    const questions = this.querySelector(".after-words");
    questions.hidden = false;
    questions.disabled = false;
    questions.querySelector("input").focus();
  }
}

customElements.define("words-first", WordsFirst);
