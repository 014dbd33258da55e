// Marks on the time line of the trial's clip: drawn by mouse or finger, or set while it plays.
//
// <span-marks data-answer="spans.NAME" data-seconds="12.000" data-min-spans="1" data-max-spans="5"
//   data-min-seconds="0.2" data-max-seconds="0" data-text-…="…">
//   <div class="marks-track"><img><span class="playhead"></span></div>
//   button.begin, perhaps input.nowhere, an ol.span-list, a template with one li:
//   input.from, input.to, an output, button.hear, button.remove
// </span-marks>
//
// A drag on the track marks, at an end of a span it moves that end, a tap goes to the place. M (or
// the button) begins a span where the sound is and ends it. .answer is [[from, to], …] or "none".

import { addSpan, findEnd, moveEnd, removeSpan } from "./spans.js";
import { fill, fillPlural } from "./texts.js";

const SHORTEST_SECONDS = 0.05;
const TAP_PIXELS = 6;
const REACH_PIXELS = { mouse: 8, touch: 22, pen: 14 };
const TYPING = 'textarea, select, input:not([type="radio"], [type="range"], [type="checkbox"])';

class SpanMarks extends HTMLElement {
  #lifetime = null;
  #player = null;
  #rules = {};
  #parts = {};
  #spans = [];
  #begun = null;
  #drag = null;
  #isDrawing = false;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    const { seconds, minSeconds, maxSeconds, maxSpans } = this.dataset;
    this.#rules = {
      seconds: Number(seconds),
      shortest: Math.max(Number(minSeconds), SHORTEST_SECONDS),
      longest: Number(maxSeconds) || Infinity,
      most: Number(maxSpans),
    };
    this.#player = this.closest("trial-form").querySelector("clip-player");
    this.#parts = {
      track: this.querySelector(".marks-track"),
      playhead: this.querySelector(".playhead"),
      begin: this.querySelector(".begin"),
      nowhere: this.querySelector(".nowhere"),
      list: this.querySelector(".span-list"),
      row: this.querySelector("template").content.firstElementChild,
    };
    this.#bind(signal);
    this.#show();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  get answer() {
    if (this.#isNowhere) {
      return "none";
    }
    return this.#spans.length ? this.#spans : null;
  }

  /** In words what is still to do here; "" when nothing is. */
  get missing() {
    if (this.#isNowhere) {
      return "";
    }
    if (this.#begun !== null) {
      return this.dataset.textBegun;
    }
    const n = Number(this.dataset.minSpans) - this.#spans.length;
    return n > 0 ? fillPlural(this.dataset, "textTodo", n, document.documentElement.lang) : "";
  }

  restore(answer) {
    if (this.#parts.nowhere) {
      this.#parts.nowhere.checked = answer === "none";
    }
    this.#spans = Array.isArray(answer) ? answer : [];
    this.#show();
  }

  focusFirst() {
    this.#parts.begin.focus();
  }

  get #isNowhere() {
    return this.#parts.nowhere?.checked ?? false;
  }

  #bind(signal) {
    const { track, begin, nowhere, list } = this.#parts;
    begin.addEventListener("click", () => this.#mark(), { signal });
    nowhere?.addEventListener("change", () => this.#change("span_none"), { signal });
    list.addEventListener("input", (event) => this.#slide(event), { signal });
    list.addEventListener("click", (event) => this.#press(event), { signal });
    list.addEventListener("keydown", (event) => this.#delete(event), { signal });
    track.addEventListener("pointerdown", (event) => this.#grab(event), { signal });
    track.addEventListener("pointermove", (event) => this.#pull(event), { signal });
    track.addEventListener("pointerup", (event) => this.#drop(event), { signal });
    track.addEventListener("pointercancel", () => this.#cancel(), { signal });
    const form = this.closest("trial-form");
    form.addEventListener("clip-active", () => this.#follow(), { signal });
    form.addEventListener("clip-progress", () => this.#showPlace(), { signal });
    document.addEventListener("keydown", (event) => this.#shortcut(event), { signal });
  }

  /** M works for the marks that have the focus, else for the page's first. */
  #shortcut(event) {
    const isShortcut = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    if (isShortcut || event.key.toUpperCase() !== "M" || event.target.closest?.(TYPING)) {
      return;
    }
    const focused = document.activeElement?.closest("span-marks");
    if ((focused ?? document.querySelector("span-marks")) === this) {
      event.preventDefault();
      this.#mark();
    }
  }

  /** Begin a span where the sound is, or end the one that was begun. */
  #mark() {
    if (this.#isNowhere) {
      return;
    }
    const { position } = this.#player;
    if (this.#begun === null) {
      this.#begun = position;
      this.#change("span_begun");
      return;
    }
    const begun = this.#begun;
    this.#begun = null;
    this.#add(begun, position);
  }

  #add(first, second) {
    const added = addSpan(this.#spans, first, second, this.#rules);
    this.#spans = added?.spans ?? this.#spans;
    this.#change(added ? "span_added" : "span_refused");
  }

  #slide(event) {
    const side = ["from", "to"].findIndex((name) => event.target.classList.contains(name));
    const at = this.#findRow(event.target);
    if (side >= 0) {
      const seconds = Number(event.target.value);
      this.#spans = moveEnd(this.#spans, at, side, seconds, this.#rules);
      this.#change("span_moved");
    }
  }

  #press(event) {
    const button = event.target.closest("button");
    const at = button ? this.#findRow(button) : -1;
    if (button?.classList.contains("remove")) {
      this.#remove(at);
    } else if (button?.classList.contains("hear")) {
      this.#player.seek(this.#spans[at][0]);
      this.#player.play();
    }
  }

  #delete(event) {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.#remove(this.#findRow(event.target));
    }
  }

  #remove(at) {
    this.#spans = removeSpan(this.#spans, at);
    this.#change("span_removed");
    this.#parts.begin.focus();
  }

  #findRow(element) {
    return [...this.#parts.list.children].indexOf(element.closest("li"));
  }

  #grab(event) {
    if (event.button !== 0 || this.#isNowhere) {
      return;
    }
    this.#parts.track.setPointerCapture(event.pointerId);
    const reach = this.#findSeconds(REACH_PIXELS[event.pointerType] ?? REACH_PIXELS.mouse);
    const start = this.#findPlace(event);
    this.#drag = {
      start,
      x: event.clientX,
      end: findEnd(this.#spans, start, reach),
      before: this.#spans,
      isTap: true,
    };
  }

  #pull(event) {
    const drag = this.#drag;
    if (!drag) {
      return;
    }
    drag.isTap &&= Math.abs(event.clientX - drag.x) < TAP_PIXELS;
    if (drag.isTap) {
      return;
    }
    const place = this.#findPlace(event);
    this.#spans = drag.end
      ? moveEnd(drag.before, drag.end.at, drag.end.side, place, this.#rules)
      : (addSpan(drag.before, drag.start, place, this.#rules)?.spans ?? drag.before);
    this.#show();
  }

  #drop(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (drag?.isTap) {
      this.#player.seek(this.#findPlace(event));
    } else if (drag) {
      this.#change(drag.end ? "span_moved" : "span_added");
    }
  }

  #cancel() {
    if (this.#drag) {
      this.#spans = this.#drag.before;
      this.#drag = null;
      this.#show();
    }
  }

  #findPlace(event) {
    const { left } = this.#parts.track.getBoundingClientRect();
    return Math.min(Math.max(this.#findSeconds(event.clientX - left), 0), this.#rules.seconds);
  }

  #findSeconds(pixels) {
    return (this.#rules.seconds * pixels) / this.#parts.track.getBoundingClientRect().width;
  }

  #change(kind) {
    this.#show();
    const detail = { kind, prompt: this.dataset.answer, spans: this.#spans };
    this.dispatchEvent(new CustomEvent("clip-log", { bubbles: true, detail }));
    this.dispatchEvent(new CustomEvent("answer-change", { bubbles: true }));
  }

  /** The place moves with every frame while it plays. */
  #follow() {
    this.#showPlace();
    if (this.#player.isPlaying && !this.#isDrawing) {
      this.#isDrawing = true;
      requestAnimationFrame(() => {
        this.#isDrawing = false;
        this.#follow();
      });
    }
  }

  #showPlace() {
    const { playhead, track } = this.#parts;
    playhead.style.left = this.#share(this.#player.position);
    const open = track.querySelector(".open-span");
    if (open) {
      this.#lay(open, [this.#begun, this.#player.position].sort((a, b) => a - b));
    }
  }

  #show() {
    const { track, begin, list } = this.#parts;
    this.classList.toggle("is-nowhere", this.#isNowhere);
    if (this.#isNowhere) {
      this.#begun = null;
    }
    for (const old of track.querySelectorAll(".mark")) {
      old.remove();
    }
    track.append(...this.#spans.map((span) => this.#lay(makeMark("mark"), span)));
    if (this.#begun !== null) {
      track.append(makeMark("mark open-span"));
    }
    begin.textContent = this.#begun === null ? this.dataset.textBegin : this.dataset.textEnd;
    begin.setAttribute("aria-disabled", String(this.#isNowhere || this.#isFull));
    this.#showRows(list);
    this.#showPlace();
  }

  get #isFull() {
    return this.#begun === null && this.#spans.length >= this.#rules.most;
  }

  /** Rows stay while they are used: only what is too many or too few comes and goes. */
  #showRows(list) {
    while (list.children.length > this.#spans.length) {
      list.lastElementChild.remove();
    }
    while (list.children.length < this.#spans.length) {
      list.append(this.#parts.row.cloneNode(true));
    }
    this.#spans.forEach((span, at) => this.#showRow(list.children[at], span, at + 1));
  }

  #showRow(row, span, n) {
    const [from, to] = span.map((seconds) => seconds.toFixed(1));
    row.querySelector("output").textContent = fill(this.dataset.textSpan, { n, from, to });
    ["from", "to"].forEach((name, side) => {
      const input = row.querySelector(`.${name}`);
      input.value = String(span[side]);
      input.disabled = this.#isNowhere;
      const label = side ? this.dataset.textTo : this.dataset.textFrom;
      input.setAttribute("aria-label", fill(label, { n }));
      const text = fill(this.dataset.textSecond, { second: span[side].toFixed(1) });
      input.setAttribute("aria-valuetext", text);
    });
    const { textHear, textRemove } = this.dataset;
    row.querySelector(".hear").setAttribute("aria-label", fill(textHear, { n }));
    row.querySelector(".remove").setAttribute("aria-label", fill(textRemove, { n }));
  }

  #lay(element, [from, to]) {
    element.style.left = this.#share(from);
    element.style.width = this.#share(to - from);
    return element;
  }

  #share(seconds) {
    return `${(100 * seconds) / this.#rules.seconds}%`;
  }
}

function makeMark(name) {
  const element = document.createElement("span");
  element.className = name;
  return element;
}

customElements.define("span-marks", SpanMarks);
