// Plays one sound at a time, for the researcher.
//
// <sound-button src="…/clip.wav"> a .play button </sound-button>

let current = null;

class SoundButton extends HTMLElement {
  #lifetime = null;
  #sound = null;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.querySelector("button").addEventListener("click", () => this.#toggle(), { signal });
  }

  disconnectedCallback() {
    this.stop();
    this.#lifetime.abort();
  }

  stop() {
    this.#sound?.pause();
    this.#show(false);
    if (current === this) {
      current = null;
    }
  }

  async #toggle() {
    if (current === this) {
      this.stop();
      return;
    }
    current?.stop();
    current = this;
    if (!this.#sound) {
      this.#sound = new Audio(this.getAttribute("src"));
      this.#sound.addEventListener("ended", () => this.stop());
    }
    this.#sound.currentTime = 0;
    this.#show(true);
    try {
      await this.#sound.play();
    } catch {
      this.stop();
    }
  }

  #show(isPlaying) {
    this.querySelector("button").setAttribute("aria-pressed", String(isPlaying));
  }
}

customElements.define("sound-button", SoundButton);
