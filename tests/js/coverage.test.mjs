import assert from "node:assert/strict";
import test from "node:test";

import {
  addStretch,
  cellParts,
  heardSeconds,
  missingSeconds,
} from "../../evalsite/static/js/sitting/coverage.js";

test("stretches that overlap or touch become one", () => {
  assert.deepEqual(addStretch([[0, 1]], 1, 2), [[0, 2]]);
  assert.deepEqual(addStretch([[3, 4]], 0, 1), [[0, 1], [3, 4]]);
  assert.deepEqual(addStretch([[0, 1], [2, 3]], 0.5, 2.5), [[0, 3]]);
  assert.deepEqual(addStretch([[0, 5]], 1, 2), [[0, 5]]);
});

test("adding leaves the list it was given alone", () => {
  const before = [[0, 1]];
  addStretch(before, 0.5, 2);
  assert.deepEqual(before, [[0, 1]]);
});

test("what lies beyond the clip does not count", () => {
  assert.equal(heardSeconds([[8, 99]], 10), 2);
});

test("a quarter of a second may be missing", () => {
  assert.equal(missingSeconds([[0, 9.75]], 10), 0);
  assert.equal(missingSeconds([[0, 9.5]], 10), 0.5);
});

test("hearing a clip twice is hearing it once", () => {
  const twice = addStretch(addStretch([], 0, 10), 0, 10);
  assert.equal(heardSeconds(twice, 10), 10);
});

test("each second gets its own part", () => {
  assert.deepEqual(cellParts([[0.5, 1.25]], 2.5), [[[0.5, 1]], [[0, 0.25]], []]);
  assert.deepEqual(cellParts([[0, 2.5]], 2.5), [[[0, 1]], [[0, 1]], [[0, 0.5]]]);
});
