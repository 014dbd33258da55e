// The form of a trial: says what is still to do, keeps what was chosen, sends it once.
//
// <trial-form action="…/answer" data-trial="NAME" data-next="/sitting/" data-text-todo="…" …>
//   <form> a clip-player, questions (questions.js says how), #todo, #alert, a submit button </form>
//   .feedback with h2, p, a, and .other-window with a button, both hidden
// </trial-form>
// Event, bubbling: "answer-saved" {answer, feedback}, before the page moves on.

import { Draft, LastAnswered, makeKey } from "./draft.js";
import { openLetters, openStorage } from "./letters.js";
import { OneWindow } from "./one-window.js";
import { Outbox } from "./outbox.js";
import { findQuestions, nest } from "./questions.js";
import { fill } from "./texts.js";
import { describeTodo } from "./todo.js";

const MAX_EVENTS = 600;
const TYPING = 'textarea, select, input:not([type="radio"], [type="range"], [type="checkbox"])';

class TrialForm extends HTMLElement {
  #lifetime = null;
  #form = null;
  #player = null;
  #questions = [];
  #draft = null;
  #outbox = null;
  #lastAnswered = null;
  #events = [];
  #elapsedBefore = 0;
  #openedAt = 0;
  #nFocusLosses = 0;
  #hasFocus = true;
  #key = "";
  #isSending = false;
  #isLost = false;
  #hasLeft = false;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#openedAt = performance.now();
    this.#form = this.querySelector("form");
    this.#player = this.querySelector("clip-player");
    this.#draft = new Draft(openStorage("sessionStorage"), this.dataset.trial);
    this.#form.addEventListener("submit", (event) => this.#submit(event), { signal });
    for (const kind of ["change", "input", "answer-change"]) {
      this.#form.addEventListener(kind, (event) => this.#change(event), { signal });
    }
    this.addEventListener("clip-progress", () => this.#refresh(), { signal });
    this.addEventListener("clip-log", (event) => this.#log(event.detail), { signal });
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
    document.addEventListener("visibilitychange", () => this.#watchFocus(), { signal });
    window.addEventListener("blur", () => this.#watchFocus(false), { signal });
    window.addEventListener("focus", () => this.#watchFocus(), { signal });
    window.addEventListener("pagehide", () => this.#save(), { signal });
    // A page that comes back from the browser's memory may be answered by now.
    window.addEventListener("pageshow", (event) => event.persisted && location.reload(), { signal });
    this.#begin();
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  /** Trial types whose script makes inputs of its own call this when they are there. */
  refreshQuestions() {
    this.#questions = findQuestions(this.#form);
    this.#refresh();
  }

  async #begin() {
    const parts = [...this.querySelectorAll(":not(:defined)")].map((one) => one.localName);
    await Promise.all([...new Set(parts)].map((name) => customElements.whenDefined(name)));
    this.#questions = findQuestions(this.#form);
    const draft = this.#draft.load();
    this.#key = draft.key ?? makeKey();
    this.#restore(draft);
    this.#refresh();
    const { sitting } = document.body.dataset;
    const { signal } = this.#lifetime;
    this.#lastAnswered = new LastAnswered(openStorage("localStorage"), this.dataset.trial);
    this.#lastAnswered.listen(() => this.#leave(this.dataset.next), signal);
    if (this.#hasLeft) {
      return;
    }
    new OneWindow(sitting, () => this.#lose(), { id: makeKey(), signal });
    this.#outbox = new Outbox(await openLetters());
    const waiting = await this.#outbox.find(this.dataset.trial);
    if (waiting && !this.#isSending) {
      this.#deliver(waiting, true);
    }
  }

  #restore(draft) {
    this.#elapsedBefore = draft.elapsedMs ?? 0;
    this.#events = [...(draft.events ?? []), ...this.#events];
    this.#nFocusLosses = draft.nFocusLosses ?? 0;
    for (const question of this.#questions) {
      if (draft.values && question.path in draft.values) {
        question.value = draft.values[question.path];
      }
    }
    if (draft.heard) {
      const { heard, nPlays, nSwitches } = draft;
      this.#player.restore({ heard, nPlays, nSwitches });
      this.#log({ kind: "reload" });
    }
  }

  get #elapsedMs() {
    return Math.round(this.#elapsedBefore + performance.now() - this.#openedAt);
  }

  #log(detail) {
    if (this.#events.length < MAX_EVENTS) {
      this.#events.push({ ms: this.#elapsedMs, ...detail });
    }
    this.#save();
  }

  #watchFocus(hasFocus = document.visibilityState === "visible" && document.hasFocus()) {
    if (hasFocus === this.#hasFocus) {
      return;
    }
    this.#hasFocus = hasFocus;
    this.#nFocusLosses += hasFocus ? 0 : 1;
    this.#log({ kind: hasFocus ? "focus_back" : "focus_lost" });
  }

  get #values() {
    const given = this.#questions.filter((question) => (question.value ?? null) !== null);
    return Object.fromEntries(given.map((question) => [question.path, question.value]));
  }

  #save() {
    if (!this.#key || this.#isLost) {
      return;
    }
    const { heard, nPlays, nSwitches } = this.#player.record;
    this.#draft.save({
      key: this.#key,
      values: this.#values,
      heard,
      nPlays,
      nSwitches,
      nFocusLosses: this.#nFocusLosses,
      elapsedMs: this.#elapsedMs,
      events: this.#events,
    });
  }

  #change(event) {
    const question = this.#questions.find(
      ({ element, inputs = [] }) => element === event.target || inputs.includes(event.target),
    );
    question?.touch();
    question?.mark("");
    this.#save();
    this.#refresh();
  }

  #press(event) {
    const isShortcut = event.ctrlKey || event.altKey || event.metaKey;
    if (isShortcut || !/^\d$/.test(event.key) || event.target.closest?.(TYPING)) {
      return;
    }
    const place = document.activeElement?.closest("[data-question]");
    const question =
      this.#questions.find((one) => one.element === place) ??
      this.#questions.find((one) => one.type === "radio" && one.missing);
    if (question?.choose(Number(event.key))) {
      event.preventDefault();
    }
  }

  #refresh() {
    if (!this.#player.record) {
      return;
    }
    const todo = this.querySelector("#todo");
    const missing = describeTodo({
      signals: this.#player.missing,
      isSingle: this.#player.labels.length === 1,
      questions: this.#questions.filter((question) => question.missing),
      texts: this.dataset,
      language: document.documentElement.lang,
    });
    const sentence = missing || this.dataset.textReady;
    if (todo.textContent !== sentence) {
      todo.textContent = sentence;
    }
    const button = this.querySelector(".gate button");
    if (missing || this.#isSending || this.#isLost) {
      button.setAttribute("aria-disabled", "true");
    } else {
      button.removeAttribute("aria-disabled");
    }
    return missing;
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#isSending || this.#isLost || !this.#outbox) {
      return;
    }
    if (this.#refresh()) {
      this.#pointAtMissing();
      return;
    }
    this.#isSending = true;
    this.#player.pause();
    this.#save();
    const { heard, nPlays, nSwitches, device } = this.#player.record;
    const body = {
      v: 2,
      key: this.#key,
      answer: nest(this.#values),
      heard,
      n_plays: nPlays,
      n_switches: nSwitches,
      n_focus_losses: this.#nFocusLosses,
      elapsed_ms: this.#elapsedMs,
      events: this.#events,
      device,
    };
    const { sitting } = document.body.dataset;
    const url = new URL(this.getAttribute("action"), location.href).pathname;
    const letter = { name: this.dataset.trial, sitting, url, body };
    this.#deliver(letter, await this.#outbox.keep(letter));
  }

  #pointAtMissing() {
    const open = this.#questions.filter((question) => question.missing);
    for (const question of open) {
      question.mark(this.dataset.textMissing);
    }
    this.querySelector("#alert").textContent = this.querySelector("#todo").textContent;
    if (open.length) {
      open[0].focus();
    } else {
      this.#player.focusButton();
    }
  }

  async #deliver(letter, isKept) {
    this.#isSending = true;
    this.#refresh();
    this.#tell(this.dataset.textSaving, "");
    const waiting = isKept ? this.dataset.textWaiting : this.dataset.textUnkept;
    const { status, body } = await this.#outbox.deliver(letter, {
      onWait: () => this.#tell(waiting, "wait"),
    });
    if (status === 200 || status === 409) {
      this.#lastAnswered.tell();
    }
    if (this.#isLost || this.#hasLeft) {
      return;
    }
    if (status === 200 || status === 409 || status === 404) {
      this.#moveOn(letter, body);
      return;
    }
    this.#isSending = false;
    this.#refresh();
    const reason = body.error.message;
    this.#tell(fill(this.dataset.textRefused, { reason }), "fail");
  }

  #moveOn(letter, { next = this.dataset.next, feedback = null }) {
    const detail = { answer: letter.body.answer, feedback };
    this.dispatchEvent(new CustomEvent("answer-saved", { bubbles: true, detail }));
    if (!feedback) {
      this.#leave(next);
      return;
    }
    this.#forgetDraft();
    this.#tell(this.dataset.textSaved, "");
    const place = this.querySelector(".feedback");
    const { textRight, textWrong, textFeedback } = this.dataset;
    const heading = { true: textRight, false: textWrong }[feedback.is_correct] ?? textFeedback;
    place.querySelector("h2").textContent = heading;
    place.querySelector("p").textContent = feedback.message;
    place.querySelector("a").href = next;
    place.hidden = false;
    this.querySelector(".gate").hidden = true;
    place.querySelector("a").focus();
  }

  #leave(next) {
    this.#forgetDraft();
    if (!this.#hasLeft) {
      this.#hasLeft = true;
      location.assign(next);
    }
  }

  #forgetDraft() {
    this.#draft.clear();
    this.#key = "";
  }

  /** The sitting goes on in another window: this one falls silent and says so. */
  #lose() {
    this.#save();
    this.#isLost = true;
    this.#player.pause();
    this.#form.toggleAttribute("inert", true);
    const notice = this.querySelector(".other-window");
    notice.hidden = false;
    const { signal } = this.#lifetime;
    notice.querySelector("button").addEventListener("click", () => location.reload(), { signal });
    notice.querySelector("button").focus();
  }

  #tell(sentence, state) {
    const place = document.querySelector("#saved");
    place.classList.toggle("wait", state === "wait");
    place.classList.toggle("fail", state === "fail");
    place.querySelector("svg")?.remove();
    place.querySelector("span").textContent = sentence;
  }
}

customElements.define("trial-form", TrialForm);
