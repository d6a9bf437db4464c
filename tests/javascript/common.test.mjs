// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOW, Page, settle } from "./page.mjs";

describe("once", () => {
  test("runs a script's body a single time", () => {
    const { panel } = new Page("");
    let runs = 0;
    for (let load = 0; load < 3; load += 1) panel.once("board", () => (runs += 1));
    assert.equal(runs, 1);
  });

  test("keeps scripts apart by their names", () => {
    const { panel } = new Page("");
    const ran = [];
    for (const name of ["board", "rows", "board"]) panel.once(name, () => ran.push(name));
    assert.deepEqual(ran, ["board", "rows"]);
  });

  test("passes the namespace", () => {
    const { panel } = new Page("");
    panel.once("board", (passed) => assert.equal(passed, panel));
  });

  test("keeps state when Horizon loads common.js again", () => {
    const page = new Page("");
    const before = page.panel;
    page.run("common.js");
    assert.equal(page.panel, before);
  });
});

describe("component", () => {
  test("wires elements of the page once", () => {
    const { document, panel } = new Page("<p></p><p></p><div></div>");
    const wired = [];
    panel.component("p", (element) => wired.push(element));
    assert.deepEqual(wired, [...document.querySelectorAll("p")]);
  });

  test("wires elements that Horizon loads later, and no other again", async () => {
    const { document, panel } = new Page("<p id=first></p>");
    const wired = [];
    panel.component("p", ({ id }) => wired.push(id));
    document.body.insertAdjacentHTML("beforeend", "<div class=modal><p id=second></p></div>");
    await settle();
    document.body.append(document.createElement("div"));
    await settle();
    assert.deepEqual(wired, ["first", "second"]);
  });

  test("wires the others when one fails, and reports the error", () => {
    const page = new Page("<p id=first></p><p id=second></p>");
    const wired = [];
    page.panel.component("p", ({ id }) => {
      if (id === "first") throw new Error("broken");
      wired.push(id);
    });
    assert.deepEqual(wired, ["second"]);
    assert.deepEqual(page.takeErrors(), ["broken"]);
  });
});

describe("query", () => {
  test("returns the element", () => {
    const { document, panel } = new Page("<p data-part></p>");
    assert.equal(panel.query(document, "[data-part]"), document.querySelector("p"));
  });

  test("names the selector of a missing element", () => {
    const { document, panel } = new Page("");
    assert.throws(() => panel.query(document, "[data-part]"), /\[data-part\]/);
  });

  test("rejects an element of another type", () => {
    const { document, panel, window } = new Page("<p data-part></p>");
    assert.throws(() => panel.query(document, "[data-part]", window.HTMLInputElement), /HTMLInputElement/);
  });
});

test("closest returns null for an event of the document", () => {
  const page = new Page("");
  page.document.addEventListener("click", (event) => assert.equal(page.panel.closest(event, "p"), null));
  page.send(page.document, "click");
});

describe("formatText", () => {
  for (const [name, text, values, expected] of [
    ["replaces a placeholder", "{count} hosts", { count: 3 }, "3 hosts"],
    ["replaces zero", "{count} hosts", { count: 0 }, "0 hosts"],
    ["replaces several", "{shown} of {total}", { shown: 1, total: 2 }, "1 of 2"],
    ["keeps an unknown placeholder", "{time}", {}, "{time}"],
    ["inserts special characters as they are", "No “{text}”", { text: "$& {count} <b>" }, "No “$& {count} <b>”"],
    ["returns an empty text for a missing text", undefined, {}, ""],
  ]) {
    test(name, () => assert.equal(new Page("").panel.formatText(text, values), expected));
  }
});

describe("formatTime", () => {
  test("names the time zone", () => {
    const { panel } = new Page("");
    const text = panel.formatTime(new Date(NOW), { language: "en-GB", timeZone: "UTC" });
    assert.equal(text, "12:00:00 UTC");
  });

  test("uses the browser's zone when the browser does not know the user's", () => {
    const { panel } = new Page("");
    const text = panel.formatTime(new Date(NOW), { language: "en-GB", timeZone: "Mars/Olympus" });
    assert.match(text, /^\d\d:00:00$/);
  });
});

describe("serverNow", () => {
  const header = (offset) => new Date(NOW + offset).toUTCString();
  for (const [name, offset, expected] of [
    ["follows a server that is ahead", 60000, 60000],
    ["follows a server that is behind", -60000, -60000],
    ["ignores the seconds that an answer needs", -4000, 0],
  ]) {
    test(name, () => {
      const { panel } = new Page("");
      panel.syncServerClock(header(offset));
      assert.equal(panel.serverNow(), NOW + expected);
    });
  }

  for (const [name, value] of [
    ["missing", null],
    ["unreadable", "yesterday"],
  ]) {
    test(`keeps the last offset with a ${name} header`, () => {
      const { panel } = new Page("");
      panel.syncServerClock(header(60000));
      panel.syncServerClock(value);
      assert.equal(panel.serverNow(), NOW + 60000);
    });
  }

  test("returns to this computer's clock", () => {
    const { panel } = new Page("");
    panel.syncServerClock(header(60000));
    panel.syncServerClock(header(0));
    assert.equal(panel.serverNow(), NOW);
  });
});

test("ages follow the server's clock", () => {
  const time = new Date(NOW - 5 * 60000).toISOString();
  const page = new Page(
    `<div data-migration-board data-language="en"><time data-age datetime="${time}"></time></div>`,
    ["ages.js"],
  );
  assert.equal(page.find("time").textContent, "5 min. ago");
  const date = new Date(NOW + 10 * 60000).toUTCString();
  page
    .find("[data-migration-board]")
    .dispatchEvent(new page.window.CustomEvent("migration-polled", { detail: { date } }));
  page.send(page.find("[data-migration-board]"), "migration-changed");
  assert.equal(page.find("time").textContent, "15 min. ago");
  page.clock.tick(3600000);
  assert.equal(page.find("time").textContent, "1 hr. ago");
});

describe("buildUrl", () => {
  test("leaves out parameters without a value, and keeps empty values", () => {
    const { panel } = new Page("");
    const url = panel.buildUrl("status/", { cursor: undefined, destination: "", binding: "a&b" });
    assert.equal(String(url), "https://horizon.example.org/admin/migrations/status/?destination=&binding=a%26b");
  });

  test("keeps the parameters of the path", () => {
    const { panel } = new Page("");
    assert.equal(panel.buildUrl("?part=2&instance=x", { part: "1" }).search, "?part=1&instance=x");
  });
});

describe("replaceParts", () => {
  const parts = (first, second) => `<p data-part="first">${first}</p><div data-part="second">${second}</div>`;

  test("replaces only parts that changed", () => {
    const { document, panel } = new Page(parts("old", "<input>"));
    const [first, second] = document.querySelectorAll("[data-part]");
    panel.replaceParts(document.body, panel.parseHtml(parts("new", "<input>")));
    assert.equal(document.querySelector("[data-part=first]").textContent, "new");
    assert.equal(first.isConnected, false);
    assert.equal(second.isConnected, true);
  });

  test("keeps a part that contains the focus", () => {
    const { document, panel } = new Page(parts("old", "<input>"));
    document.querySelector("input").focus();
    panel.replaceParts(document.body, panel.parseHtml(parts("old", "<input> changed")));
    assert.equal(document.querySelector("[data-part=second]").textContent, "");
  });
});
