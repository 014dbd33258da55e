import assert from "node:assert/strict";
import test from "node:test";

import { describeOutline, findPeaks } from "../../evalsite/static/js/sitting/wave.js";

test("peaks are the loudest samples of equal parts", () => {
  assert.deepEqual(findPeaks([0.1, -0.25, 0, 0.5, -0.5, 0], 3), [0.5, 1, 1]);
});

test("silence has no peaks", () => {
  assert.deepEqual(findPeaks([0, 0, 0, 0], 2), [0, 0]);
});

test("the outline goes there above and back below the middle", () => {
  assert.equal(describeOutline([1, 0.5], 8), "M0 0.0L1 2.0L1 6.0L0 8.0Z");
});
