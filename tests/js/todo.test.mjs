import assert from "node:assert/strict";
import test from "node:test";

import { describeArc } from "../../evalsite/static/js/sitting/coverage-ring.js";
import { readChoice } from "../../evalsite/static/js/sitting/questions.js";
import { describeTodo } from "../../evalsite/static/js/sitting/todo.js";

const texts = {
  textTodo: "Still to do: {list}.",
  textHearOne: "hear {n} more second",
  textHearOther: "hear {n} more seconds",
  textHearSome: "hear {list}",
  textRateOne: "rate {n} more quality",
  textRateOther: "rate {n} more qualities",
  textSetOne: "set {n} more slider",
  textSetOther: "set {n} more sliders",
  textAnswerOne: "answer {n} more question",
  textAnswerOther: "answer {n} more questions",
};

function describe(given) {
  const rest = { signals: [], isSingle: true, questions: [], language: "en", texts };
  return describeTodo({ ...rest, ...given });
}

test("what is missing is told in the order of the page, kinds of questions counted", () => {
  const quality = { kind: "quality", todo: "" };
  const questions = [quality, { kind: "", todo: "set the end" }, quality, { kind: "", todo: "" }];

  assert.equal(
    describe({ signals: [{ label: "A", seconds: 2.1 }], questions }),
    "Still to do: hear 3 more seconds, rate 2 more qualities, set the end, answer 1 more question.",
  );
});

test("several signals are named", () => {
  const signals = ["R", "A", "B"].map((label) => ({ label, seconds: 1 }));

  assert.equal(describe({ signals, isSingle: false }), "Still to do: hear R, A, and B.");
});

test("one sentence for what several questions ask in the same words", () => {
  const open = { kind: "slider", todo: "" };
  assert.equal(describe({ questions: [open, open] }), "Still to do: set 2 more sliders.");
  const same = { kind: "", todo: "mark a span" };
  assert.equal(describe({ questions: [same, same] }), "Still to do: mark a span.");
});

test("nothing is missing", () => assert.equal(describe({}), ""));

test("digits are numbers, but for what only looks like one", () => {
  assert.deepEqual(["3", "0", "10", "03", "1.5", "A", ""].map(readChoice), [
    3, 0, 10, "03", "1.5", "A", "",
  ]);
});


test("an arc goes clockwise from the top; a whole turn is two halves", () => {
  const half = describeArc(0, 1, 2);
  const whole = describeArc(0, 2, 2);
  assert.equal(half, "M32.0 4.0A28 28 0 0 1 60.0 32.0A28 28 0 0 1 32.0 60.0");
  assert.equal(whole, "M32.0 4.0A28 28 0 0 1 32.0 60.0A28 28 0 0 1 32.0 4.0");
});
