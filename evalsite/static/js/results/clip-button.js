// One clip behind one play button; starting one stops the other.
//
//   <clip-button src="/library/clips/7.wav"><button type="button" class="play" …></button>
//   <span data-error hidden role="status"></span></clip-button>

let playing = null;

class ClipButton extends HTMLElement {
  #audio = null;
  #stop = null;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.querySelector("button").addEventListener("click", () => this.#toggle(), { signal });
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.#audio?.pause();
  }

  pause() {
    this.#audio?.pause();
  }

  async #toggle() {
    this.#audio ??= this.#load();
    if (!this.#audio.paused) {
      this.pause();
      return;
    }
    if (playing && playing !== this) playing.pause();
    playing = this;
    this.#say("");
    try {
      await this.#audio.play();
    } catch (error) {
      // A pause before the first sound is no failure.
      if (error.name !== "AbortError") this.#fail();
    }
  }

  #load() {
    const audio = new Audio(this.getAttribute("src"));
    const { signal } = this.#stop;
    for (const name of ["play", "pause", "ended"]) {
      audio.addEventListener(name, () => this.#show(), { signal });
    }
    return audio;
  }

  #show() {
    const isPlaying = !this.#audio.paused && !this.#audio.ended;
    this.querySelector("button").setAttribute("aria-pressed", String(isPlaying));
  }

  #fail() {
    this.#audio = null;
    this.querySelector("button").setAttribute("aria-pressed", "false");
    this.#say("This clip could not be loaded. Press play to try again.");
  }

  #say(sentence) {
    const place = this.querySelector("[data-error]");
    place.textContent = sentence;
    place.hidden = !sentence;
  }
}

customElements.define("clip-button", ClipButton);
