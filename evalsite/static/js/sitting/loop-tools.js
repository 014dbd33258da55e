// The loop of a player: a switch and two grips, half a second apart or more.

import { SHORTEST_LOOP_SECONDS, moveEnd } from "./timeline.js";
import { fill } from "./texts.js";

export class LoopTools {
  #duration;
  #onChange;
  #button;
  #grips;
  #region;
  #texts;
  #ends;
  #isOn = false;

  /** `onChange` gets [from, to] or null. */
  constructor(player, duration, onChange, signal) {
    this.#duration = duration;
    this.#onChange = onChange;
    this.#texts = player.dataset;
    this.#button = player.querySelector(".loop");
    this.#grips = [player.querySelector(".grip.from"), player.querySelector(".grip.to")];
    this.#region = player.querySelector(".loop-region");
    this.#ends = [0, duration];
    this.#button.addEventListener("click", () => this.toggle(), { signal });
    this.#grips.forEach((grip, side) => {
      grip.addEventListener("input", () => this.#move(side, Number(grip.value)), { signal });
      grip.addEventListener("change", () => this.#tell(), { signal });
    });
    this.#show();
  }

  toggle() {
    this.#isOn = !this.#isOn && this.#duration > SHORTEST_LOOP_SECONDS;
    this.#tell();
    this.#show();
  }

  /** [ and ] set the ends where the sound is, L switches. */
  press(key, position) {
    const side = { "[": 0, "]": 1 }[key];
    if (side !== undefined) {
      this.#isOn = this.#duration > SHORTEST_LOOP_SECONDS;
      this.#move(side, position);
      this.#tell();
    } else if (key.toUpperCase() === "L") {
      this.toggle();
    }
  }

  #move(side, seconds) {
    this.#ends = moveEnd(this.#ends, side, seconds, this.#duration);
    this.#show();
  }

  #tell() {
    this.#onChange(this.#isOn ? this.#ends : null);
  }

  #show() {
    const [from, to] = this.#ends;
    this.#button.setAttribute("aria-pressed", String(this.#isOn));
    const values = { from: from.toFixed(1), to: to.toFixed(1) };
    this.#button.textContent = this.#isOn
      ? fill(this.#texts.textLoopOf, values)
      : this.#texts.textLoop;
    this.#grips.forEach((grip, side) => {
      grip.hidden = !this.#isOn;
      grip.value = String(this.#ends[side]);
      const text = fill(this.#texts.textSecond, { second: this.#ends[side].toFixed(1) });
      grip.setAttribute("aria-valuetext", text);
    });
    this.#region.toggleAttribute("hidden", !this.#isOn);
    this.#region.setAttribute("x", String((1000 * from) / this.#duration));
    this.#region.setAttribute("width", String((1000 * (to - from)) / this.#duration));
  }
}
