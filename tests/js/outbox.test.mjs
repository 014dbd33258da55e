// The outbox against a real server on this machine that fails in the ways servers fail.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";

import { PageShelf } from "../../evalsite/static/js/sitting/letters.js";
import { isLater } from "../../evalsite/static/js/sitting/one-window.js";
import { Outbox, waitMs } from "../../evalsite/static/js/sitting/outbox.js";

const soon = () => new Promise((done) => setTimeout(done, 5));
const REFUSAL = { error: { code: "no", message: "No." } };

async function serve(answers) {
  const received = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) {
      pieces.push(piece);
    }
    received.push(JSON.parse(Buffer.concat(pieces)));
    const [status, body] = answers[Math.min(received.length, answers.length) - 1];
    if (status === "cut") {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/answer`;
  return { url, received, close: () => server.close() };
}

function makeLetter(url, name = "trial", sitting = "s") {
  return { name, sitting, url, body: { key: "k" } };
}

test("an answer is sent until it is acknowledged, with the same key", async () => {
  const site = await serve([
    ["cut"],
    [503, REFUSAL],
    [429, REFUSAL],
    [200, "<h1>Please sign in to this network</h1>"],
    [200, { hotel: true }],
    [404, "<h1>Not found</h1>"],
    [200, { next: "/on/" }],
  ]);
  const outbox = new Outbox(new PageShelf(null));
  let nWaits = 0;
  await outbox.keep(makeLetter(site.url));

  const decision = await outbox.deliver(await outbox.find("trial"), {
    onWait: () => (nWaits += 1),
    pause: soon,
  });
  site.close();

  assert.deepEqual(decision, { status: 200, body: { next: "/on/" } });
  assert.deepEqual(site.received, Array(7).fill({ key: "k" }));
  assert.equal(nWaits, 6);
  assert.equal(await outbox.find("trial"), null);
});

test("an earlier answer that counts ends the waiting", async () => {
  const site = await serve([[409, REFUSAL]]);
  const outbox = new Outbox(new PageShelf(null));
  const letter = makeLetter(site.url);
  await outbox.keep(letter);

  assert.equal((await outbox.deliver(letter, { pause: soon })).status, 409);
  site.close();
  assert.equal(await outbox.find("trial"), null);
});

for (const status of [400, 403, 404, 413, 422]) {
  test(`a refusal with ${status} is final for now, and the answer stays`, async () => {
    const site = await serve([[status, REFUSAL]]);
    const outbox = new Outbox(new PageShelf(null));
    const letter = makeLetter(site.url);
    await outbox.keep(letter);

    assert.equal((await outbox.deliver(letter, { pause: soon })).status, status);
    site.close();
    assert.equal(site.received.length, 1);
    assert.deepEqual(await outbox.find("trial"), letter);
  });
}

test("letters are listed by sitting: others on this device are left alone", async () => {
  const outbox = new Outbox(new PageShelf(null));
  await outbox.keep(makeLetter("/a", "one", "mine"));
  await outbox.keep(makeLetter("/b", "two", "theirs"));

  assert.deepEqual((await outbox.list("mine")).map(({ name }) => name), ["one"]);
});

test("a page's shelf outlives the page in its tab's storage", async () => {
  const items = {};
  const storage = Object.assign(Object.create({
    setItem: (key, text) => (items[key] = storage[key] = text),
    getItem: (key) => items[key],
    removeItem: (key) => delete items[key] && delete storage[key],
  }));
  assert.equal(await new Outbox(new PageShelf(storage)).keep(makeLetter("/a")), false);

  const [letter] = await new Outbox(new PageShelf(storage)).list("s");
  assert.deepEqual(letter, makeLetter("/a"));
});

test("a shelf that breaks loses nothing while the page is open", async () => {
  const broken = Object.fromEntries(
    ["put", "get", "all", "delete"].map((name) => [name, () => Promise.reject(new Error("full"))]),
  );
  const outbox = new Outbox({ ...broken, isLasting: true });

  assert.equal(await outbox.keep(makeLetter("/a")), false);
  assert.deepEqual(await outbox.find("trial"), makeLetter("/a"));
  assert.equal((await outbox.list("s")).length, 1);
});

test("waits double up to half a minute", () => {
  assert.equal(waitMs(0, () => 0), 500);
  assert.equal(waitMs(3, () => 0), 4000);
  assert.equal(waitMs(30, () => 0), 30_000);
  assert.equal(waitMs(0, () => 1), 375);
});

test("of two windows exactly one is the later, also when opened at once", () => {
  assert.ok(isLater({ openedAt: 2, id: "a" }, { openedAt: 1, id: "b" }));
  assert.ok(!isLater({ openedAt: 1, id: "a" }, { openedAt: 1, id: "b" }));
  assert.ok(isLater({ openedAt: 1, id: "b" }, { openedAt: 1, id: "a" }));
});
