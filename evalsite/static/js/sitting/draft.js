// What was chosen and heard on a trial page, kept for a reload of the same tab.

const PREFIX = "earwitness.draft.";

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

/** 128 random bits. Works without https, where crypto.randomUUID is missing. */
export function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
