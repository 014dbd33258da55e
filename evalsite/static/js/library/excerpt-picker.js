import { formatClock } from "./clock.js";
import { fit, grip, move, pull } from "./excerpt.js";

/**
 * Chooses an excerpt by ear: a window on the waveform, kept in step with two number fields.
 *
 * <excerpt-picker src="/…/audio.flac" duration="183.2" min="2" max="30">
 *   <div data-wave><svg viewBox="0 0 800 72">… <rect data-window> <line data-edge="start">
 *     <line data-edge="end"> <line data-playhead></svg><div data-handle role="slider"></div></div>
 *   <button data-play="excerpt"> <button data-play="all"> <output data-where> <audio data-audio>
 *   <input name="start"> <input name="duration">
 * </excerpt-picker>
 *
 * Without this script the fields and the browser's own player do the same work.
 * Emits "excerpt-change" with {start, length}.
 */
const WIDTH = 800;
const GRIP_PIXELS = 14;

class ExcerptPicker extends HTMLElement {
  #scope = new AbortController();
  #excerpt = { start: 0, length: 10 };
  #drag = null;
  #mode = null;
  #frame = 0;

  connectedCallback() {
    this.#scope = new AbortController();
    const { signal } = this.#scope;
    const start = this.#field("start");
    if (start) {
      this.#read();
      this.addEventListener("change", (event) => this.#onChange(event), { signal });
      this.#listenToWave(signal);
      this.#one("[data-handle]").hidden = false;
      this.#show();
    }
    this.#listenToSound(signal);
  }

  disconnectedCallback() {
    this.#scope.abort();
    this.#audio.pause();
    cancelAnimationFrame(this.#frame);
  }

  get #audio() {
    return this.#one("[data-audio]");
  }

  get #limits() {
    const number = (name) => Number(this.getAttribute(name));
    return { duration: number("duration"), min: number("min"), max: number("max") };
  }

