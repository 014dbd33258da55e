// The playback against a stand-in for the browser's audio whose clock and state the test moves:
// headless browsers never block, interrupt or delay the sound.

import assert from "node:assert/strict";
import test from "node:test";

import { Playback } from "../../evalsite/static/js/sitting/playback.js";
import { Sound } from "../../evalsite/static/js/sitting/sound.js";

class Param {
  curves = [];
  setValueCurveAtTime(curve, start, seconds) {
    for (const [from, to] of this.curves) {
      assert.ok(start >= to || start + seconds <= from, "curves of one gain must not overlap");
    }
    this.curves.push([start, start + seconds]);
  }
}

class Node {
  gain = new Param();
  connect(other) {
    return other;
  }
  disconnect() {}
  start() {}
  stop() {}
}

class FakeContext extends EventTarget {
  static made = [];
  state = "running";
  currentTime = 0;
  sampleRate = 1000;
  outputLatency = 0.2;
  wakes = "running";
  constructor() {
    super();
    FakeContext.made.push(this);
  }
  createBufferSource() {
    return new Node();
  }
  async resume() {
    this.state = this.wakes;
  }
  async close() {
    this.state = "closed";
  }
  turn(state) {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}
globalThis.AudioContext = FakeContext;
globalThis.GainNode = Node;

function make({ durations = { A: 4, B: 4 }, isApart = false } = {}) {
  const log = [];
  let interruptions = 0;
  let playback = null;
  const sound = new Sound(() => (interruptions += playback.interrupt() ? 1 : 0));
  playback = new Playback({ sound, durations, isApart, onLog: (kind) => log.push(kind) });
  const names = Object.entries(durations);
  playback.buffers = new Map(names.map(([label, duration]) => [label, { duration }]));
  const at = (seconds, ms = 1000 * seconds) => {
    sound.context.currentTime = seconds;
    return playback.tick(ms);
  };
  return { playback, sound, log, at, count: () => interruptions };
}

test("what is heard comes later than what is played, by the output's latency", async () => {
  const { playback, at } = make();

  await playback.play();
  at(1.02);

  assert.equal(playback.position.toFixed(3), "0.800");
  assert.deepEqual(playback.heard, { A: [[0, 0.8]] });
  playback.pause();
  at(9);
  assert.deepEqual(playback.heard, { A: [[0, 1.02]] });
});

test("a phone call stops the clip where the ear was; a press goes on from there", async () => {
  const { playback, sound, log, at, count } = make();
  await playback.play();
  at(2.02);

  sound.context.turn("interrupted");
  at(3);

  assert.equal(count(), 1);
  assert.equal(playback.isPlaying, false);
  assert.deepEqual(playback.heard, { A: [[0, 1.8]] });
  assert.equal(playback.position.toFixed(3), "1.800");
  sound.context.turn("running");
  await playback.play();
  at(4.02);
  assert.equal(playback.isPlaying, true);
  assert.deepEqual(log, ["play", "interrupted", "play"]);
  assert.equal(playback.heard.A[0][1], 2.6);
});

test("a browser that keeps the sound off is told from one that plays", async () => {
  const { playback, sound, log } = make();
  sound.context.state = "suspended";
  sound.context.wakes = "suspended";

  assert.equal(await playback.play(), false);
  assert.deepEqual([playback.isPlaying, log], [false, ["silent"]]);
  sound.context.wakes = "running";
  assert.equal(await playback.play(), true);
  assert.equal(playback.isPlaying, true);
});

test("a context that closed is made anew", async () => {
  const { playback, sound } = make();
  const first = sound.context;
  first.state = "closed";

  assert.equal(await playback.play(), true);
  assert.notEqual(sound.context, first);
});

test("a clock that stands still while it plays counts as silence", async () => {
  const { playback, at } = make();
  await playback.play();

  assert.equal(at(1, 1000), true);
  assert.equal(at(1, 2000), true);
  assert.equal(at(1, 2600), false);
  assert.equal(playback.isPlaying, false);
  assert.deepEqual(playback.heard, { A: [[0, 0.78]] });
});

test("switching keeps the place and shares the heard seconds out", async () => {
  const { playback, at } = make();
  await playback.play("A");
  at(1.02);
  await playback.play("B");
  at(2.02);
  await playback.play("A");
  at(9);

  assert.deepEqual(playback.nPlays, { A: 2, B: 1 });
  assert.equal(playback.nSwitches, 2);
  const [first, second] = playback.heard.A;
  const [between] = playback.heard.B;
  assert.equal(first[1], between[0]);
  assert.equal(between[1], second[0]);
  assert.deepEqual([first[0], second[1]], [0, 4]);
  assert.equal(playback.isPlaying, false);
});

test("hurried switching waits for the fades", async () => {
  const { playback } = make();
  await playback.play("A");
  for (const label of ["B", "A", "B", "A", "B"]) {
    await playback.play(label);
  }
  playback.pause();

  assert.equal(playback.nSwitches, 5);
  assert.equal(playback.label, "B");
});

test("signals apart keep a place each", async () => {
  const { playback, at } = make({ durations: { A: 4, B: 2 }, isApart: true });
  await playback.play("A");
  at(1.02);
  await playback.play("B");
  at(1.6);
  assert.equal(playback.duration, 2);
  assert.ok(playback.position < 0.5);
  await playback.play("A");

  assert.ok(Math.abs(playback.position - 1.04) < 0.3);
  assert.equal(playback.heard.B[0][0], 0);
});

test("the end: the last seconds count once they were heard; the next play begins anew", async () => {
  const { playback, log, at } = make();
  await playback.play();
  at(4.1);
  assert.equal(playback.isPlaying, false);
  assert.equal(playback.missing("A"), 0);
  assert.equal(playback.heard.A[0][1], 3.88);
  at(5);
  assert.deepEqual(playback.heard, { A: [[0, 4]] });

  await playback.play();
  assert.equal(playback.position, 0);
  assert.deepEqual(log, ["play", "ended", "play"]);
});

test("a loop comes round and counts what it covers", async () => {
  const { playback, at } = make();
  playback.loop = [1, 2];
  await playback.play();
  at(3.5);

  assert.ok(playback.isPlaying);
  assert.deepEqual(playback.heard, { A: [[1, 2]] });
  assert.ok(playback.position >= 1 && playback.position < 2);
});
