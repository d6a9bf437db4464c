// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Page, plain } from "./page.mjs";

const ADDRESS = "https://horizon.example.org/admin/migrations/status/";

/** Send a request and return what it resolves to after `act` answered it. */
async function result(name, options, act) {
  const page = new Page("");
  const promise = page.panel[name](ADDRESS, options);
  await act(page);
  return plain(await promise);
}

const json = (options, answer) => result("fetchJson", options, (page) => page.answer(answer));
const html = (options, answer) => result("fetchHtml", options, (page) => page.answer(answer));
const form = () => {
  const { window } = new Page("");
  return new window.FormData();
};

describe("fetchJson sends", () => {
  test("a script's request of the same origin", () => {
    const page = new Page("");
    page.panel.fetchJson(ADDRESS);
    const [{ options }] = page.requests;
    assert.equal(options.method, "GET");
    assert.equal(options.credentials, "same-origin");
    assert.equal(options.headers.get("Accept"), "application/json");
    assert.equal(options.headers.get("X-Requested-With"), "XMLHttpRequest");
  });

  test("a form with POST", () => {
    const page = new Page("");
    const body = new page.window.FormData();
    page.panel.fetchJson(ADDRESS, { body });
    const [{ options }] = page.requests;
    assert.equal(options.method, "POST");
    assert.equal(options.body, body);
  });
});

describe("the time limit of a request", () => {
  for (const [name, content, limit] of [
    ["is the limit of the page", '<template data-script-limit="66500"></template>', 66500],
    ["is 30 seconds without a limit of the page", "", 30000],
    ["is 30 seconds with an unreadable limit", '<template data-script-limit="soon"></template>', 30000],
  ]) {
    test(name, async () => {
      const page = new Page(content);
      let outcome = "";
      page.panel.fetchJson(ADDRESS).then((answer) => {
        outcome = answer.outcome;
      });
      await page.wait(limit - 1);
      assert.equal(outcome, "");
      await page.wait(1);
      assert.equal(outcome, "unreachable");
    });
  }
});

describe("fetchJson returns", () => {
  test("data and date of an answer", async () => {
    const date = "Thu, 26 Nov 2026 12:00:00 GMT";
    const answer = await json({}, { body: { migrations: [] }, date });
    assert.deepEqual(answer, { outcome: "ok", status: 200, data: { migrations: [] }, date });
  });

  for (const [name, options, answer, outcome, data = {}] of [
    ["signed-out for 401", {}, { status: 401, body: { error: "Log in." } }, "signed-out", { error: "Log in." }],
    ["signed-out for a redirect to the login page", {}, { redirected: true, body: "<html>" }, "signed-out"],
    [
      "signed-out for a rejected form without explanation",
      { body: form() },
      { status: 403, body: "<html>" },
      "signed-out",
    ],
    ["failed for 403 without a form", {}, { status: 403, body: "<html>" }, "failed"],
    [
      "failed for a form that policy rejects",
      { body: form() },
      { status: 403, body: { error: "No." } },
      "failed",
      { error: "No." },
    ],
    [
      "switched for 409",
      {},
      { status: 409, body: { error: "Other project." } },
      "switched",
      { error: "Other project." },
    ],
    ["failed for 500", {}, { status: 500, body: { error: "Down." } }, "failed", { error: "Down." }],
    ["failed for 503 with a page of a proxy", {}, { status: 503, body: "<h1>Bad gateway" }, "failed"],
    ["failed for JSON that was cut off", { required: "migrations" }, { body: '{"migrations": [' }, "failed"],
    [
      "failed for JSON without the required field",
      { required: "migrations" },
      { body: { rows: 1 } },
      "failed",
      { rows: 1 },
    ],
    ["failed for JSON null", { required: "migrations" }, { body: "null" }, "failed"],
    [
      "ok for an empty list in the required field",
      { required: "migrations" },
      { body: { migrations: [] } },
      "ok",
      { migrations: [] },
    ],
    ["ok for an empty answer without a required field", {}, { status: 202 }, "ok"],
  ]) {
    test(name, async () => {
      const result = await json(options, answer);
      assert.equal(result.outcome, outcome);
      assert.equal(result.status, answer.status ?? 200);
      assert.deepEqual(result.data, data);
    });
  }

  test("unreachable without a connection", async () => {
    const answer = await result("fetchJson", {}, (page) => page.disconnect());
    assert.deepEqual(answer, { outcome: "unreachable", status: 0, data: {}, date: null });
  });

  for (const name of ["fetchJson", "fetchHtml"]) {
    test(`unreachable from ${name} after 30 seconds, and not before`, async () => {
      const page = new Page("");
      let outcome = "";
      page.panel[name](ADDRESS).then((answer) => (outcome = answer.outcome));
      await page.wait(29999);
      assert.equal(outcome, "");
      await page.wait(1);
      assert.equal(outcome, "unreachable");
    });
  }
});

describe("fetchHtml returns", () => {
  for (const [name, answer, expected] of [
    ["the page", { body: "<p>plan</p>" }, { outcome: "ok", status: 200, html: "<p>plan</p>" }],
    ["failed for an empty page", { body: "" }, { outcome: "failed", status: 200, html: "" }],
    ["no page of an error", { status: 500, body: "<h1>Error" }, { outcome: "failed", status: 500, html: "" }],
    ["no login page", { redirected: true, body: "<form>" }, { outcome: "signed-out", status: 200, html: "" }],
    ["switched for 409", { status: 409, body: "{}" }, { outcome: "switched", status: 409, html: "" }],
  ]) {
    test(name, async () => assert.deepEqual(await html({}, answer), expected));
  }

  test("failed when the connection is lost within the page", async () => {
    const answer = await result("fetchHtml", {}, async (page) => {
      page.requests[0].resolve({ ok: true, status: 200, text: () => Promise.reject(new TypeError("cut off")) });
    });
    assert.deepEqual(answer, { outcome: "failed", status: 200, html: "" });
  });
});

test("fetchHtml asks as a browser does on demand", () => {
  const page = new Page("");
  page.panel.fetchHtml(ADDRESS, { accept: "text/html", isScript: false });
  const { headers } = page.requests[0].options;
  assert.deepEqual([...headers.keys()], ["accept"]);
});
