// A button that plays one signal: its letter, the ring of what was heard, its state in words.
//
// <button class="play signal" data-signal="A"><svg>…</svg></button> <span data-state-of="A">

import { CoverageRing } from "./coverage-ring.js";
import { missingSeconds } from "./coverage.js";

export class SignalButton {
  #element;
  #source;
  #texts;
  #ring;
  #state;

  constructor(element, source, texts) {
    this.#element = element;
    this.#source = source;
    this.#texts = texts;
    this.#ring = new CoverageRing(element.querySelector("svg"), source.duration);
    this.#state = element.parentElement.querySelector(`[data-state-of="${source.label}"]`);
  }

  get label() {
    return this.#source.label;
  }

  show(stretches, isPlaying) {
    this.#element.setAttribute("aria-pressed", String(isPlaying));
    this.#ring.show(stretches);
    const { duration, needed = duration } = this.#source;
    const isHeard = missingSeconds(stretches, duration, Math.min(needed, duration)) === 0;
    const { textPlaying, textAllHeard, textPartHeard, textNotHeard } = this.#texts;
    const heard = isHeard ? textAllHeard : stretches.length ? textPartHeard : textNotHeard;
    const sentence = isPlaying ? textPlaying : heard;
    if (this.#state && this.#state.textContent !== sentence) {
      this.#state.textContent = sentence;
    }
  }
}
