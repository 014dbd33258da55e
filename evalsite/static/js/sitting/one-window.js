// Of several windows with the same sitting the one opened last goes on; the others are told.

const CHANNEL = "earwitness.window";

/** True when `a` {openedAt, id} goes before `b`: opened later, or at the same moment by its name. */
export function isLater(a, b) {
  return a.openedAt === b.openedAt ? a.id > b.id : a.openedAt > b.openedAt;
}

export class OneWindow {
  #channel = null;
  #me;

  /** Claims the sitting; `onLost` is called once, when a window opened later does. */
  constructor(sitting, onLost, { id, openedAt = Date.now(), signal }) {
    this.#me = { sitting, id, openedAt };
    if (!globalThis.BroadcastChannel) {
      return;
    }
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.addEventListener("message", ({ data }) => {
      if (data.sitting !== sitting || !this.#channel) {
        return;
      }
      if (isLater(data, this.#me)) {
        this.#close();
        onLost();
      } else {
        this.#channel.postMessage(this.#me);
      }
    });
    signal.addEventListener("abort", () => this.#close());
    this.#channel.postMessage(this.#me);
  }

  #close() {
    this.#channel?.close();
    this.#channel = null;
  }
}
