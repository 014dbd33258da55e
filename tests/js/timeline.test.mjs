import assert from "node:assert/strict";
import test from "node:test";

import { Ledger } from "../../evalsite/static/js/sitting/ledger.js";
import {
  endOf,
  findPass,
  makeRun,
  moveEnd,
  positionAt,
  stretchesBetween,
} from "../../evalsite/static/js/sitting/timeline.js";

const once = makeRun({ startedAt: 10, from: 2, duration: 5 });
const looped = makeRun({ startedAt: 10, from: 2, duration: 5, loop: [1, 3] });

test("a run goes on to the end of the clip and stays there", () => {
  assert.equal(positionAt(once, 9), 2);
  assert.equal(positionAt(once, 11.5), 3.5);
  assert.equal(positionAt(once, 99), 5);
  assert.equal(endOf(once), 13);
});

test("a loop begins where it was and comes round", () => {
  assert.deepEqual(findPass(looped, 0), { at: 10, from: 2, to: 3 });
  assert.deepEqual(findPass(looped, 2), { at: 13, from: 1, to: 3 });
  assert.deepEqual([10.5, 11, 12.5, 13.5].map((t) => positionAt(looped, t)), [2.5, 1, 2.5, 1.5]);
  assert.equal(endOf(looped), Infinity);
});

test("a place outside the loop begins at its start", () => {
  assert.equal(makeRun({ startedAt: 0, from: 4, duration: 5, loop: [1, 3] }).from, 1);
});

test("what sounded between two times", () => {
  assert.deepEqual(stretchesBetween(once, 11, 12), [[3, 4]]);
  assert.deepEqual(stretchesBetween(once, 0, 99), [[2, 5]]);
  assert.deepEqual(stretchesBetween(looped, 10.5, 13.5), [[2.5, 3], [1, 3], [1, 1.5]]);
  assert.deepEqual(stretchesBetween(once, 0, 10), []);
});

test("an end of a loop pushes the other to keep half a second, within the clip", () => {
  assert.deepEqual(moveEnd([0, 4], 0, 3.8, 4), [3.5, 4]);
  assert.deepEqual(moveEnd([1, 2], 0, 1.8, 4), [1.8, 2.3]);
  assert.deepEqual(moveEnd([1, 2], 1, 1.1, 4), [0.6000000000000001, 1.1]);
  assert.deepEqual(moveEnd([1, 2], 1, 0.1, 4), [0, 0.5]);
  assert.deepEqual(moveEnd([1, 2], 1, 9, 4), [1, 4]);
});

test("only what reached the ear counts, for the signal that sounded", () => {
  const ledger = new Ledger({ A: 5, B: 5 });
  const run = makeRun({ startedAt: 10, from: 0, duration: 5 });

  ledger.begin("A", run, 10);
  ledger.collect(11.7);
  ledger.begin("B", run, 12);
  assert.deepEqual(ledger.heard, { A: [[0, 1.7]] });
  ledger.collect(12.7);

  assert.deepEqual(ledger.heard, { A: [[0, 2]], B: [[2, 2.7]] });
});

test("what was on its way when the sound was cut off never counts", () => {
  const ledger = new Ledger({ A: 5 });
  ledger.begin("A", makeRun({ startedAt: 0, from: 0, duration: 5 }), 0);

  ledger.end(2.8);
  ledger.collect(2.8);
  ledger.collect(9);

  assert.deepEqual(ledger.heard, { A: [[0, 2.8]] });
});

test("after a pause what is on its way still arrives", () => {
  const ledger = new Ledger({ A: 5 });
  ledger.begin("A", makeRun({ startedAt: 0, from: 0, duration: 5 }), 0);

  ledger.end(3);
  ledger.collect(2.8);
  assert.deepEqual(ledger.heard, { A: [[0, 2.8]] });
  ledger.collect(3.2);

  assert.deepEqual(ledger.heard, { A: [[0, 3]] });
});

test("a need of seconds is less than the whole", () => {
  const ledger = new Ledger({ A: 5 });
  ledger.restore({ A: [[1, 3]], Z: [[0, 1]] });

  assert.equal(ledger.missing("A", 2), 0);
  assert.equal(ledger.missing("A", 4), 2);
  assert.equal(ledger.missing("A"), 3);
  assert.equal(ledger.missing("A", 99), 3);
});
