// Copies the text of another element; where the browser has no clipboard it selects the text.
//
//   <copy-text for="methods"><button type="button">Copy the paragraphs</button>
//   <span role="status"></span></copy-text>

class CopyText extends HTMLElement {
  #stop = null;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.querySelector("button").addEventListener("click", () => this.#copy(), { signal });
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  async #copy() {
    const source = document.getElementById(this.getAttribute("for"));
    const status = this.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(source.innerText);
      status.textContent = "Copied";
    } catch {
      // Plain http on a network address has no clipboard.
      window.getSelection().selectAllChildren(source);
      status.textContent = "Selected: press Ctrl+C";
    }
  }
}

customElements.define("copy-text", CopyText);
