import assert from "node:assert/strict";
import test from "node:test";

import { addSpan, findEnd, moveEnd, removeSpan } from "../../evalsite/static/js/sitting/spans.js";

const RULES = { seconds: 10, shortest: 0.5, longest: 3, most: 3 };
const SPANS = [[1, 2], [4, 6]];

test("a span is added in order, from either end", () => {
  assert.deepEqual(addSpan(SPANS, 3.2, 2.4, RULES), { spans: [[1, 2], [2.4, 3.2], [4, 6]], at: 1 });
});

test("a span ends at its neighbour, at the clip's end, at the longest", () => {
  assert.deepEqual(addSpan(SPANS, 3, 5, RULES).spans[1], [3, 4]);
  assert.deepEqual(addSpan(SPANS, 9, 12, RULES).spans[2], [9, 10]);
  assert.deepEqual(addSpan([], 2, 9, RULES).spans, [[2, 5]]);
});

test("a span that is too short grows to the shortest, backwards where there is no room", () => {
  assert.deepEqual(addSpan([], 2, 2.1, RULES).spans, [[2, 2.5]]);
  assert.deepEqual(addSpan([], 9.9, 10, RULES).spans, [[9.5, 10]]);
});

test("there is no span inside another, in too small a gap, or beyond their number", () => {
  assert.equal(addSpan(SPANS, 5, 7, RULES), null);
  assert.equal(addSpan([[0, 2], [2.3, 4]], 2.1, 2.2, RULES), null);
  assert.equal(addSpan([[0, 1], [2, 3], [4, 5]], 7, 8, RULES), null);
});

test("an end stops at its neighbour, at the shortest and the longest", () => {
  assert.deepEqual(moveEnd(SPANS, 0, 1, 9, RULES)[0], [1, 4]);
  assert.deepEqual(moveEnd(SPANS, 1, 0, 0, RULES)[1], [3, 6]);
  assert.deepEqual(moveEnd(SPANS, 1, 0, 5.9, RULES)[1], [5.5, 6]);
  assert.deepEqual(moveEnd(SPANS, 1, 1, 0, RULES), [[1, 2], [4, 4.5]]);
  assert.deepEqual(SPANS, [[1, 2], [4, 6]]);
});

test("the nearest end within reach is found", () => {
  assert.equal(findEnd(SPANS, 3, 0.5), null);
  assert.deepEqual(findEnd(SPANS, 2.4, 2), { at: 0, side: 1, distance: findEnd(SPANS, 2.4, 2).distance });
  assert.deepEqual(removeSpan(SPANS, 0), [[4, 6]]);
});
