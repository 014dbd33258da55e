// Answers wait here until the server has acknowledged them: through a dead network, a restart of
// the server, a reload, a closed tab. A letter is {url, body}; its name is that of its trial.

const PREFIX = "earwitness.outbox.";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const PATIENCE_MS = 20_000;
// The server has decided: sending the same again changes nothing.
const FINAL = new Set([200, 400, 403, 404, 409, 413, 415, 422]);

export class Outbox {
  #storage;
  #spare = new Map();

  /** `storage` is localStorage or null where the browser has none. */
  constructor(storage) {
    this.#storage = storage;
  }

  /** False: this device cannot keep it beyond the page. */
  keep(name, letter) {
    const text = JSON.stringify(letter);
    try {
      this.#storage.setItem(PREFIX + name, text);
      return true;
    } catch {
      this.#spare.set(name, text);
      return false;
    }
  }

  find(name) {
    let text = this.#spare.get(name);
    try {
      text ??= this.#storage.getItem(PREFIX + name);
    } catch {
      // No storage: only this page's own letters are known.
    }
    return text ? JSON.parse(text) : null;
  }

  forget(name) {
    this.#spare.delete(name);
    try {
      this.#storage.removeItem(PREFIX + name);
    } catch {
      // No storage: nothing was kept there.
    }
  }

  /** Names of the letters that wait. */
  names() {
    const kept = [];
    try {
      for (let i = 0; i < this.#storage.length; i += 1) {
        const key = this.#storage.key(i);
        if (key.startsWith(PREFIX)) {
          kept.push(key.slice(PREFIX.length));
        }
      }
    } catch {
      // No storage.
    }
    return [...new Set([...kept, ...this.#spare.keys()])];
  }

  /** One try: {status, body} when the server has decided, null when it has to be tried again. */
  async send(name) {
    const { url, body } = this.find(name);
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(body),
        credentials: "same-origin",
        signal: patience.signal,
      });
      if (!FINAL.has(response.status)) {
        return null;
      }
      // The status decides; a body that is cut off or no JSON only loses the way on.
      return { status: response.status, body: await response.json().catch(() => ({})) };
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Send until the server has decided; then the letter is forgotten, but for a 403: that device
   * or that cookie may come back. `onWait` is told of each try that failed.
   */
  async deliver(name, { onWait = () => {}, pause = waitOrOnline } = {}) {
    for (let attempt = 0; ; attempt += 1) {
      const decision = await this.send(name);
      if (decision) {
        if (decision.status !== 403) {
          this.forget(name);
        }
        return decision;
      }
      onWait(attempt);
      await pause(waitMs(attempt));
    }
  }
}

/** Doubles from half a second to half a minute, minus up to a quarter by chance. */
export function waitMs(attempt, random = Math.random) {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (1 - 0.25 * random());
}

function waitOrOnline(ms) {
  return new Promise((done) => {
    const finish = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", finish);
      done();
    };
    const timer = setTimeout(finish, ms);
    globalThis.addEventListener?.("online", finish);
  });
}
