// On every page of a sitting: sends answers that an earlier page left behind, and says so meanwhile.
//
// <waiting-answers data-text-one="…" data-text-other="…" data-text-refused="…" hidden></waiting-answers>
// When nothing waits any more it has the attribute `empty` and says so by an event of that name.
// With data-before="#main" that part of the page shows only when nothing waits any more; with
// data-forget what waits is thrown away: the sitting was withdrawn.

import { openLetters } from "./letters.js";
import { Outbox } from "./outbox.js";
import { fill, fillPlural } from "./texts.js";

class WaitingAnswers extends HTMLElement {
  async connectedCallback() {
    const { sitting } = document.body.dataset;
    if (!sitting) {
      return;
    }
    const shelf = await openLetters();
    const outbox = new Outbox(shelf);
    if ("forget" in this.dataset) {
      const letters = await outbox.list(sitting);
      await Promise.all(letters.map(({ name }) => shelf.delete(name)));
      return;
    }
    const trial = document.querySelector("trial-form")?.dataset.trial;
    const letters = (await outbox.list(sitting)).filter(({ name }) => name !== trial);
    const held = this.dataset.before ? document.querySelector(this.dataset.before) : null;
    let nWaiting = letters.length;
    this.#say(nWaiting);
    held?.toggleAttribute("hidden", nWaiting > 0);
    await Promise.all(
      letters.map(async (letter) => {
        const { status, body } = await outbox.deliver(letter);
        if (status === 200 || status === 409) {
          nWaiting -= 1;
          this.#say(nWaiting);
        } else if (status !== 403 && status !== 404) {
          // Those two: another sitting goes on here now. Its own pages will send it.
          this.#show(fill(this.dataset.textRefused, { reason: body.error.message }), "fail");
        }
      }),
    );
    held?.removeAttribute("hidden");
    if (nWaiting === 0) {
      this.toggleAttribute("empty", true);
      this.dispatchEvent(new CustomEvent("empty", { bubbles: true }));
    }
  }

  #say(n) {
    const sentence = n ? fillPlural(this.dataset, "text", n, document.documentElement.lang) : "";
    this.#show(sentence, "wait");
  }

  #show(sentence, state) {
    this.textContent = sentence;
    this.className = `saved ${state}`;
    this.hidden = !sentence;
  }
}

customElements.define("waiting-answers", WaitingAnswers);
