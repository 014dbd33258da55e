import assert from "node:assert/strict";
import test from "node:test";

import { nest } from "../../evalsite/static/js/sitting/questions.js";
import { fill, fillPlural } from "../../evalsite/static/js/sitting/texts.js";

test("paths become nested objects", () => {
  assert.deepEqual(nest({ "ratings.mode": 3, "ratings.tune": "cant_tell", confidence: 2 }), {
    ratings: { mode: 3, tune: "cant_tell" },
    confidence: 2,
  });
});

test("a sentence is filled, unknown places stay", () => {
  assert.equal(fill("{a} of {b} {c}", { a: 1, b: 2 }), "1 of 2 {c}");
});

test("the plural follows the language", () => {
  const texts = { textHearOne: "hear {n} more second", textHearOther: "hear {n} more seconds" };
  assert.equal(fillPlural(texts, "textHear", 1, "en"), "hear 1 more second");
  assert.equal(fillPlural(texts, "textHear", 5, "en"), "hear 5 more seconds");
});
