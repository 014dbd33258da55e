// The scores of several signals: a slider each, free only while its signal is the one in the ear.
//
// <score-board data-answer="ratings" data-text-set="set {list}" [data-only-playing]>
//   <div data-column="A"> <button data-signal="A">, <unset-slider> with its input </div> …
// </score-board>
// A column without a slider is the open reference, whose outline shows in the player. The answer is {A: 72, …}, those that are set.
// Where a letter was typed the focus goes along to its slider, so that ↑ ↓ rate what is heard.

import "./unset-slider.js";
import { fill } from "./texts.js";
import { drawWave } from "./wave.js";

class ScoreBoard extends HTMLElement {
  #lifetime = null;
  #columns = [];
  #isTyped = false;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#columns = [...this.querySelectorAll("[data-column]")].map((element) => ({
      element,
      label: element.dataset.column,
      button: element.querySelector("button"),
      input: element.querySelector('input[type="range"]'),
    }));
    this.addEventListener("input", () => this.#tell(), { signal });
    const watch = { signal, capture: true };
    document.addEventListener("keydown", ({ key }) => (this.#isTyped = /^\S$/.test(key)), watch);
    document.addEventListener("pointerdown", () => (this.#isTyped = false), watch);
    const form = this.closest("trial-form");
    form.addEventListener("clip-active", ({ detail }) => this.#activate(detail), { signal });
    const player = form.querySelector("clip-player");
    const isLoaded = ({ detail }) => detail.kind === "loaded" && this.#draw(player);
    form.addEventListener("clip-log", isLoaded, { signal });
    if (player.hasAttribute("ready")) {
      this.#draw(player);
    }
    this.#lock("");
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  /** null: no score is set. */
  get answer() {
    const set = this.#rated.filter(({ input }) => input.dataset.set === "true");
    const scores = set.map(({ label, input }) => [label, Number(input.value)]);
    return scores.length ? Object.fromEntries(scores) : null;
  }

  /** In words; "" when every score is set. */
  get missing() {
    const labels = this.#open.map(({ label }) => label);
    const list = new Intl.ListFormat(document.documentElement.lang || "en").format(labels);
    return labels.length ? fill(this.dataset.textSet, { list }) : "";
  }

  restore(scores) {
    for (const { label, input } of this.#rated) {
      if (label in scores) {
        input.value = String(scores[label]);
        input.dataset.set = "true";
      }
    }
  }

  focusFirst() {
    const [first] = this.#open;
    (first?.input.disabled ? first.button : first?.input)?.focus();
  }

  get #rated() {
    return this.#columns.filter(({ input }) => input);
  }

  get #open() {
    return this.#rated.filter(({ input }) => input.dataset.set !== "true");
  }

  #draw(player) {
    const open = this.#columns.find(({ input }) => !input);
    if (open) {
      player.querySelector(".track").prepend(drawWave(player.buffer(open.label)));
    }
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("answer-change", { bubbles: true }));
  }

  /** A signal plays, or played last: its slider is free. */
  #activate({ label, isPlaying }) {
    const column = this.#columns.find((one) => one.label === label);
    if (column.input) {
      column.input.disabled = false;
    }
    const { activeElement } = document;
    const isFree = activeElement === document.body || this.contains(activeElement);
    // Before the others are locked: an input that is locked loses the focus.
    if (isPlaying && this.#isTyped && isFree) {
      (column.input ?? column.button).focus();
    }
    this.#lock(label);
    for (const { element } of this.#columns) {
      element.classList.toggle("on", element === column.element && isPlaying);
    }
  }

  #lock(label) {
    for (const { input, label: own } of this.#rated) {
      input.disabled = this.hasAttribute("data-only-playing") && own !== label;
    }
  }
}

customElements.define("score-board", ScoreBoard);
