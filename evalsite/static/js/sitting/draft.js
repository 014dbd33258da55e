// What was chosen and heard on a trial page, kept for a reload of the same tab.

const PREFIX = "earwitness.draft.";
const ANSWERED = "earwitness.answered";

export class Draft {
  #storage;
  #key;

  constructor(storage, trial) {
    this.#storage = storage;
    this.#key = PREFIX + trial;
  }

  load() {
    try {
      return JSON.parse(this.#storage.getItem(this.#key)) ?? {};
    } catch {
      return {};
    }
  }

  save(state) {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(state));
    } catch {
      // No storage: a reload begins the trial anew.
    }
  }

  clear() {
    try {
      this.#storage.removeItem(this.#key);
    } catch {
      // No storage.
    }
  }
}

/** Which trial was answered last on this device: tells other windows that still show it. */
export class LastAnswered {
  #storage;
  #trial;

  constructor(storage, trial) {
    this.#storage = storage;
    this.#trial = trial;
  }

  tell() {
    try {
      this.#storage.setItem(ANSWERED, this.#trial);
    } catch {
      // No storage: the server tells the other window when it sends.
    }
  }

  /** Calls `onAnswered` when another window has answered this trial, also shortly before. */
  listen(onAnswered, signal) {
    const check = () => {
      try {
        if (this.#storage.getItem(ANSWERED) === this.#trial) {
          // Once: where the server does not know of it, the page is shown again and stays.
          this.#storage.removeItem(ANSWERED);
          onAnswered();
        }
      } catch {
        // No storage.
      }
    };
    globalThis.addEventListener("storage", check, { signal });
    check();
  }
}

/** 128 random bits. Works without https, where crypto.randomUUID is missing. */
export function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
