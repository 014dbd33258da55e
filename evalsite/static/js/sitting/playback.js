// Playing the signals of a trial: which one sounds, from where, what of it was heard. No page here.
//
// `sound` gives the context, its clock and its latency; `onChange` is told when something to show
// changed, `onLog` of what belongs into the record: (kind, {at, …}).

import { Deck } from "./deck.js";
import { Ledger } from "./ledger.js";

// What is asked for sooner than this may come too late for the next block of frames.
const LEAD_SECONDS = 0.02;
// Timers of a page in the background come once a second.
const AHEAD_SECONDS = 2.5;
const STANDSTILL_MS = 1500;
const END_SECONDS = 0.01;

export class Playback {
  nSwitches = 0;
  #sound;
  #durations;
  #isApart;
  #onChange;
  #onLog;
  #buffers = new Map();
  #deck = null;
  #ledger;
  #label;
  #places = new Map();
  #loop = null;
  #nPlays = {};
  #lastHeard = null;
  #isWaking = false;
  #clock = { time: -1, since: 0 };

  /** `durations`: label -> seconds. Signals apart keep a place each, others share one. */
  constructor({ sound, durations, isApart = false, onChange = () => {}, onLog = () => {} }) {
    this.#sound = sound;
    this.#durations = durations;
    this.#isApart = isApart;
    this.#onChange = onChange;
    this.#onLog = onLog;
    this.#ledger = new Ledger(durations);
    this.#label = Object.keys(durations)[0];
  }

  set buffers(buffers) {
    this.#buffers = buffers;
  }

  get isPlaying() {
    return this.#deck !== null;
  }

  get label() {
    return this.#label;
  }

  get duration() {
    return this.#isApart ? this.#durations[this.#label] : Math.max(...Object.values(this.#durations));
  }

  /** What is heard now, which is behind the context's clock. */
  get position() {
    return this.#deck ? this.#deck.positionAt(this.#sound.now - this.#sound.latency) : this.#place;
  }

  get heard() {
    return this.#ledger.heard;
  }

  get nPlays() {
    return this.#nPlays;
  }

  stretches(label) {
    return this.#ledger.stretches(label);
  }

  missing(label, needed) {
    return this.#ledger.missing(label, needed);
  }

  /** Take up what was recorded before the page was loaded again. */
  restore({ heard, nPlays, nSwitches }) {
    this.#ledger.restore(heard);
    this.#nPlays = nPlays;
    this.nSwitches = nSwitches;
    this.#onChange();
  }

  /** Sound `label`: begin, or switch in step. Returns false where the browser keeps the sound off. */
  async play(label = this.#label) {
    if (this.#isWaking || !this.#buffers.has(label)) {
      return true;
    }
    if (this.#deck) {
      this.#switchTo(label);
      return true;
    }
    this.#isWaking = true;
    const isAwake = await this.#sound.wake();
    this.#isWaking = false;
    if (!isAwake) {
      this.#log("silent");
      return false;
    }
    this.#label = label;
    if (this.#place >= this.duration - END_SECONDS) {
      this.#place = 0;
    }
    this.#begin(this.#sound.now + LEAD_SECONDS);
    this.#count(label);
    this.#log("play");
    this.#onChange();
    return true;
  }

  pause(kind = "pause") {
    if (!this.#deck) {
      return;
    }
    this.#halt();
    this.#log(kind);
    this.#onChange();
  }

  /** Go to a place; goes on playing where it played. */
  seek(seconds) {
    const at = this.#deck ? this.#halt() : null;
    this.#place = Math.min(Math.max(seconds, 0), this.duration);
    if (at !== null) {
      this.#begin(at);
    }
    this.#onChange();
  }

  logSeek() {
    this.#log("seek");
  }

  /** [from, to] or null. */
  get loop() {
    return this.#loop;
  }

  set loop(loop) {
    const at = this.#deck ? this.#halt() : null;
    this.#loop = loop;
    if (at !== null) {
      this.#begin(at);
    }
    this.#onChange();
  }

  logLoop() {
    const [from, to] = this.#loop ?? [null, null];
    this.#log("loop", { from, to });
  }

  /** The sound stopped by itself: what was on its way to the ear never arrived. */
  interrupt() {
    if (!this.#deck) {
      return false;
    }
    const { now, latency } = this.#sound;
    this.#ledger.end(now - latency);
    this.#place = this.#deck.positionAt(now - latency);
    this.#deck.stop(now);
    this.#deck = null;
    this.#ledger.collect(now - latency);
    this.#log("interrupted");
    this.#onChange();
    return true;
  }

  /** Several times a second: count, schedule, notice the end. False: the clock stands still. */
  tick(nowMs) {
    const { now, latency } = this.#sound;
    if (this.#deck) {
      if (this.#hasStopped(now, nowMs)) {
        this.interrupt();
        return false;
      }
      this.#deck.prepare(now + AHEAD_SECONDS);
      if (now >= this.#deck.endsAt) {
        this.#finish();
      }
    }
    if (this.#ledger.collect(now - latency)) {
      this.#onChange();
    }
    return true;
  }

  #begin(at) {
    const loop = this.#loop;
    this.#deck = new Deck(this.#sound.context, this.#buffers);
    const { duration } = this;
    const startedAt = this.#deck.start(this.#label, { at, from: this.#place, duration, loop });
    this.#deck.prepare(startedAt + AHEAD_SECONDS);
    this.#ledger.begin(this.#label, this.#deck.run, startedAt);
    this.#clock = { time: -1, since: 0 };
  }

  /** Fade out and keep the place; returns when it is silent. */
  #halt() {
    const deck = this.#deck;
    const stopsAt = this.#sound.now + LEAD_SECONDS;
    this.#place = deck.positionAt(stopsAt);
    this.#ledger.end(stopsAt);
    this.#deck = null;
    return deck.stop(stopsAt);
  }

  #finish() {
    const end = this.#deck.endsAt;
    this.#ledger.end(end);
    this.#place = this.duration;
    this.#deck.stop(end);
    this.#deck = null;
    this.#log("ended");
    this.#onChange();
  }

  #switchTo(label) {
    if (label === this.#label) {
      return;
    }
    const at = this.#sound.now + LEAD_SECONDS;
    if (this.#isApart) {
      const free = this.#halt();
      this.#label = label;
      if (this.#place >= this.duration - END_SECONDS) {
        this.#place = 0;
      }
      this.#begin(free);
    } else {
      const begins = this.#deck.switchTo(label, at);
      this.#ledger.begin(label, this.#deck.run, begins);
      this.#label = label;
    }
    this.#count(label);
    this.#log("switch");
    this.#onChange();
  }

  #count(label) {
    this.#nPlays = { ...this.#nPlays, [label]: (this.#nPlays[label] ?? 0) + 1 };
    if (this.#lastHeard !== null && this.#lastHeard !== label) {
      this.nSwitches += 1;
    }
    this.#lastHeard = label;
  }

  #hasStopped(now, nowMs) {
    if (now !== this.#clock.time) {
      this.#clock = { time: now, since: nowMs };
    }
    return nowMs - this.#clock.since > STANDSTILL_MS;
  }

  get #place() {
    return this.#places.get(this.#isApart ? this.#label : "") ?? 0;
  }

  set #place(seconds) {
    this.#places.set(this.#isApart ? this.#label : "", seconds);
  }

  #log(kind, more = {}) {
    const at = Math.round(1000 * this.position) / 1000;
    this.#onLog(kind, { at, signal: this.#label, ...more });
  }
}
