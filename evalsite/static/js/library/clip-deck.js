/**
 * Plays clips of one length in step: switching from one to another keeps the place.
 *
 * <clip-deck>
 *   <div data-clip data-src="/…/3.wav"> <button class="play"> <svg>… <line data-playhead></svg>
 *     <input class="seek" type="range" max="10"> <audio data-fallback></div> …
 *   <p data-error hidden></p>
 * </clip-deck>
 *
 * Keys: Space plays and pauses, the arrows of the seek bar move, 1 to 9 switch clips.
 * Without this script each clip has the browser's own player. Emits "clip-play" with {index}.
 */
const VIEW_WIDTH = 420;

class ClipDeck extends HTMLElement {
  #scope = new AbortController();
  #context = null;
  #buffers = new Map();
  #source = null;
  #current = -1;
  #offset = 0;
  #startedAt = 0;
  #frame = 0;
  #isPlaying = false;

  connectedCallback() {
    this.#scope = new AbortController();
    const { signal } = this.#scope;
    this.classList.add("ready");
    this.#rows.forEach((row, index) => {
      row.querySelector(".play").addEventListener("click", () => this.#press(index), { signal });
      const seek = row.querySelector(".seek");
      seek.disabled = false;
      seek.addEventListener("input", () => this.#seek(index, Number(seek.value)), { signal });
    });
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal });
  }

  disconnectedCallback() {
    this.#scope.abort();
    this.#halt();
    this.#context?.close();
    this.#context = null;
  }

  get #rows() {
    return [...this.querySelectorAll("[data-clip]")];
  }

  #duration(index) {
    return Number(this.#rows[index].querySelector(".seek").max);
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("button, a, summary, select, textarea, input:not(.seek)")) return;
    if (event.key === " ") {
      event.preventDefault();
      this.#press(Math.max(this.#current, 0));
    } else if (/^[1-9]$/.test(event.key) && Number(event.key) <= this.#rows.length) {
      event.preventDefault();
      this.#switchTo(Number(event.key) - 1);
    }
  }

  #press(index) {
    if (this.#isPlaying && index === this.#current) this.#pause();
    else this.#switchTo(index);
  }

  #pause() {
    this.#offset = this.#now();
    this.#halt();
    this.#show();
  }

  #seek(index, second) {
    this.#offset = second;
    if (this.#isPlaying) this.#switchTo(this.#current, second);
    else {
      this.#current = index;
      this.#show();
    }
  }

  /** Where playing is now, in seconds of the clip. */
  #now() {
    if (!this.#isPlaying) return this.#offset;
    return this.#offset + this.#context.currentTime - this.#startedAt;
  }

  async #switchTo(index, second = null) {
    const isSwitch = this.#isPlaying;
    this.#current = index;
    this.#show();
    try {
      this.#context ??= new AudioContext();
      if (this.#context.state === "suspended") await this.#context.resume();
      const buffer = await this.#load(index);
      if (this.#current !== index || this.#scope.signal.aborted) return;
      this.#start(buffer, second ?? (isSwitch ? this.#now() : this.#offset));
      this.#say("");
    } catch {
      this.#halt();
      this.#show();
      this.#say("This clip could not be loaded. Check the connection and press play again.");
      return;
    }
    this.dispatchEvent(new CustomEvent("clip-play", { detail: { index }, bubbles: true }));
    // The others are wanted next, and switching must not wait for the network.
    this.#rows.forEach((_, other) => this.#load(other).catch(() => this.#buffers.delete(other)));
  }

  #load(index) {
    if (!this.#buffers.has(index)) {
      const loading = fetch(this.#rows[index].dataset.src, { signal: this.#scope.signal })
        .then((response) => {
          if (!response.ok) throw new Error(`status ${response.status}`);
          return response.arrayBuffer();
        })
        .then((bytes) => this.#context.decodeAudioData(bytes));
      loading.catch(() => this.#buffers.delete(index));
      this.#buffers.set(index, loading);
    }
    return this.#buffers.get(index);
  }

  #start(buffer, second) {
    this.#halt();
    this.#offset = second >= buffer.duration ? 0 : second;
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.addEventListener("ended", () => this.#onEnded(source));
    source.start(0, this.#offset);
    this.#source = source;
    this.#startedAt = this.#context.currentTime;
    this.#isPlaying = true;
    this.#show();
    this.#follow();
  }

  #onEnded(source) {
    if (source !== this.#source) return;
    this.#halt();
    this.#offset = 0;
    this.#show();
  }

  #halt() {
    cancelAnimationFrame(this.#frame);
    const source = this.#source;
    this.#source = null;
    this.#isPlaying = false;
    source?.stop();
  }

  #follow() {
    if (!this.#isPlaying) return;
    this.#drawPlace();
    this.#frame = requestAnimationFrame(() => this.#follow());
  }

  #show() {
    this.#rows.forEach((row, index) => {
      const isOn = index === this.#current;
      row.classList.toggle("on", isOn);
      const button = row.querySelector(".play");
      const isPressed = isOn && this.#isPlaying;
      button.setAttribute("aria-pressed", String(isPressed));
      const name = row.querySelector("b").textContent.toLowerCase();
      button.setAttribute("aria-label", `${isPressed ? "Pause" : "Play"} ${name}`);
      const line = row.querySelector("[data-playhead]");
      line.setAttribute("visibility", isOn ? "visible" : "hidden");
    });
    this.#drawPlace();
  }

  #drawPlace() {
    const second = this.#now();
    this.#rows.forEach((row, index) => {
      const seek = row.querySelector(".seek");
      seek.value = second;
      seek.setAttribute("aria-valuetext", `${second.toFixed(1)} seconds`);
      if (index !== this.#current) return;
      const x = (second / this.#duration(index)) * VIEW_WIDTH;
      const line = row.querySelector("[data-playhead]");
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    });
  }

  #say(sentence) {
    const error = this.querySelector("[data-error]");
    error.textContent = sentence;
    error.hidden = !sentence;
  }
}

customElements.define("clip-deck", ClipDeck);
