// The player: decodes the clip first, plays it by Web Audio, knows which seconds were heard.
//
// <clip-player src="…/clip.wav" duration="12.000" data-text-play="…" …>
//   a .play button, a .coverage svg, a .seek range, an output, a .trouble with a .retry
// </clip-player>
//
// Events: "clip-progress" when something was heard, "clip-log" with {kind, at} for the record.

import { CoverageBar } from "./coverage-bar.js";
import { addStretch, missingSeconds } from "./coverage.js";
import { fill } from "./texts.js";

const FADE_SECONDS = 0.005;
const RESUME_MS = 1500;
const ANNOUNCE_MS = 3000;
// Keys typed here mean text or the control's own action, not "play".
const BUSY = "textarea, select, button, a, summary, [contenteditable], input:not([type=radio], [type=range])";

class ClipPlayer extends HTMLElement {
  #lifetime = null;
  #context = null;
  #buffer = null;
  #voice = null;
  #position = 0;
  #heard = [];
  #nPlays = 0;
  #isResuming = false;
  #announcedAt = 0;
  #parts = {};
  #bar = null;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#parts = {
      button: this.querySelector(".play"),
      seek: this.querySelector(".seek"),
      output: this.querySelector("output"),
      trouble: this.querySelector(".trouble"),
      retry: this.querySelector(".retry"),
      status: this.querySelector(".announce"),
    };
    this.#bar = new CoverageBar(this.querySelector(".coverage"), this.duration);
    const { button, seek, retry } = this.#parts;
    button.addEventListener("click", () => this.toggle(), { signal });
    retry.addEventListener("click", () => this.#load(), { signal });
    seek.addEventListener("input", () => this.#moveTo(Number(seek.value)), { signal });
    seek.addEventListener("change", () => this.#goOn(), { signal });
    seek.addEventListener("keydown", (event) => this.#step(event), { signal });
    document.addEventListener("keydown", (event) => this.#listenForSpace(event), { signal });
    document.addEventListener("visibilitychange", () => this.#log(document.visibilityState), {
      signal,
    });
    const timer = setInterval(() => this.#collect(), 500);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.#load();
  }

  disconnectedCallback() {
    this.#silence();
    this.#lifetime.abort();
    this.#context?.close();
    this.#context = null;
  }

  get duration() {
    return Number(this.getAttribute("duration"));
  }

  get heard() {
    return this.#heard;
  }

  get nPlays() {
    return this.#nPlays;
  }

  get missing() {
    return missingSeconds(this.#heard, this.duration);
  }

  /** Take up what was heard before the page was loaded again. */
  restore({ heard, nPlays }) {
    this.#heard = heard;
    this.#nPlays = nPlays;
    this.#show();
  }

  focusButton() {
    this.#parts.button.focus();
  }

  toggle() {
    if (this.#voice) {
      this.#pause();
      this.#log("pause");
    } else if (this.#buffer) {
      this.#play();
    }
  }

  async #load() {
    const { signal } = this.#lifetime;
    this.#parts.trouble.hidden = true;
    this.#parts.retry.hidden = true;
    try {
      const response = await fetch(this.getAttribute("src"), { signal });
      if (!response.ok) {
        throw new Error(`status ${response.status}`);
      }
      const data = await this.#receive(response);
      this.#context ??= this.#openContext();
      this.#buffer = await this.#context.decodeAudioData(data);
    } catch (error) {
      if (!signal.aborted) {
        this.#log("load_failed");
        this.#complain(this.dataset.textFailed, true);
      }
      return;
    }
    this.#parts.button.removeAttribute("aria-disabled");
    this.toggleAttribute("ready", true);
    this.#log("loaded", { rate: this.#context.sampleRate });
    this.#show();
  }

  async #receive(response) {
    const total = Number(response.headers.get("Content-Length"));
    if (!response.body || !total) {
      return response.arrayBuffer();
    }
    const pieces = [];
    let received = 0;
    const reader = response.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      pieces.push(read.value);
      received += read.value.length;
      const percent = Math.min(100, Math.round((100 * received) / total));
      this.#parts.output.textContent = fill(this.dataset.textLoading, { percent });
      const ring = this.querySelector(".loading-ring");
      ring.setAttribute("stroke-dasharray", `${percent} 100`);
    }
    return new Blob(pieces).arrayBuffer();
  }

  #openContext() {
    const context = new AudioContext();
    // A phone call, another app, a sleeping laptop: the clock of the sound stands still.
    context.addEventListener("statechange", () => {
      if (this.#voice && context.state !== "running") {
        this.#pause();
        this.#log("interrupted");
        this.#complain(this.dataset.textInterrupted, false);
      }
    });
    return context;
  }

  async #play() {
    if (this.#isResuming) {
      return;
    }
    this.#isResuming = true;
    const isRunning = await this.#wakeUp();
    this.#isResuming = false;
    if (!isRunning) {
      this.#log("silent");
      this.#complain(this.dataset.textSilent, false);
      return;
    }
    this.#parts.trouble.hidden = true;
    if (this.#position >= this.#buffer.duration - 0.01) {
      this.#position = 0;
    }
    this.#nPlays += 1;
    this.#sound();
    this.#log("play");
  }

  /** Browsers start the sound only after a gesture, some not even then. */
  async #wakeUp() {
    if (this.#context.state !== "running") {
      const resumed = this.#context.resume().catch(() => undefined);
      await Promise.race([resumed, new Promise((done) => setTimeout(done, RESUME_MS))]);
    }
    return this.#context?.state === "running";
  }

  #sound() {
    const now = this.#context.currentTime;
    const gain = this.#context.createGain();
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(1, now + FADE_SECONDS);
    const source = this.#context.createBufferSource();
    source.buffer = this.#buffer;
    source.connect(gain).connect(this.#context.destination);
    source.onended = () => this.#end(source);
    source.start(now, this.#position);
    this.#voice = { source, gain, startedAt: now, from: this.#position, collected: this.#position };
    this.#show();
    this.#animate();
  }

  #end(source) {
    if (this.#voice?.source !== source) {
      return;
    }
    this.#heard = addStretch(this.#heard, this.#voice.collected, this.#buffer.duration);
    this.#position = this.#buffer.duration;
    this.#voice = null;
    this.#log("ended");
    this.#show();
    this.dispatchEvent(new CustomEvent("clip-progress", { bubbles: true }));
  }

  #pause() {
    this.#collect();
    this.#silence();
    this.#show();
  }

  #silence() {
    if (!this.#voice) {
      return;
    }
    const { source, gain } = this.#voice;
    this.#position = this.#at();
    this.#voice = null;
    const now = this.#context.currentTime;
    gain.gain.setValueAtTime(1, now);
    gain.gain.linearRampToValueAtTime(0, now + FADE_SECONDS);
    source.stop(now + FADE_SECONDS);
  }

  #at() {
    if (!this.#voice) {
      return this.#position;
    }
    const played = this.#context.currentTime - this.#voice.startedAt;
    return Math.min(this.#voice.from + played, this.#buffer.duration);
  }

  #collect() {
    if (!this.#voice) {
      return;
    }
    const at = this.#at();
    if (at > this.#voice.collected) {
      this.#heard = addStretch(this.#heard, this.#voice.collected, at);
      this.#voice.collected = at;
      this.dispatchEvent(new CustomEvent("clip-progress", { bubbles: true }));
    }
  }

  #moveTo(seconds) {
    if (!this.#buffer) {
      return;
    }
    const wasPlaying = Boolean(this.#voice) || this.hasAttribute("seeking");
    this.#pause();
    this.toggleAttribute("seeking", wasPlaying);
    this.#position = Math.min(Math.max(seconds, 0), this.#buffer.duration);
    this.#show();
  }

  #goOn() {
    this.#log("seek");
    if (this.hasAttribute("seeking")) {
      this.removeAttribute("seeking");
      this.#sound();
    }
  }

  #step(event) {
    const seconds = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (seconds) {
      event.preventDefault();
      this.#moveTo(this.#at() + seconds);
      this.#goOn();
    }
  }

  #listenForSpace(event) {
    if (event.key !== " " || event.repeat || event.target.closest?.(BUSY)) {
      return;
    }
    event.preventDefault();
    this.toggle();
  }

  #log(kind, more = {}) {
    const at = Math.round(1000 * this.#at()) / 1000;
    this.dispatchEvent(new CustomEvent("clip-log", { bubbles: true, detail: { kind, at, ...more } }));
  }

  #complain(sentence, canRetry) {
    const { trouble, retry } = this.#parts;
    trouble.querySelector("span").textContent = sentence;
    retry.hidden = !canRetry;
    trouble.hidden = false;
  }

  #animate() {
    if (this.#voice) {
      this.#collect();
      this.#show();
      requestAnimationFrame(() => this.#animate());
    }
  }

  #show() {
    const { button, seek, output } = this.#parts;
    const at = this.#at();
    const isPlaying = Boolean(this.#voice);
    button.setAttribute("aria-pressed", String(isPlaying));
    button.setAttribute("aria-label", isPlaying ? this.dataset.textPause : this.dataset.textPlay);
    this.#bar.show(this.#heard, at);
    const total = Math.round(this.duration);
    if (!this.hasAttribute("seeking")) {
      seek.value = String(at);
    }
    seek.setAttribute(
      "aria-valuetext",
      fill(this.dataset.textPosition, { position: Math.round(at), total }),
    );
    this.toggleAttribute("complete", this.missing === 0);
    if (this.#buffer) {
      const seconds = this.duration - this.missing;
      const heard = this.missing ? Math.floor(Math.min(seconds, total - 1)) : total;
      output.textContent = fill(this.dataset.textHeard, { heard, total });
      this.#announce(output.textContent);
    }
  }

  /** Screen readers are told now and then, not every frame. */
  #announce(sentence) {
    const now = performance.now();
    const { status } = this.#parts;
    if (status && sentence !== status.textContent && now - this.#announcedAt > ANNOUNCE_MS) {
      status.textContent = sentence;
      this.#announcedAt = now;
    }
  }
}

customElements.define("clip-player", ClipPlayer);
