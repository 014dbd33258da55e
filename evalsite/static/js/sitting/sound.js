// The one AudioContext of a page: woken by a gesture, watched for interruptions.

const RESUME_MS = 1500;
const LONGEST_LATENCY_SECONDS = 2;

export class Sound {
  #context = null;
  #onInterrupted;

  /** `onInterrupted` is called when the sound stopped by itself: a call, another app, sleep. */
  constructor(onInterrupted) {
    this.#onInterrupted = onInterrupted;
  }

  /** Made on first use, and anew once closed. Buffers outlive it: they belong to no context. */
  get context() {
    if (!this.#context || this.#context.state === "closed") {
      const context = new AudioContext();
      // Safari says "interrupted", the others "suspended"; both stop the context's clock.
      context.addEventListener("statechange", () => {
        if (context === this.#context && context.state !== "running") {
          this.#onInterrupted();
        }
      });
      this.#context = context;
    }
    return this.#context;
  }

  get now() {
    return this.context.currentTime;
  }

  get sampleRate() {
    return this.context.sampleRate;
  }

  /** Seconds from the context's clock to the ear; what a browser does not tell counts as none. */
  get latency() {
    const { outputLatency, baseLatency } = this.context;
    const seconds = outputLatency || baseLatency || 0;
    return Math.min(Math.max(seconds, 0), LONGEST_LATENCY_SECONDS);
  }

  /** Browsers start the sound only after a gesture, some not even then. True when it runs. */
  async wake() {
    const { context } = this;
    if (context.state !== "running") {
      const resumed = context.resume().catch(() => undefined);
      await Promise.race([resumed, new Promise((done) => setTimeout(done, RESUME_MS))]);
    }
    return context === this.#context && context.state === "running";
  }

  /** After a context that runs without its clock moving (Safari, after a call): begin with a new one. */
  drop() {
    const context = this.#context;
    this.#context = null;
    context?.close().catch(() => undefined);
  }
}
