// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { board } from "./board.mjs";
import { NOW, Page, plain } from "./page.mjs";

const DATA = { migrations: [], cursor: "c1", complete: true, poll_after_ms: 10000 };

describe("Poller", () => {
  function poller(delays, options) {
    const page = new Page("");
    const calls = [];
    const made = new page.panel.Poller(async () => {
      calls.push(page.clock.now - NOW);
      const delay = delays.shift();
      if (delay instanceof Error) throw delay;
      return delay ?? null;
    }, options);
    return { page, calls, poller: made };
  }

  test("waits as long as each poll says", async () => {
    const { page, calls, poller: made } = poller([1000, 5000]);
    made.schedule(300);
    for (const delay of [300, 1000, 4999, 1, 60000]) await page.wait(delay);
    assert.deepEqual(calls, [300, 1300, 6300]);
  });

  test("tries again after 3 seconds when a poll throws", async () => {
    const { page, calls, poller: made } = poller([new Error("broken")]);
    await assert.rejects(made.run(), /broken/);
    await page.wait(2999);
    assert.deepEqual(calls, [0]);
    await page.wait(1);
    assert.deepEqual(calls, [0, 3000]);
  });

  test("polls no more after stop, even when the page is shown again", async () => {
    const { page, calls, poller: made } = poller([1000, 1000]);
    made.schedule(0);
    await page.wait(0);
    made.stop();
    await page.wait(10000);
    await page.show(false);
    await page.show(true);
    await page.wait(10000);
    assert.deepEqual(calls, [0]);
  });

  test("polls a hidden page that must not pause", async () => {
    const { page, calls, poller: made } = poller([1000, 1000]);
    await page.show(false);
    made.schedule(0);
    await page.wait(0);
    await page.wait(1000);
    assert.deepEqual(calls, [0, 1000]);
  });

  test("pauses with the page, and polls at once when the page is shown", async () => {
    let pauses = 0;
    const { page, calls, poller: made } = poller([1000, 1000], { onPause: () => (pauses += 1) });
    made.schedule(0);
    await page.wait(0);
    await page.show(false);
    await page.wait(60000);
    assert.equal(pauses, 1);
    assert.deepEqual(calls, [0]);
    await page.show(true);
    await page.wait(0);
    assert.deepEqual(calls, [0, 60000]);
  });

  test("does not start on a hidden page that pauses", async () => {
    const { page, calls, poller: made } = poller([1000], { onPause: () => {} });
    await page.show(false);
    made.schedule(0);
    await page.wait(1000);
    assert.deepEqual(calls, []);
  });

  test("has one timer, however often it is scheduled", async () => {
    const { page, calls, poller: made } = poller([]);
    for (const delay of [500, 100, 200]) made.schedule(delay);
    await page.wait(1000);
    assert.deepEqual(calls, [200]);
  });
});