  #one(selector) {
    return this.querySelector(selector);
  }

  #field(name) {
    return this.#one(`input[name="${name}"]`);
  }

  #read() {
    const number = (name) => Number(this.#field(name).value) || 0;
    this.#excerpt = fit({ start: number("start"), length: number("duration") }, this.#limits);
  }

  #onChange(event) {
    if (event.target !== this.#field("start") && event.target !== this.#field("duration")) return;
    this.#read();
    this.#publish();
  }

  /** A field that says so already is left alone: somebody may be typing in it. */
  #write(name, value) {
    const field = this.#field(name);
    if (Number(field.value) !== value) field.value = value;
  }

  #set(excerpt) {
    this.#excerpt = excerpt;
    this.#publish();
  }

  #publish() {
    this.#write("start", this.#excerpt.start);
    this.#write("duration", this.#excerpt.length);
    this.#show();
    const detail = { ...this.#excerpt };
    this.dispatchEvent(new CustomEvent("excerpt-change", { detail, bubbles: true }));
  }

  #show() {
    const { start, length } = this.#excerpt;
    const toX = (second) => (second / this.#limits.duration) * WIDTH;
    const box = this.#one("[data-window]");
    box.setAttribute("x", toX(start));
    box.setAttribute("width", toX(length));
    this.#place('[data-edge="start"]', toX(start));
    this.#place('[data-edge="end"]', toX(start + length));
    const handle = this.#one("[data-handle]");
    handle.setAttribute("aria-valuenow", start);
    handle.setAttribute("aria-valuetext", `${formatClock(start)} to ${formatClock(start + length)}`);
    if (!this.#mode) this.#say(`${formatClock(start)} to ${formatClock(start + length)}`);
  }

  #place(selector, x) {
    const line = this.#one(selector);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }

  #say(text) {
    this.#one("[data-where]").textContent = text;
  }

  #listenToWave(signal) {
    const wave = this.#one("[data-wave]");
    wave.addEventListener("pointerdown", (event) => this.#take(event, wave), { signal });
    wave.addEventListener("pointermove", (event) => this.#pull(event, wave), { signal });
    for (const name of ["pointerup", "pointercancel"]) {
      wave.addEventListener(name, () => (this.#drag = null), { signal });
    }
    wave.addEventListener("keydown", (event) => this.#onKey(event), { signal });
  }

  #secondAt(event, wave) {
    const box = wave.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * this.#limits.duration;
  }

  #take(event, wave) {
    if (event.button) return;
    event.preventDefault();
    wave.setPointerCapture(event.pointerId);
    const second = this.#secondAt(event, wave);
    const tolerance = (GRIP_PIXELS / wave.clientWidth) * this.#limits.duration;
    let held = grip(this.#excerpt, second, tolerance);
    if (held === "outside") {
      held = "window";
      const start = second - this.#excerpt.length / 2;
      this.#set(fit({ ...this.#excerpt, start }, this.#limits));
    }
    this.#drag = { held, offset: second - this.#excerpt.start };
    this.#one("[data-handle]").focus();
  }

  #pull(event, wave) {
    if (!this.#drag) return;
    const second = this.#secondAt(event, wave);
    const { held, offset } = this.#drag;
    if (held === "window") {
      this.#set(fit({ ...this.#excerpt, start: second - offset }, this.#limits));
    } else {
      this.#set(pull(this.#excerpt, held, second, this.#limits));
    }
  }

  #onKey(event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    const leaps = { PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    const seconds = step ?? leaps[event.key];
    if (seconds === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (event.shiftKey && step) {
      const length = this.#excerpt.length + step;
      this.#set(fit({ ...this.#excerpt, length }, this.#limits));
      return;
    }
    const far = this.#limits.duration;
    this.#set(move(this.#excerpt, Math.min(Math.max(seconds, -far), far), this.#limits));
  }

  #listenToSound(signal) {
    const audio = this.#audio;
    audio.controls = false;
    for (const button of this.querySelectorAll("[data-play]")) {
      const isExcerpt = button.dataset.play === "excerpt";
      if (isExcerpt && !this.#field("start")) continue;
      button.hidden = false;
      button.addEventListener("click", () => this.#toggle(button.dataset.play), { signal });
    }
    audio.addEventListener("ended", () => this.#stop(), { signal });
    audio.addEventListener("error", () => this.#fail(), { signal });
    this.addEventListener("excerpt-change", () => this.#mode === "excerpt" && this.#stop(), {
      signal,
    });
  }

  async #toggle(mode) {
    if (this.#mode === mode) {
      this.#stop();
      return;
    }
    this.#mode = mode;
    this.#one("[data-error]").hidden = true;
    this.#audio.currentTime = mode === "excerpt" ? this.#excerpt.start : 0;
    try {
      await this.#audio.play();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#fail();
      return;
    }
    this.#mark();
    this.#follow();
  }

  #follow() {
    if (!this.#mode) return;
    const now = this.#audio.currentTime;
    const end = this.#excerpt.start + this.#excerpt.length;
    if (this.#mode === "excerpt" && now >= end) {
      this.#stop();
      return;
    }
    this.#one("[data-playhead]").setAttribute("visibility", "visible");
    this.#place("[data-playhead]", (now / this.#limits.duration) * WIDTH);
    this.#say(formatClock(Math.floor(now)));
    this.#frame = requestAnimationFrame(() => this.#follow());
  }

  #stop() {
    this.#audio.pause();
    this.#mode = null;
    cancelAnimationFrame(this.#frame);
    this.#one("[data-playhead]").setAttribute("visibility", "hidden");
    this.#mark();
    if (this.#field("start")) this.#show();
    else this.#say("");
  }

  #fail() {
    this.#stop();
    const error = this.#one("[data-error]");
    error.textContent = "The sound could not be loaded. Check the connection and press play again.";
    error.hidden = false;
    this.#audio.load();
  }

  #mark() {
    const names = { excerpt: ["Play the excerpt", "Stop"], all: ["Play all of it", "Stop"] };
    for (const button of this.querySelectorAll("[data-play]")) {
      const isOn = button.dataset.play === this.#mode;
      button.setAttribute("aria-pressed", String(isOn));
      button.textContent = names[button.dataset.play][Number(isOn)];
    }
  }
}

customElements.define("excerpt-picker", ExcerptPicker);
