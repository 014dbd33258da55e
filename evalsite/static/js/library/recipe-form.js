/**
 * Shows only what belongs to the chosen model, segmenter and explainer.
 *
 * <recipe-form>
 *   <select name="model"> … <fieldset data-model="vibenet">…</fieldset>
 *   <select name="segmenter"> … <div data-component="segmenter" data-option="grid">…</div>
 * </recipe-form>
 */
class RecipeForm extends HTMLElement {
  #scope = new AbortController();

  connectedCallback() {
    this.#scope = new AbortController();
    this.addEventListener("change", () => this.#show(), { signal: this.#scope.signal });
    this.#show();
  }

  disconnectedCallback() {
    this.#scope.abort();
  }

  #show() {
    const model = this.querySelector('select[name="model"]')?.value;
    for (const group of this.querySelectorAll("[data-model]")) {
      group.hidden = group.dataset.model !== model;
      group.disabled = group.hidden;
    }
    for (const group of this.querySelectorAll("[data-component]")) {
      const chosen = this.querySelector(`select[name="${group.dataset.component}"]`)?.value;
      group.hidden = group.dataset.option !== chosen;
    }
  }
}

customElements.define("recipe-form", RecipeForm);
