// Opens a dialog; a button with data-close in it, Escape and a press outside close it.
//
//   <open-dialog for="unblind"><button type="button">Unblind…</button></open-dialog>
//   <dialog id="unblind"><form method="post">… <button type="button" data-close>…</button>

class OpenDialog extends HTMLElement {
  #stop = null;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const dialog = document.getElementById(this.getAttribute("for"));
    this.querySelector("button").addEventListener("click", () => dialog.showModal(), { signal });
    dialog.addEventListener(
      "click",
      (event) => {
        if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
      },
      { signal },
    );
  }

  disconnectedCallback() {
    this.#stop.abort();
  }
}

customElements.define("open-dialog", OpenDialog);
