// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { board, row } from "./board.mjs";
import { Page } from "./page.mjs";

/** A board in a browser where the page may show notifications, or with another `permission`. */
function watching(rows, { permission = "granted", prepare = () => {} } = {}) {
  const shown = [];
  const page = new Page(board(rows), ["notify.js"], (window) => {
    window.isSecureContext = true;
    window.focus = () => {};
    window.Notification = class extends window.EventTarget {
      static permission = permission;
      static requestPermission = async () => {
        window.Notification.permission = "granted";
        return "granted";
      };
      constructor(title, options) {
        super();
        shown.push(this);
        Object.assign(this, { title, ...options });
      }
    };
    prepare(window);
  });
  page.shown = shown;
  page.announced = () => shown.map(({ title, body }) => `${title}: ${body}`);
  page.button = (id = "a") => page.find(`#migration-${id} [data-watch]`);
  page.change = (id, data) => {
    Object.assign(page.find(`#migration-${id}`).dataset, data);
    page.send(page.find("[data-migration-board]"), "migration-changed");
  };
  return page;
}

const failed = { phase: "failed", announcement: "a has failed" };

describe("title", () => {
  test("counts the migrations that need attention", () => {
    const page = watching(row("a"));
    assert.equal(page.document.title, "Migrations");
    page.find("tbody[data-section=needs-you]").append(page.find("#migration-a"));
    page.change("a", {});
    assert.equal(page.document.title, "(1) Migrations");
    page.find("tbody[data-section=history]").append(page.find("#migration-a"));
    page.change("a", {});
    assert.equal(page.document.title, "Migrations");
  });
});

describe("notification", () => {
  test("is shown once when a migration of the user fails", () => {
    const page = watching(row("a", { own: "" }));
    page.change("a", failed);
    page.change("a", failed);
    assert.deepEqual(page.announced(), ["Migrations: a has failed"]);
  });

  test("is not shown for a migration of another user", () => {
    const page = watching(row("a"));
    page.change("a", failed);
    assert.deepEqual(page.announced(), []);
  });

  test("is shown for a watched migration of another user", () => {
    const page = watching(row("a"));
    page.send(page.button(), "click");
    assert.equal(page.button().getAttribute("aria-pressed"), "true");
    page.change("a", failed);
    assert.deepEqual(page.announced(), ["Migrations: a has failed"]);
  });

  test("is not shown for a migration of the user that they stopped watching", () => {
    const page = watching(row("a", { own: "" }));
    page.send(page.button(), "click");
    assert.equal(page.button().getAttribute("aria-pressed"), "false");
    page.change("a", {});
    assert.equal(page.button().getAttribute("aria-pressed"), "false");
    page.change("a", failed);
    assert.deepEqual(page.announced(), []);
  });

  test("is not shown for a migration that had finished before the page was opened", () => {
    const page = watching(row("a", { own: "", phase: "done" }));
    page.change("a", {});
    assert.deepEqual(page.announced(), []);
  });

  test("is not shown while a migration is in progress", () => {
    const page = watching(row("a", { own: "", phase: "waiting" }));
    page.change("a", { phase: "running" });
    assert.deepEqual(page.announced(), []);
  });

  test("is shown for a confirmation and again for the end", () => {
    const page = watching(row("a", { own: "" }));
    page.change("a", { phase: "confirm", announcement: "a waits" });
    page.change("a", { phase: "done", announcement: "a is done" });
    assert.deepEqual(page.announced(), ["Migrations: a waits", "Migrations: a is done"]);
  });

  test("is not shown when another tab has shown it", () => {
    const page = watching(row("a", { own: "" }));
    page.window.localStorage.setItem("migration-panel-notified", JSON.stringify({ "migration-a failed": 1 }));
    page.change("a", failed);
    assert.deepEqual(page.announced(), []);
  });

  test("waits for the lock that tabs share, where the browser has locks", () => {
    const requested = [];
    const locks = { request: (name, callback) => requested.push({ name, callback }) };
    const page = watching(row("a", { own: "" }), {
      prepare: ({ navigator }) => Object.defineProperty(navigator, "locks", { value: locks }),
    });
    page.change("a", failed);
    assert.deepEqual(page.announced(), []);
    for (const { callback } of requested) callback();
    assert.deepEqual(page.announced(), ["Migrations: a has failed"]);
  });

  test("follows an administrator's migration from its record to its instance", () => {
    const page = watching(row("a", { "admin-started": "", "instance-id": "i1" }));
    page.send(page.button(), "click");
    page.find("#migration-a").id = "migration-other";
    page.change("other", { phase: "over", announcement: "over" });
    assert.deepEqual(page.announced(), ["Migrations: over"]);
  });

  test("contains markup as text", () => {
    const page = watching(row("a", { own: "" }));
    page.change("a", { phase: "done", announcement: "<b>a</b> is done" });
    assert.equal(page.shown[0].body, "<b>a</b> is done");
    assert.equal(page.find("b"), null);
  });

  test("leads to the row", () => {
    const page = watching(row("a", { own: "" }));
    page.change("a", failed);
    const scrolled = [];
    page.find("#migration-a").scrollIntoView = (options) => scrolled.push(options.block);
    page.send(page.shown[0], "click");
    assert.deepEqual(scrolled, ["center"]);
  });

  test("is not shown without permission", () => {
    const page = watching(row("a", { own: "" }), { permission: "denied" });
    page.change("a", failed);
    assert.deepEqual(page.announced(), []);
  });
});

