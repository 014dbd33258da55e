// Selects the line of a text that a refusal is about.
//
// <line-finder line="12"> a textarea </line-finder>

class LineFinder extends HTMLElement {
  connectedCallback() {
    const number = Number(this.getAttribute("line"));
    const field = this.querySelector("textarea");
    if (!number || !field) {
      return;
    }
    const lines = field.value.split("\n");
    const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
    field.focus();
    field.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
    field.scrollTop = (field.scrollHeight / lines.length) * Math.max(0, number - 5);
  }
}

customElements.define("line-finder", LineFinder);
