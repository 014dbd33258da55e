// Where answers wait: letters {name, sitting, url, body} in the browser's database, or, where it has
// none, in the page's memory and its tab's storage.

const DATABASE = "earwitness";
const STORE = "letters";
const PREFIX = "earwitness.letter.";
// Some browsers never answer when asked to open a database.
const PATIENCE_MS = 3000;

export async function openLetters() {
  try {
    return new DatabaseShelf(await openDatabase());
  } catch {
    return new PageShelf(openStorage("sessionStorage"));
  }
}

/** localStorage or sessionStorage; null where the browser keeps them shut. */
export function openStorage(name) {
  try {
    return globalThis[name] ?? null;
  } catch {
    return null;
  }
}

function openDatabase() {
  return new Promise((done, fail) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "name" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
    request.onblocked = () => fail(new Error("blocked"));
    setTimeout(() => fail(new Error("silent")), PATIENCE_MS);
  });
}

class DatabaseShelf {
  isLasting = true;
  #database;

  constructor(database) {
    this.#database = database;
    database.onversionchange = () => database.close();
  }

  put(letter) {
    return this.#ask("readwrite", (store) => store.put(letter));
  }

  get(name) {
    return this.#ask("readonly", (store) => store.get(name));
  }

  all() {
    return this.#ask("readonly", (store) => store.getAll());
  }

  delete(name) {
    return this.#ask("readwrite", (store) => store.delete(name));
  }

  /** Done when the transaction is: only then the letter is on the disk. */
  #ask(mode, deed) {
    return new Promise((done, fail) => {
      const transaction = this.#database.transaction(STORE, mode, { durability: "strict" });
      const request = deed(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => fail(transaction.error);
      transaction.onerror = () => fail(transaction.error);
    });
  }
}

export class PageShelf {
  isLasting = false;
  #letters = new Map();
  #storage;

  constructor(storage) {
    this.#storage = storage;
    for (const key of Object.keys(storage ?? {})) {
      if (key.startsWith(PREFIX)) {
        const letter = JSON.parse(storage.getItem(key));
        this.#letters.set(letter.name, letter);
      }
    }
  }

  async put(letter) {
    this.#letters.set(letter.name, letter);
    try {
      this.#storage?.setItem(PREFIX + letter.name, JSON.stringify(letter));
    } catch {
      // Full or shut: the page's memory has it.
    }
  }

  async get(name) {
    return this.#letters.get(name);
  }

  async all() {
    return [...this.#letters.values()];
  }

  async delete(name) {
    this.#letters.delete(name);
    this.#storage?.removeItem(PREFIX + name);
  }
}
