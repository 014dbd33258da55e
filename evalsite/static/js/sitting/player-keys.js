// The keys of a player, anywhere on the page but in text: Space, letters of the signals, L [ ].

const TYPING = 'textarea, select, [contenteditable], input:not([type="radio"], [type="range"], [type="checkbox"])';
// Space is these controls' own.
const SPACE_IS_TAKEN = `${TYPING}, button, a, summary, input[type="checkbox"]`;

export class PlayerKeys {
  #player;
  #press;
  #loopTools;

  /** Listens until `signal` aborts. */
  constructor(player, { press, loopTools, signal }) {
    this.#player = player;
    this.#press = press;
    this.#loopTools = loopTools;
    document.addEventListener("keydown", (event) => this.#handle(event), { signal });
    const seek = player.querySelector(".seek");
    seek?.addEventListener("keydown", (event) => this.#step(event, seek), { signal });
  }

  #handle(event) {
    const isShortcut = event.ctrlKey || event.altKey || event.metaKey;
    if (isShortcut || event.repeat || event.defaultPrevented || event.target.closest?.(TYPING)) {
      return;
    }
    if (event.key === " ") {
      if (!event.target.closest?.(SPACE_IS_TAKEN)) {
        event.preventDefault();
        this.#player.toggle();
      }
      return;
    }
    const label = this.#player.labels.length > 1 && this.#findLabel(event);
    if (label) {
      event.preventDefault();
      this.#press(label);
    } else {
      this.#loopTools?.press(event.key, this.#player.position);
    }
  }

  /** By the letter typed, else by its place on the keyboard where the layout has other letters. */
  #findLabel(event) {
    const { labels } = this.#player;
    const byKey = labels.find((label) => label === event.key.toUpperCase());
    return byKey ?? labels.find((label) => /\p{L}/u.test(event.key) && event.code === `Key${label}`);
  }

  /** Arrows in the seek bar go by seconds; what lies right is later, or earlier from right to left. */
  #step(event, seek) {
    const isRtl = getComputedStyle(seek).direction === "rtl";
    const right = isRtl ? -1 : 1;
    const seconds = { ArrowLeft: -right, ArrowDown: -1, ArrowRight: right, ArrowUp: 1 }[event.key];
    if (seconds) {
      event.preventDefault();
      this.#player.seek(this.#player.position + seconds);
      seek.dispatchEvent(new Event("change"));
    }
  }
}
