// The form of a trial: says what is still to do, keeps what was chosen, sends it once.
//
// <rating-form action="…/answer" data-trial="NAME" data-next="/sitting/" data-text-todo="…" …>
//   <form> a clip-player, groups with data-question, a #todo, a submit button </form>
// </rating-form>

import { Draft, makeKey, openStorage } from "./draft.js";
import { Outbox } from "./outbox.js";
import { Question, nest } from "./questions.js";
import { fill, fillPlural } from "./texts.js";

const MAX_EVENTS = 900;

class RatingForm extends HTMLElement {
  #lifetime = null;
  #form = null;
  #player = null;
  #questions = [];
  #draft = null;
  #outbox = null;
  #events = [];
  #elapsedBefore = 0;
  #openedAt = 0;
  #key = "";
  #isSending = false;

  connectedCallback() {
    this.#lifetime = new AbortController();
    const { signal } = this.#lifetime;
    this.#openedAt = performance.now();
    this.#form = this.querySelector("form");
    this.#player = this.querySelector("clip-player");
    this.#questions = [...this.querySelectorAll("[data-question]")].map((one) => new Question(one));
    this.#draft = new Draft(openStorage("sessionStorage"), this.dataset.trial);
    this.#outbox = new Outbox(openStorage("localStorage"));
    this.#form.addEventListener("submit", (event) => this.#submit(event), { signal });
    this.#form.addEventListener("change", (event) => this.#change(event), { signal });
    this.addEventListener("clip-progress", () => this.#refresh(), { signal });
    this.addEventListener("clip-log", (event) => this.#log(event.detail), { signal });
    document.addEventListener("keydown", (event) => this.#press(event), { signal });
    window.addEventListener("pagehide", () => this.#save(), { signal });
    // A page that comes back from the browser's memory may be answered by now.
    window.addEventListener("pageshow", (event) => event.persisted && location.reload(), { signal });
    customElements.whenDefined("clip-player").then(() => this.#begin());
  }

  disconnectedCallback() {
    this.#lifetime.abort();
  }

  #begin() {
    const draft = this.#draft.load();
    this.#key = draft.key ?? makeKey();
    this.#elapsedBefore = draft.elapsedMs ?? 0;
    this.#events = draft.events ?? [];
    for (const question of this.#questions) {
      if (draft.values && question.path in draft.values) {
        question.value = draft.values[question.path];
      }
    }
    if (draft.heard) {
      this.#player.restore({ heard: draft.heard, nPlays: draft.nPlays });
      this.#log({ kind: "reload" });
    }
    this.#refresh();
    if (this.#outbox.find(this.dataset.trial)) {
      this.#deliver(true);
    }
    this.#deliverOthers();
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

  #save() {
    if (!this.#key) {
      return;
    }
    const chosen = this.#questions.filter((question) => question.value !== null);
    this.#draft.save({
      key: this.#key,
      values: Object.fromEntries(chosen.map((question) => [question.path, question.value])),
      heard: this.#player.heard,
      nPlays: this.#player.nPlays,
      elapsedMs: this.#elapsedMs,
      events: this.#events,
    });
  }

  #change(event) {
    const element = event.target.closest("[data-question]");
    this.#questions.find((question) => question.element === element)?.mark("");
    this.#save();
    this.#refresh();
  }

  #press(event) {
    const isTyping = event.target.closest?.("textarea, select, input:not([type=radio], [type=range])");
    if (isTyping || event.ctrlKey || event.altKey || event.metaKey || !/^\d$/.test(event.key)) {
      return;
    }
    const place = document.activeElement?.closest("[data-question]");
    const question =
      this.#questions.find((one) => one.element === place) ??
      this.#questions.find((one) => one.value === null);
    if (question?.choose(Number(event.key))) {
      event.preventDefault();
    }
  }

  /** What is missing, in words, in the order of the page. */
  #listMissing() {
    const texts = this.dataset;
    const language = document.documentElement.lang;
    const list = [];
    const seconds = Math.ceil(this.#player.missing);
    if (seconds) {
      list.push(fillPlural(texts, "textHear", seconds, language));
    }
    const open = this.#questions.filter((question) => question.value === null);
    const nQualities = open.filter((question) => question.isQuality).length;
    if (nQualities) {
      list.push(fillPlural(texts, "textRate", nQualities, language));
    }
    for (const question of open) {
      if (!question.isQuality) {
        list.push(question.element.dataset.todo);
      }
    }
    return list;
  }

  #refresh() {
    const list = this.#listMissing().join(", ");
    const todo = this.querySelector("#todo");
    const sentence = list ? fill(this.dataset.textTodo, { list }) : this.dataset.textReady;
    if (todo.textContent !== sentence) {
      todo.textContent = sentence;
    }
    const button = this.querySelector(".gate button");
    if (list || this.#isSending) {
      button.setAttribute("aria-disabled", "true");
    } else {
      button.removeAttribute("aria-disabled");
    }
  }

  #submit(event) {
    event.preventDefault();
    if (this.#isSending) {
      return;
    }
    if (this.#listMissing().length) {
      this.#pointAtMissing();
      return;
    }
    const body = {
      v: 1,
      key: this.#key,
      answer: nest(Object.fromEntries(this.#questions.map((one) => [one.path, one.value]))),
      heard: this.#player.heard,
      n_plays: this.#player.nPlays,
      elapsed_ms: this.#elapsedMs,
      events: this.#events,
    };
    this.#save();
    const letter = { url: this.getAttribute("action"), body };
    this.#deliver(this.#outbox.keep(this.dataset.trial, letter));
  }

  #pointAtMissing() {
    const open = this.#questions.filter((question) => question.value === null);
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

  async #deliver(isKept) {
    this.#isSending = true;
    this.#refresh();
    this.#tell(this.dataset.textSaving, "");
    const waiting = isKept ? this.dataset.textWaiting : this.dataset.textUnkept;
    const { status, body } = await this.#outbox.deliver(this.dataset.trial, {
      onWait: () => this.#tell(waiting, "wait"),
    });
    if (status === 200 || status === 409 || status === 404) {
      this.#draft.clear();
      this.#key = "";
      location.assign(body.next ?? this.dataset.next);
      return;
    }
    this.#isSending = false;
    this.#refresh();
    const reason = body.error?.message ?? String(status);
    this.#tell(fill(this.dataset.textRefused, { reason }), "fail");
  }

  /** Letters of pages that were left before the server answered. */
  async #deliverOthers() {
    for (const name of this.#outbox.names()) {
      if (name !== this.dataset.trial && (await this.#outbox.send(name))) {
        this.#outbox.forget(name);
      }
    }
  }

  #tell(sentence, state) {
    const place = document.querySelector("#saved");
    place.classList.toggle("wait", state === "wait");
    place.classList.toggle("fail", state === "fail");
    place.querySelector("svg")?.remove();
    place.querySelector("span").textContent = sentence;
  }
}

customElements.define("rating-form", RatingForm);