describe("board", () => {
  async function polled(attributes) {
    const page = new Page(board("", attributes), ["board.js"]);
    await page.wait(300);
    return page;
  }
  const line = (page) => page.find("[data-currency]");

  test("polls 300 ms after the page, with cursor and binding", async () => {
    const page = new Page(board(), ["board.js"]);
    await page.wait(299);
    assert.equal(page.sent, 0);
    await page.wait(1);
    assert.equal(page.requests[0].address.pathname, "/admin/migrations/status/");
    assert.equal(page.requests[0].address.search, "?html=1&binding=b1&cursor=c0");
  });

  test("polls for one instance", async () => {
    const page = await polled('data-instance="i1"');
    assert.equal(page.requests[0].address.searchParams.get("instance"), "i1");
  });

  test("publishes migrations and migrations without a record", async () => {
    const page = await polled();
    const details = [];
    page
      .find("[data-migration-board]")
      .addEventListener("migration-polled", ({ detail }) => details.push(plain(detail)));
    const date = "Thu, 26 Nov 2026 12:00:00 GMT";
    await page.answer({
      body: { ...DATA, migrations: [{ html: "a" }], unlisted: [{ html: "b" }], overview: "o" },
      date,
    });
    assert.deepEqual(
      details.map(({ migrations, ...rest }) => ({ ...rest, html: migrations.map(({ html }) => html) })),
      [{ date, complete: true, overview: "o", html: ["a", "b"] }],
    );
  });

  test("polls every 3 seconds at most in the first 20 seconds, then as the server says", async () => {
    const page = await polled();
    const times = [];
    for (let turn = 0; turn < 40; turn += 1) {
      if (page.sent > times.length) {
        times.push(page.clock.now - NOW);
        await page.answer({ body: DATA });
      }
      await page.wait(1000);
    }
    assert.deepEqual(times, [300, 3300, 6300, 9300, 12300, 15300, 18300, 21300, 31300]);
  });

  test("sends the new cursor, and none after an action", async () => {
    const page = await polled();
    await page.answer({ body: DATA });
    await page.wait(3000);
    assert.equal(page.requests[1].address.searchParams.get("cursor"), "c1");
    page.send(page.find("[data-migration-board]"), "migration-acted");
    await page.wait(0);
    assert.equal(page.requests[2].address.searchParams.has("cursor"), false);
  });

  test("says when the page was current", async () => {
    const page = await polled();
    await page.answer({ body: DATA });
    assert.equal(line(page).textContent, "Updated 12:00:00 PM UTC");
    assert.equal(line(page).classList.contains("text-danger"), false);
  });

  for (const [name, act, text] of [
    ["cannot be reached", (page) => page.disconnect(), "Unreachable since 12:00:00 PM UTC."],
    ["does not answer in time", (page) => page.wait(30000), "Unreachable since 12:00:00 PM UTC."],
    [
      "has an error",
      (page) => page.answer({ status: 503, body: { error: "Nova <b>." } }),
      "Not updated since 12:00:00 PM UTC. Nova <b>.",
    ],
    ["sends no JSON", (page) => page.answer({ body: "<html>" }), "Not updated since 12:00:00 PM UTC."],
  ]) {
    test(`says so and tries again after 3 seconds when the server ${name}`, async () => {
      const page = await polled();
      await act(page);
      assert.equal(line(page).textContent, text);
      assert.equal(line(page).children.length, 0);
      assert.equal(line(page).classList.contains("text-danger"), true);
      await page.wait(2999);
      assert.equal(page.sent, 1);
      await page.wait(1);
      assert.equal(page.sent, 2);
      await page.answer({ body: DATA });
      assert.equal(line(page).classList.contains("text-danger"), false);
    });
  }

  for (const [name, answer, message, other] of [
    ["session has ended", { status: 401 }, "[data-signed-out]", "[data-outdated]"],
    [
      "server redirects to the login page",
      { redirected: true, body: "<html>" },
      "[data-signed-out]",
      "[data-outdated]",
    ],
    ["project has changed", { status: 409, body: { error: "x" } }, "[data-outdated]", "[data-signed-out]"],
  ]) {
    test(`says so and polls no more when the ${name}`, async () => {
      const page = await polled();
      await page.answer(answer);
      assert.equal(page.find(message).hidden, false);
      assert.equal(page.find(other).hidden, true);
      assert.equal(line(page).textContent, "Not updated since 12:00:00 PM UTC.");
      await page.show(false);
      await page.show(true);
      page.send(page.find("[data-migration-board]"), "migration-acted");
      await page.wait(600000);
      assert.equal(page.sent, 1);
    });
  }

  test("pauses out of sight", async () => {
    const page = await polled();
    await page.answer({ body: DATA });
    await page.show(false);
    assert.equal(line(page).textContent, "Paused.");
    await page.wait(60000);
    assert.equal(page.sent, 1);
    await page.show(true);
    await page.wait(0);
    assert.equal(page.sent, 2);
  });

  test("stops when Horizon replaces its tab", async () => {
    const page = await polled();
    await page.answer({ body: DATA });
    page.find("[data-migration-board]").remove();
    await page.wait(600000);
    assert.equal(page.sent, 1);
  });
});
