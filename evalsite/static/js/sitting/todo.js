// What is still to do on a trial page, as one sentence. Pure but for the language of numbers.

import { fill, fillPlural } from "./texts.js";

/**
 * `signals`: [{label, seconds}] still to hear, `isSingle` when the trial has one; `questions`:
 * those still open, {kind, todo}. `texts` are the page's: hearOne, hearOther, hearSome, rateOne, …
 */
export function describeTodo({ signals, isSingle, questions, texts, language }) {
  const list = [];
  if (isSingle && signals.length) {
    list.push(fillPlural(texts, "textHear", Math.ceil(signals[0].seconds), language));
  } else if (signals.length) {
    const labels = signals.map(({ label }) => label);
    const names = new Intl.ListFormat(language || "en").format(labels);
    list.push(fill(texts.textHearSome, { list: names }));
  }
  const told = new Set();
  for (const { kind, todo } of questions) {
    const group = todo ? `todo ${todo}` : `kind ${kind}`;
    if (told.has(group)) {
      continue;
    }
    told.add(group);
    if (todo) {
      list.push(todo);
    } else {
      const n = questions.filter((one) => !one.todo && one.kind === kind).length;
      list.push(fillPlural(texts, NAMES[kind] ?? "textAnswer", n, language));
    }
  }
  return list.length ? fill(texts.textTodo, { list: list.join(", ") }) : "";
}

// data-kind of a question -> the page's sentence for n of them.
const NAMES = { quality: "textRate", slider: "textSet" };
