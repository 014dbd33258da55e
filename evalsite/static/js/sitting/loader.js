// Fetches and decodes the signals of a trial; what has arrived once is kept.

const SILENCE_MS = 30_000;

export class Loader {
  #sources;
  #buffers = new Map();
  #fractions = new Map();
  #isLoading = false;

  /** `sources`: label -> address. */
  constructor(sources) {
    this.#sources = sources;
  }

  get buffers() {
    return this.#buffers;
  }

  get isComplete() {
    return this.#buffers.size === this.#sources.size;
  }

  /** Received so far, 0 to 1. */
  get progress() {
    const parts = [...this.#sources.keys()].map((label) => this.#fractions.get(label) ?? 0);
    return parts.reduce((sum, part) => sum + part, 0) / parts.length;
  }

  /** Load what is missing; the labels that failed. `decode` turns bytes into an AudioBuffer. */
  async load(decode, { signal, onProgress = () => {} }) {
    if (this.#isLoading) {
      return [];
    }
    this.#isLoading = true;
    const failed = [];
    const missing = [...this.#sources].filter(([label]) => !this.#buffers.has(label));
    await Promise.all(
      missing.map(async ([label, address]) => {
        const report = (fraction) => {
          this.#fractions.set(label, fraction);
          onProgress(this.progress);
        };
        try {
          this.#buffers.set(label, await decode(await receive(address, signal, report)));
        } catch {
          failed.push(label);
        }
        report(this.#buffers.has(label) ? 1 : 0);
      }),
    );
    this.#isLoading = false;
    // In the order of the page, whichever came first.
    this.#buffers = new Map(
      [...this.#sources.keys()]
        .filter((label) => this.#buffers.has(label))
        .map((label) => [label, this.#buffers.get(label)]),
    );
    return failed;
  }
}

/** The bytes of an address; gives up when nothing came for half a minute. */
async function receive(address, signal, report) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const giveUp = () => silence.abort();
  signal.addEventListener("abort", giveUp);
  try {
    const response = await fetch(address, { signal: silence.signal });
    if (!response.ok) {
      throw new Error(`status ${response.status}`);
    }
    const total = Number(response.headers.get("Content-Length"));
    if (!response.body || !total) {
      return await response.arrayBuffer();
    }
    const bytes = [];
    let received = 0;
    const reader = response.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      bytes.push(read.value);
      received += read.value.length;
      report(Math.min(1, received / total));
    }
    return await new Blob(bytes).arrayBuffer();
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}