describe("permission", () => {
  test("is requested only after a click", async () => {
    const page = watching(row("a"), { permission: "default" });
    const button = page.find("[data-notify-ask]");
    assert.equal(button.hidden, false);
    assert.equal(page.window.Notification.permission, "default");
    page.send(button, "click");
    await page.wait(0);
    assert.equal(page.window.Notification.permission, "granted");
    assert.equal(button.hidden, true);
  });

  for (const [name, options] of [
    ["granted", {}],
    ["denied", { permission: "denied" }],
    ["impossible over plain HTTP", { permission: "default", prepare: (window) => (window.isSecureContext = false) }],
    ["unknown to the browser", { prepare: (window) => delete window.Notification }],
  ]) {
    test(`is not offered when ${name}`, () => {
      assert.equal(watching(row("a"), options).find("[data-notify-ask]").hidden, true);
    });
  }
});

describe("watching", () => {
  test("is offered for migrations that are not finished", () => {
    const page = watching(row("a") + row("b", { phase: "done" }) + row("c", { phase: "confirm" }));
    assert.deepEqual(
      ["a", "b", "c"].map((id) => page.button(id).hidden),
      [false, true, false],
    );
  });

  test("is not offered by a browser without notifications", () => {
    const page = watching(row("a"), { prepare: (window) => delete window.Notification });
    assert.equal(page.button().hidden, true);
  });

  for (const [name, stored] of [
    ["broken", "{"],
    ["null", "null"],
  ]) {
    test(`starts afresh when the stored entries are ${name}`, () => {
      const page = watching(row("a"), {
        prepare: ({ localStorage }) => localStorage.setItem("migration-panel-watched", stored),
      });
      page.send(page.button(), "click");
      assert.equal(page.button().getAttribute("aria-pressed"), "true");
    });
  }

  test("works without storage, except that no migration is watched", () => {
    const page = watching(row("a"), {
      prepare: (window) =>
        Object.defineProperty(window, "localStorage", {
          get: () => {
            throw new window.DOMException("denied", "SecurityError");
          },
        }),
    });
    page.send(page.button(), "click");
    assert.equal(page.button().getAttribute("aria-pressed"), "false");
    page.change("a", failed);
    assert.deepEqual(page.announced(), []);
  });

  test("stores the latest 200 migrations", () => {
    const old = Object.fromEntries(Array.from({ length: 200 }, (_, number) => [`old-${number}`, "running"]));
    const page = watching(row("a"), {
      prepare: ({ localStorage }) => localStorage.setItem("migration-panel-watched", JSON.stringify(old)),
    });
    page.send(page.button(), "click");
    const keys = Object.keys(JSON.parse(page.window.localStorage.getItem("migration-panel-watched")));
    assert.equal(keys.length, 200);
    assert.equal(keys.at(-1), "migration-a");
    assert.equal(keys[0], "old-1");
  });
});
