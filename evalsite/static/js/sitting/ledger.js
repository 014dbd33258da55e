// Which seconds of which signal reached the ear. Pure: times are those of the context's clock; what
// is played at t is heard at t plus the output's latency, so callers collect up to t - latency.

import { addStretch, missingSeconds } from "./coverage.js";
import { stretchesBetween } from "./timeline.js";

export class Ledger {
  #heard = new Map();
  #durations;
  #spans = [];

  /** `durations`: label -> seconds. */
  constructor(durations) {
    this.#durations = new Map(Object.entries(durations));
    for (const label of this.#durations.keys()) {
      this.#heard.set(label, []);
    }
  }

  /** From `time` on `label` sounds as `run` says; what sounded before ends there. */
  begin(label, run, time) {
    this.end(time);
    this.#spans.push({ label, run, from: time, to: Infinity });
  }

  /** What sounds stops at `time`; what is on its way to the ear still arrives. */
  end(time) {
    for (const span of this.#spans) {
      span.to = Math.min(span.to, time);
    }
  }

  /** Count what was heard by now. True when that was anything. */
  collect(heardUntil) {
    let isMore = false;
    for (const span of this.#spans) {
      const to = Math.min(span.to, heardUntil);
      for (const [start, end] of stretchesBetween(span.run, span.from, to)) {
        this.#heard.set(span.label, addStretch(this.#heard.get(span.label), start, end));
        isMore = true;
      }
      span.from = Math.max(span.from, to);
    }
    this.#spans = this.#spans.filter((span) => span.from < span.to);
    return isMore;
  }

  restore(heard) {
    for (const [label, stretches] of Object.entries(heard)) {
      if (this.#heard.has(label)) {
        this.#heard.set(label, stretches);
      }
    }
  }

  stretches(label) {
    return this.#heard.get(label);
  }

  /** label -> stretches to the millisecond, of the signals of which anything was heard. */
  get heard() {
    const some = [...this.#heard].filter(([, stretches]) => stretches.length);
    return Object.fromEntries(some.map(([label, stretches]) => [label, stretches.map(roundPair)]));
  }

  /** Seconds of `label` still to hear of the `needed` ones, by default of all. */
  missing(label, needed = Infinity) {
    const duration = this.#durations.get(label);
    return missingSeconds(this.#heard.get(label), duration, Math.min(needed, duration));
  }
}

function roundPair(pair) {
  return pair.map((seconds) => Math.round(1000 * seconds) / 1000);
}
