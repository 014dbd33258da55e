// Answers stay here until the server has acknowledged them: through a dead network, a restart of
// the server, a reload, a closed tab. A letter is {name, sitting, url, body}; it is named after its
// trial, and it leaves only when the server said in its own words that it has this answer or an
// earlier one: any other answer may come from something in between.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const PATIENCE_MS = 20_000;
// A request that outlives its page may carry 64 kB.
const MOST_KEPT_ALIVE = 60_000;
const STORED = new Set([200, 409]);

export class Outbox {
  #shelf;
  #spare = new Map();

  /** `shelf` keeps letters: put, get, all, delete, isLasting. */
  constructor(shelf) {
    this.#shelf = shelf;
  }

  /** False: this device cannot keep it beyond the page. */
  async keep(letter) {
    try {
      await this.#shelf.put(letter);
      return this.#shelf.isLasting;
    } catch {
      this.#spare.set(letter.name, letter);
      return false;
    }
  }

  async find(name) {
    return this.#spare.get(name) ?? (await this.#shelf.get(name).catch(() => null)) ?? null;
  }

  /** Letters that wait, of one sitting. */
  async list(sitting) {
    const kept = await this.#shelf.all().catch(() => []);
    const all = new Map([...kept, ...this.#spare.values()].map((one) => [one.name, one]));
    return [...all.values()].filter((letter) => letter.sitting === sitting);
  }

  async #forget(name) {
    this.#spare.delete(name);
    await this.#shelf.delete(name).catch(() => undefined);
  }

  /** One try: {status, body} when our server has decided, null when it has to be tried again. */
  async send({ name, url, body }) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    const text = JSON.stringify(body);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: text,
        credentials: "same-origin",
        keepalive: text.length < MOST_KEPT_ALIVE,
        signal: patience.signal,
      });
      const decision = { status: response.status, body: await response.json() };
      if (!isOurs(decision)) {
        return null;
      }
      if (STORED.has(decision.status)) {
        await this.#forget(name);
      }
      return decision;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Send until the server has decided; `onWait` is told of each try that failed. */
  async deliver(letter, { onWait = () => {}, pause = waitOrOnline } = {}) {
    for (let attempt = 0; ; attempt += 1) {
      const decision = await this.send(letter);
      if (decision) {
        return decision;
      }
      onWait(attempt);
      await pause(waitMs(attempt));
    }
  }
}

/** Not a proxy's page, nor the server's own "later": busy, restarting. */
function isOurs({ status, body }) {
  if (status === 200) {
    return typeof body?.next === "string";
  }
  return status < 500 && status !== 429 && typeof body?.error?.message === "string";
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
