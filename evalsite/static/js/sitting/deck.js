// The audio graph: all signals of a trial run at one time, one of them is let through.
//
// source (one a signal and pass) -> gate of the signal -> seam -> valve -> out
//
// Sources start at one frame, so switching is exact to the sample: it moves gains and no source.
// Every run has nodes of its own and each gain's curves follow one another: none is ever cancelled,
// which browsers do differently. Times are seconds of the context's clock; works offline too.

import { endOf, findPass, makeRun, positionAt } from "./timeline.js";

export const FADE_SECONDS = 0.005;
const CURVE_POINTS = 65;
// Curves end this much before the next may begin: sums of seconds are not exact.
const GAP_SECONDS = 1e-6;
export const FADE_IN = makeRaisedCosine();
export const FADE_OUT = FADE_IN.slice().reverse();

export class Deck {
  #context;
  #buffers;
  #out;
  #fade;
  #current = null;

  /** `buffers`: label -> AudioBuffer, all at the context's rate. */
  constructor(context, buffers, out = context.destination) {
    this.#context = context;
    this.#buffers = buffers;
    this.#out = out;
    this.#fade = Math.ceil(FADE_SECONDS * context.sampleRate) / context.sampleRate;
  }

  get run() {
    return this.#current?.run ?? null;
  }

  get label() {
    return this.#current?.label ?? null;
  }

  /**
   * Sound `label` at `at` from the place `from`; what ran before must have been stopped.
   * `duration` is the run's length. Returns the time of the first frame.
   */
  start(label, { at, from = 0, duration, loop = null }) {
    const [startedAt, place] = [this.#onFrame(at), this.#onFrame(from)];
    const frames = loop?.map((seconds) => this.#onFrame(seconds)) ?? null;
    const run = makeRun({ startedAt, from: place, duration, loop: frames });
    const [seam, valve] = [this.#makeGain(0), this.#makeGain(1)];
    const gates = new Map();
    for (const name of this.#buffers.keys()) {
      const gate = this.#makeGain(name === label ? 1 : 0);
      gate.connect(seam);
      gates.set(name, gate);
    }
    seam.connect(valve).connect(this.#out);
    const current = { run, label, gates, seam, valve, sources: new Set(), nPasses: 0, busyUntil: 0 };
    this.#current = current;
    this.prepare(startedAt);
    return startedAt;
  }

  /** Schedule the passes that begin up to `until`. */
  prepare(until) {
    const current = this.#current;
    for (;;) {
      const pass = current && findPass(current.run, current.nPasses);
      if (!pass || pass.at > until || pass.to <= pass.from) {
        return;
      }
      current.nPasses += 1;
      this.#schedule(current, pass);
    }
  }

  /** Fade out, then in: never both at a time. Returns when the new signal begins. */
  switchTo(label, at) {
    const current = this.#current;
    const start = Math.max(this.#onFrame(at), current.busyUntil, current.run.startedAt);
    if (label === current.label) {
      return start;
    }
    const middle = start + this.#fade;
    this.#bend(current.gates.get(current.label), FADE_OUT, start);
    this.#bend(current.gates.get(label), FADE_IN, middle);
    current.busyUntil = middle + this.#fade;
    current.label = label;
    return middle;
  }

  /** Fade out at `at` and end. Returns when the graph is silent. */
  stop(at) {
    const current = this.#current;
    this.#current = null;
    if (!current) {
      return at;
    }
    const start = Math.max(this.#onFrame(at), current.run.startedAt);
    this.#bend(current.valve, FADE_OUT, start);
    for (const source of current.sources) {
      source.stop(start + this.#fade);
    }
    return start + this.#fade;
  }

  positionAt(time) {
    return this.#current ? positionAt(this.#current.run, time) : 0;
  }

  get endsAt() {
    return this.#current ? endOf(this.#current.run) : Infinity;
  }

  #schedule(current, { at, from, to }) {
    const length = to - from;
    const fade = Math.min(this.#fade, length / 2);
    this.#bend(current.seam, FADE_IN, at, fade);
    this.#bend(current.seam, FADE_OUT, at + length - fade, fade);
    for (const [name, buffer] of this.#buffers) {
      if (from >= buffer.duration) {
        continue;
      }
      const source = this.#context.createBufferSource();
      source.buffer = buffer;
      source.connect(current.gates.get(name));
      current.sources.add(source);
      source.onended = () => this.#clear(current, source);
      source.start(at, from, length);
    }
  }

  #clear(current, source) {
    source.disconnect();
    current.sources.delete(source);
    if (current !== this.#current && current.sources.size === 0) {
      current.valve.disconnect();
    }
  }

  #bend(node, curve, start, seconds = this.#fade) {
    node.gain.setValueCurveAtTime(curve, start, seconds - GAP_SECONDS);
  }

  #makeGain(gain) {
    return new GainNode(this.#context, { gain });
  }

  /** Between two frames a browser would interpolate: that colours the sound. */
  #onFrame(seconds) {
    const rate = this.#context.sampleRate;
    return Math.round(seconds * rate) / rate;
  }
}

function makeRaisedCosine() {
  const step = Math.PI / (CURVE_POINTS - 1);
  return Float32Array.from({ length: CURVE_POINTS }, (_, i) => 0.5 - 0.5 * Math.cos(step * i));
}
