// The outbox against a real server on this machine that fails in the ways servers fail.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";

import { Outbox, waitMs } from "../../evalsite/static/js/sitting/outbox.js";

class Shelf extends Map {
  getItem(key) {
    return this.get(key) ?? null;
  }
  setItem(key, text) {
    this.set(key, text);
  }
  removeItem(key) {
    this.delete(key);
  }
  key(i) {
    return [...this.keys()][i];
  }
  get length() {
    return this.size;
  }
}

const soon = () => new Promise((done) => setTimeout(done, 5));

async function serve(answers) {
  const received = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) {
      pieces.push(piece);
    }
    received.push(JSON.parse(Buffer.concat(pieces)));
    const status = answers[Math.min(received.length, answers.length) - 1];
    if (status === "cut") {
      request.socket.destroy();
      return;
    }
    response.writeHead(Math.abs(status), { "Content-Type": "application/json" });
    response.end(status > 0 ? JSON.stringify({ next: "/on/" }) : "<p>no JSON</p>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/answer`;
  return { url, received, close: () => server.close() };
}

test("an answer is sent until it is acknowledged, with the same key", async () => {
  const site = await serve(["cut", 503, 429, 200]);
  const outbox = new Outbox(new Shelf());
  let nWaits = 0;
  outbox.keep("trial", { url: site.url, body: { key: "k" } });

  const decision = await outbox.deliver("trial", { onWait: () => (nWaits += 1), pause: soon });
  site.close();

  assert.deepEqual(decision, { status: 200, body: { next: "/on/" } });
  assert.deepEqual(site.received, Array(4).fill({ key: "k" }));
  assert.equal(nWaits, 3);
  assert.equal(outbox.find("trial"), null);
});

for (const status of [400, 409, 413, 422]) {
  test(`a refusal with ${status} is final`, async () => {
    const site = await serve([status]);
    const outbox = new Outbox(new Shelf());
    outbox.keep("trial", { url: site.url, body: {} });

    const decision = await outbox.deliver("trial", { pause: soon });
    site.close();

    assert.equal(decision.status, status);
    assert.equal(site.received.length, 1);
    assert.equal(outbox.find("trial"), null);
  });
}

test("a decision without JSON is a decision all the same", async () => {
  const site = await serve([-404]);
  const outbox = new Outbox(new Shelf());
  outbox.keep("trial", { url: site.url, body: {} });

  const decision = await outbox.deliver("trial", { pause: soon });
  site.close();

  assert.deepEqual(decision, { status: 404, body: {} });
});

test("a letter of another device's sitting stays", async () => {
  const site = await serve([403]);
  const outbox = new Outbox(new Shelf());
  outbox.keep("trial", { url: site.url, body: {} });

  await outbox.deliver("trial", { pause: soon });
  site.close();

  assert.notEqual(outbox.find("trial"), null);
});

test("letters outlive the page", () => {
  const shelf = new Shelf();
  new Outbox(shelf).keep("trial", { url: "/a", body: { v: 1 } });

  assert.deepEqual(new Outbox(shelf).names(), ["trial"]);
  assert.deepEqual(new Outbox(shelf).find("trial"), { url: "/a", body: { v: 1 } });
});

test("without storage a letter lives as long as the page, and says so", () => {
  const outbox = new Outbox(null);

  assert.equal(outbox.keep("trial", { url: "/a", body: {} }), false);
  assert.deepEqual(outbox.names(), ["trial"]);
});

test("waits double up to half a minute", () => {
  assert.equal(waitMs(0, () => 0), 500);
  assert.equal(waitMs(3, () => 0), 4000);
  assert.equal(waitMs(30, () => 0), 30_000);
  assert.equal(waitMs(0, () => 1), 375);
});
