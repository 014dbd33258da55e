// The player of a trial: one signal or several in step, loaded first, by mouse, touch and keys.
//
// <clip-player data-text-play="…" …>
//   <ul class="sources"><li data-label="A" data-src="….wav" data-duration="12.000"></li></ul>
//   a button.play, .track(svg.coverage + input.seek), an output, a .trouble with a .retry;
//   wished for, loop tools: button.loop, input.grip.from, input.grip.to
// </clip-player>
// Attributes: data-apart (each signal keeps a place of its own), data-once (plays once, as it is).
// A button [data-signal="A"] of the same <trial-form> plays or switches to A and shows its ring.
//
// Events, bubbling: "clip-progress" (something was heard), "clip-active" {label, isPlaying},
// "clip-log" {kind, at, signal}.

import { CoverageBar } from "./coverage-bar.js";
import { Loader } from "./loader.js";
import { LoopTools } from "./loop-tools.js";
import { Playback } from "./playback.js";
import { PlayerKeys } from "./player-keys.js";
import { SignalButton } from "./signal-button.js";
import { Sound } from "./sound.js";
import { fill } from "./texts.js";

const TICK_MS = 250;
const ANNOUNCE_MS = 3000;
const SLOW_OUTPUT_SECONDS = 0.15;

class ClipPlayer extends HTMLElement {
  #lifetime = null;
  #sound = new Sound(() => this.#playback.interrupt() && this.#notice("interrupted"));
  #playback = null;
  #loader = null;
  #sources = [];
  #parts = {};
  #bar = null;
  #buttons = [];
  #loopTools = null;
  #isSeeking = false;
  #isDrawing = false;
  #latency = 0;
  #active = "";
  #announcedAt = 0;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#sources = [...this.querySelectorAll(".sources [data-src]")].map(({ dataset }) => ({
      label: dataset.label,
      src: dataset.src,
      duration: Number(dataset.duration),
      needed: dataset.need === undefined ? undefined : Number(dataset.need),
    }));
    this.#playback = new Playback({
      sound: this.#sound,
      durations: Object.fromEntries(this.#sources.map(({ label, duration }) => [label, duration])),
      isApart: this.hasAttribute("data-apart"),
      onChange: () => this.#change(),
      onLog: (kind, more) => this.#log(kind, more),
    });
    this.#loader = new Loader(new Map(this.#sources.map(({ label, src }) => [label, src])));
    this.#bind(signal);
    const timer = setInterval(() => this.#tick(), TICK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.#load();
  }

  disconnectedCallback() {
    this.#playback.pause();
    this.#lifetime.abort();
    this.#sound.drop();
  }

  get labels() {
    return this.#sources.map(({ label }) => label);
  }

  get duration() {
    return this.#playback.duration;
  }

  get position() {
    return this.#playback.position;
  }

  get isPlaying() {
    return this.#playback.isPlaying;
  }

  /** The signal that plays or would play. */
  get label() {
    return this.#playback.label;
  }

  /** {heard, nPlays, nSwitches, device}: what a payload says of the listening. */
  get record() {
    const { heard, nPlays, nSwitches } = this.#playback;
    const device = {
      sample_rate: Math.round(this.#sound.sampleRate),
      output_latency_ms: Math.round(1000 * this.#latency),
    };
    return { heard, nPlays, nSwitches, device };
  }

  /** What is still to hear: [{label, seconds}]. */
  get missing() {
    return this.#sources
      .map(({ label, needed }) => ({ label, seconds: this.#playback.missing(label, needed) }))
      .filter(({ seconds }) => seconds > 0);
  }

  stretches(label) {
    return this.#playback.stretches(label);
  }

  /** A signal as it was decoded; undefined before. */
  buffer(label) {
    return this.#loader.buffers.get(label);
  }

  /** Take up what was heard before the page was loaded again. */
  restore(record) {
    this.#playback.restore(record);
  }

  focusButton() {
    this.#parts.button.focus();
  }

  toggle() {
    if (!this.#loader.isComplete || this.#isSpent) {
      return;
    }
    if (!this.isPlaying) {
      this.play();
    } else if (!this.hasAttribute("data-once")) {
      this.#playback.pause();
    }
  }

  async play(label = this.label) {
    if (!this.#loader.isComplete || this.#isSpent) {
      return;
    }
    if (await this.#playback.play(label)) {
      this.#parts.trouble.hidden = true;
    } else {
      this.#notice("silent");
    }
  }

  pause() {
    this.#playback.pause();
  }

  /** To a place in seconds; plays on where it played. */
  seek(seconds) {
    if (this.#loader.isComplete && !this.hasAttribute("data-once")) {
      this.#playback.seek(seconds);
    }
  }

  get #isSpent() {
    return this.hasAttribute("data-once") && this.hasAttribute("complete") && !this.isPlaying;
  }

  #bind(signal) {
    this.#parts = {
      button: this.querySelector(".play"),
      seek: this.querySelector(".seek"),
      output: this.querySelector("output"),
      trouble: this.querySelector(".trouble"),
      retry: this.querySelector(".retry"),
      status: this.querySelector(".announce"),
      ring: this.querySelector(".loading-ring"),
    };
    const { button, seek, retry } = this.#parts;
    button.addEventListener("click", () => this.toggle(), { signal });
    retry.addEventListener("click", () => this.#load(), { signal });
    seek?.addEventListener("input", () => this.#drag(Number(seek.value)), { signal });
    seek?.addEventListener("change", () => this.#drop(), { signal });
    this.#bar = new CoverageBar(this.querySelector(".coverage"), this.#playback.duration);
    const room = this.closest("trial-form") ?? this;
    this.#buttons = [...room.querySelectorAll("button[data-signal]")].map((one) => {
      const source = this.#sources.find(({ label }) => label === one.dataset.signal);
      one.addEventListener("click", () => this.#press(source.label), { signal });
      return new SignalButton(one, source, this.dataset);
    });
    if (this.querySelector(".loop")) {
      this.#loopTools = new LoopTools(this, this.duration, (loop) => this.#setLoop(loop), signal);
    }
    new PlayerKeys(this, { press: (label) => this.#press(label), loopTools: this.#loopTools, signal });
  }

  /** A letter or its button: play it, switch to it, pause where it plays already. */
  #press(label) {
    if (this.isPlaying && label === this.label) {
      this.toggle();
    } else {
      this.play(label);
    }
  }

  async #load() {
    const { signal } = this.#lifetime;
    this.#parts.trouble.hidden = true;
    const decode = (bytes) => this.#sound.context.decodeAudioData(bytes);
    const onProgress = (fraction) => this.#showProgress(fraction);
    const failed = await this.#loader.load(decode, { signal, onProgress });
    if (signal.aborted) {
      return;
    }
    this.#playback.buffers = this.#loader.buffers;
    for (const label of failed) {
      this.#log("load_failed", { signal: label });
    }
    if (failed.length) {
      this.#notice(this.#sources.length > 1 ? "failedSome" : "failed", failed);
    }
    if (this.#loader.isComplete) {
      this.#parts.button.removeAttribute("aria-disabled");
      this.toggleAttribute("ready", true);
      this.#log("loaded", { rate: this.#sound.sampleRate });
      this.#show();
    }
  }

  #drag(seconds) {
    this.#isSeeking = true;
    this.seek(seconds);
  }

  #drop() {
    this.#isSeeking = false;
    this.#playback.logSeek();
    this.#show();
  }

  #setLoop(loop) {
    this.#playback.loop = loop;
    this.#playback.logLoop();
  }

  #tick() {
    if (!this.#playback.tick(performance.now())) {
      this.#sound.drop();
      this.#notice("interrupted");
    }
    if (this.isPlaying && this.#sound.latency > this.#latency) {
      if (this.#latency <= SLOW_OUTPUT_SECONDS && this.#sound.latency > SLOW_OUTPUT_SECONDS) {
        this.#log("slow_output", { latency: this.#sound.latency });
      }
      this.#latency = this.#sound.latency;
    }
  }

  #log(kind, more) {
    const detail = { kind, ...more };
    this.dispatchEvent(new CustomEvent("clip-log", { bubbles: true, detail }));
  }

  #notice(name, labels = []) {
    const { trouble, retry } = this.#parts;
    const key = `text${name[0].toUpperCase()}${name.slice(1)}`;
    const list = new Intl.ListFormat(document.documentElement.lang || "en").format(labels);
    trouble.querySelector("span").textContent = fill(this.dataset[key], { list });
    retry.hidden = !name.startsWith("failed");
    trouble.hidden = false;
  }

  #change() {
    this.#show();
    this.#draw();
    const active = `${this.label} ${this.isPlaying}`;
    if (active !== this.#active) {
      this.#active = active;
      const detail = { label: this.label, isPlaying: this.isPlaying };
      this.dispatchEvent(new CustomEvent("clip-active", { bubbles: true, detail }));
    }
    this.dispatchEvent(new CustomEvent("clip-progress", { bubbles: true }));
  }

  /** The place moves with every frame while it plays. */
  #draw() {
    if (this.isPlaying && !this.#isDrawing) {
      this.#isDrawing = true;
      requestAnimationFrame(() => {
        this.#isDrawing = false;
        this.#show();
        this.#draw();
      });
    }
  }

  #showProgress(fraction) {
    const percent = Math.floor(100 * fraction);
    this.#parts.output.textContent = fill(this.dataset.textLoading, { percent });
    this.#parts.ring.setAttribute("stroke-dasharray", `${percent} 100`);
  }

  #show() {
    const { button, seek } = this.#parts;
    const { isPlaying, label, position } = this;
    button.setAttribute("aria-pressed", String(isPlaying));
    button.setAttribute("aria-label", isPlaying ? this.dataset.textPause : this.dataset.textPlay);
    this.#bar.show(this.stretches(label), position);
    const total = Math.round(this.duration);
    if (seek && !this.#isSeeking) {
      seek.value = String(position);
    }
    seek?.setAttribute(
      "aria-valuetext",
      fill(this.dataset.textPosition, { position: Math.round(position), total }),
    );
    for (const one of this.#buttons) {
      one.show(this.stretches(one.label), isPlaying && one.label === label);
    }
    this.toggleAttribute("complete", this.missing.length === 0);
    this.toggleAttribute("playing", isPlaying);
    this.toggleAttribute("spent", this.#isSpent);
    if (this.#isSpent) {
      button.setAttribute("aria-disabled", "true");
    }
    if (this.#loader.isComplete) {
      this.#tellHeard(label, total);
    }
  }

  #tellHeard(label, total) {
    const missing = Math.ceil(this.#playback.missing(label));
    const heard = Math.max(0, total - missing);
    const { textHeard, textHeardOf } = this.dataset;
    const template = this.#sources.length > 1 ? textHeardOf : textHeard;
    const sentence = fill(template, { label, heard, total });
    this.#parts.output.textContent = sentence;
    // Screen readers are told now and then, not every frame.
    const { status } = this.#parts;
    const now = performance.now();
    if (sentence !== status.textContent && now - this.#announcedAt > ANNOUNCE_MS) {
      status.textContent = sentence;
      this.#announcedAt = now;
    }
  }
}

customElements.define("clip-player", ClipPlayer);
