/**
 * Shows only what belongs to the chosen model, segmenter, explainer, domain and controls.
 *
 * <recipe-form>
 *   <select name="model"> … <fieldset data-model="vibenet">…</fieldset>
 *   <select name="segmenter"> … <div data-component="segmenter" data-option="grid">…</div>
 *   <input type="checkbox" value="control_x"> … <div data-needs="control_x">…</div>
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
    for (const group of this.querySelectorAll("[data-needs]")) {
      const box = this.querySelector(`input[type="checkbox"][value="${group.dataset.needs}"]`);
      group.hidden = !box?.checked;
    }
  }
}

customElements.define("recipe-form", RecipeForm);
