import assert from "node:assert/strict";
import { test } from "node:test";

import { formatClock } from "../../evalsite/static/js/library/clock.js";
import { fit, grip, move, pull } from "../../evalsite/static/js/library/excerpt.js";

const LIMITS = { duration: 60, min: 2, max: 30 };
const SHORT = { duration: 5.128, min: 2, max: 30 };

test("an excerpt stays inside the recording", () => {
  assert.deepEqual(fit({ start: -3, length: 10 }, LIMITS), { start: 0, length: 10 });
  assert.deepEqual(fit({ start: 55, length: 10 }, LIMITS), { start: 50, length: 10 });
  assert.deepEqual(fit({ start: 0, length: 99 }, LIMITS), { start: 0, length: 30 });
  assert.deepEqual(fit({ start: 0, length: 0.5 }, LIMITS), { start: 0, length: 2 });
});

test("rounding never reaches beyond the end", () => {
  const fitted = fit({ start: 9, length: 10 }, SHORT);
  assert.deepEqual(fitted, { start: 0, length: 5.12 });
  const moved = fit({ start: 9, length: 2 }, SHORT);
  assert.deepEqual(moved, { start: 3.12, length: 2 });
  assert.ok(moved.start + moved.length <= SHORT.duration);
});

test("moving keeps the length", () => {
  assert.deepEqual(move({ start: 10, length: 7 }, 1, LIMITS), { start: 11, length: 7 });
  assert.deepEqual(move({ start: 10, length: 7 }, 60, LIMITS), { start: 53, length: 7 });
  assert.deepEqual(move({ start: 10, length: 7 }, -60, LIMITS), { start: 0, length: 7 });
});

test("pulling one end leaves the other", () => {
  assert.deepEqual(pull({ start: 10, length: 10 }, "end", 25, LIMITS), { start: 10, length: 15 });
  assert.deepEqual(pull({ start: 10, length: 10 }, "end", 3, LIMITS), { start: 10, length: 2 });
  assert.deepEqual(pull({ start: 10, length: 10 }, "start", 5, LIMITS), { start: 5, length: 15 });
  assert.deepEqual(pull({ start: 10, length: 10 }, "start", 19.5, LIMITS), { start: 18, length: 2 });
  assert.deepEqual(pull({ start: 40, length: 10 }, "start", 0, LIMITS), { start: 20, length: 30 });
});

test("a pointer takes the edge it is near, a narrow window keeps a middle", () => {
  const excerpt = { start: 10, length: 10 };
  assert.equal(grip(excerpt, 10.4, 0.5), "start");
  assert.equal(grip(excerpt, 19.6, 0.5), "end");
  assert.equal(grip(excerpt, 15, 0.5), "window");
  assert.equal(grip(excerpt, 9, 0.5), "outside");
  assert.equal(grip({ start: 10, length: 2 }, 11, 5), "window");
});

test("clock times are those the server prints", () => {
  assert.deepEqual([0, 7.04, 59.96, 61.5, 600].map(formatClock), [
    "0:00", "0:07", "1:00", "1:01.5", "10:00",
  ]);
});
