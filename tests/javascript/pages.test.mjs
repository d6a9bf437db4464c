// SPDX-License-Identifier: Apache-2.0
// The migrate form, the plan and the progress of a drain, the page of a migration, and small components.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { board, row } from "./board.mjs";
import { Page, settle } from "./page.mjs";

const MARKUP = "<img src=x onerror=alert(1)>";

describe("migrate form", () => {
  const FORM = `<form data-migration-form data-check-url="check/">
    <a data-migration-kind href="https://horizon.example.org/live/?from=board">Live</a>
    <input name="binding" value="b1"><input name="seen" value="old"><input type="hidden" name="seen" value="old">
    <select name="destination"><option value="">Automatic</option><option>compute-1</option></select>
    <button type="submit" data-check-again>Refresh</button>
    <span data-checked data-text-failed="Failed." data-text-reload="Reload."></span>
    <div data-checks></div><code data-command></code><span data-command-note></span>
    <span id="why" data-blocked hidden></span><button type="submit" data-migrate>Migrate</button></form>`;
  const DATA = {
    findings: [],
    html: "<p>No problems</p>",
    summary: "Checked",
    command: MARKUP,
    note: "",
    blocked: false,
  };

  function migrating(html = FORM) {
    const page = new Page(html, ["form.js"]);
    page.choose = (host) => {
      page.find("select").value = host;
      page.send(page.find("select"), "change");
    };
    page.seen = () => page.findAll("[name=seen]").map(({ value }) => value);
    return page;
  }

  test("checks a destination and adds it to the links to other types", async () => {
    const page = migrating();
    page.choose("compute-1");
    assert.equal(page.find("a").search, "?from=board&destination=compute-1");
    assert.equal(page.requests[0].address.search, "?destination=compute-1&html=1&binding=b1");
    await page.answer({ body: { ...DATA, blocked: true, seen: "new" } });
    assert.equal(page.find("[data-checks]").innerHTML, "<p>No problems</p>");
    assert.equal(page.find("[data-command]").textContent, MARKUP);
    assert.equal(page.find("img"), null);
    assert.equal(page.find("[data-migrate]").disabled, true);
    assert.equal(page.find("[data-migrate]").getAttribute("aria-describedby"), "why");
    assert.equal(page.find("#why").hidden, false);
    assert.deepEqual(page.seen(), ["old", "old"]);
    page.choose("");
    assert.equal(page.find("a").search, "?from=board");
    await page.answer({ body: DATA });
    assert.equal(page.find("[data-migrate]").disabled, false);
    assert.equal(page.find("#why").hidden, true);
  });

  test("adds the reference to the links to other types, without another check", () => {
    const page = migrating(FORM.replace("<select", '<input name="reference"><select'));
    const enter = (text) => {
      page.find("[name=reference]").value = text;
      page.send(page.find("[name=reference]"), "change");
    };
    enter(" INC 1&2 ");
    assert.equal(page.find("a").search, "?from=board&reference=INC+1%262");
    enter(" ");
    assert.equal(page.find("a").search, "?from=board");
    assert.equal(page.sent, 0);
  });

  test("enables what Horizon disabled when a modal closes", () => {
    /** @type {Map<string, () => void>} */
    const listeners = new Map();
    const html = `<a class="ajax-modal" disabled>Live</a><a class="ajax-modal">Cold</a>
      <button class="dropdown-toggle" disabled>Actions</button><button id="other" disabled>Other</button>`;
    const page = new Page(html, ["form.js"], (window) => {
      window.jQuery = () => ({ on: (event, listener) => listeners.set(event, listener) });
    });
    listeners.get("hidden.bs.modal")();
    assert.deepEqual(
      page.findAll("[disabled]").map(({ id }) => id),
      ["other"],
    );
  });

  test("accepts the instance's present state only when the user checks again", async () => {
    const page = migrating();
    assert.equal(page.send(page.find("[data-check-again]"), "click").defaultPrevented, true);
    await page.answer({ body: { ...DATA, seen: "new" } });
    assert.deepEqual(page.seen(), ["new", "new"]);
  });

  test("shows the answer to the last change, whatever order the answers arrive in", async () => {
    const page = migrating();
    page.choose("compute-1");
    page.choose("");
    await page.answer({ body: { ...DATA, summary: "second" } }, page.requests[1]);
    await page.answer({ body: { ...DATA, summary: "first" } }, page.requests[0]);
    assert.equal(page.find("[data-checked]").textContent, "second");
  });

  for (const [name, act, expected] of [
    ["no answer", (page) => page.disconnect(), "Failed."],
    ["no answer in time", (page) => page.wait(30000), "Failed."],
    ["JSON without findings", (page) => page.answer({ body: {} }), "Failed."],
    ["an error", (page) => page.answer({ status: 503, body: { error: "Nova." } }), "Failed."],
    ["a lost session", (page) => page.answer({ status: 401 }), "Reload."],
    ["another project", (page) => page.answer({ status: 409, body: { error: "Project." } }), "Project."],
  ]) {
    test(`says what ${name} means`, async () => {
      const page = migrating();
      page.choose("compute-1");
      await act(page);
      assert.equal(page.find("[data-checked]").textContent, expected);
    });
  }

  test("is submitted once, and checked when the browser shows it again", () => {
    const page = migrating();
    const submit = () => page.send(page.find("form"), "submit").defaultPrevented;
    assert.deepEqual([submit(), submit()], [false, true]);
    assert.equal(page.find("[data-migrate]").disabled, true);
    page.window.dispatchEvent(new page.window.Event("pageshow"));
    assert.equal(page.sent, 1);
    assert.equal(submit(), false);
  });

  test("leaves a submission within a modal to Horizon", () => {
    const page = migrating(`<div class="modal">${FORM}</div>`);
    const submit = () => page.send(page.find("form"), "submit").defaultPrevented;
    assert.deepEqual([submit(), submit()], [false, false]);
  });

  test("switches the type within a modal, and wires the new form", async () => {
    const modal = (words) => `<div class="modal"><div class="modal-content"><h3>${words}</h3>${FORM}</div></div>`;
    const page = migrating(modal("Cold"));
    assert.equal(page.send(page.find("a"), "click").defaultPrevented, true);
    assert.equal(page.requests[0].options.headers.get("Accept"), "text/html");
    await page.answer({ body: modal("Live") });
    assert.equal(page.find("h3").textContent, "Live");
    assert.equal(page.findAll(".modal").length, 1);
    page.choose("compute-1");
    assert.equal(page.sent, 2);
  });

  test("leaves a link to another type alone in a page, and with the control key", () => {
    assert.equal(migrating().send(migrating().find("a"), "click").defaultPrevented, false);
    const page = migrating(`<div class="modal">${FORM}</div>`);
    page.send(page.find("a"), "click", { ctrlKey: true });
    assert.equal(page.sent, 0);
  });
});

describe("plan", () => {
  const plan = (text) => `<form method="post" action="/drain/" data-drain data-joined="instance">
    <p id="summary" data-planned>${text}</p><p data-replanned data-text-failed="Failed." data-text-reload="Reload."></p>
    <input type="checkbox" name="instance" value="i1" checked data-replan>
    <input type="checkbox" name="instance" value="i2" checked data-replan>
    <input name="reason"><button type="submit" name="update" value="1">Update</button><button type="submit">Drain host</button></form>`;

  function planning() {
    const page = new Page(plan("2 of 2"), ["fields.js", "plan.js"]);
    page.change = () => page.send(page.find("[data-replan]"), "change");
    page.status = () => page.find("[data-replanned]").textContent;
    return page;
  }

  test("follows a choice with what the form contains", async () => {
    const page = planning();
    page.change();
    const [{ address, options }] = page.requests;
    assert.equal(address.pathname, "/drain/");
    assert.equal(options.method, "POST");
    assert.deepEqual([...options.headers.keys()], ["accept"]);
    assert.equal(options.body.get("update"), "script");
    await page.answer({ body: `<html><body>${plan("1 of 2")}</body></html>` });
    assert.equal(page.find("#summary").textContent, "1 of 2");
    assert.equal(page.status(), "");
  });

  test("does not follow other fields", () => {
    const page = planning();
    page.send(page.find("[name=reason]"), "change");
    assert.equal(page.sent, 0);
  });

  test("sends one request at a time, and shows the plan of the last choice", async () => {
    const page = planning();
    for (let change = 0; change < 100; change += 1) page.change();
    assert.equal(page.sent, 1);
    await page.answer({ body: plan("first") });
    assert.equal(page.find("#summary").textContent, "2 of 2");
    assert.equal(page.find("form").getAttribute("aria-busy"), "true");
    assert.equal(page.sent, 2);
    await page.answer({ body: plan("last") });
    assert.equal(page.find("form").hasAttribute("aria-busy"), false);
    assert.equal(page.find("#summary").textContent, "last");
    await page.wait(60000);
    assert.equal(page.sent, 2);
  });

  test("tries again after 3 seconds until the plan follows the choice", async () => {
    const page = planning();
    page.change();
    await page.disconnect();
    assert.equal(page.status(), "Failed.");
    await page.wait(3000);
    await page.answer({ status: 503, body: "<h1>" });
    await page.wait(3000);
    await page.answer({ body: plan("1 of 2") });
    assert.equal(page.status(), "");
    await page.wait(60000);
    assert.equal(page.sent, 3);
  });

  for (const [name, answer] of [
    ["the session has ended", { redirected: true, body: "<form>" }],
    ["the project has changed", { status: 409, body: "{}" }],
  ]) {
    test(`is not tried again when ${name}`, async () => {
      const page = planning();
      page.change();
      await page.answer(answer);
      assert.equal(page.status(), "Reload.");
      await page.wait(60000);
      assert.equal(page.sent, 1);
    });
  }

  test("is submitted once until the browser shows the page again", () => {
    const page = planning();
    const submit = () => page.send(page.find("form"), "submit").defaultPrevented;
    assert.deepEqual([submit(), submit()], [false, true]);
    page.window.dispatchEvent(new page.window.Event("pageshow"));
    assert.equal(submit(), false);
  });

  test("is updated by a button as often as the user likes", () => {
    const page = planning();
    const [update] = page.findAll("button");
    for (let turn = 0; turn < 2; turn += 1) {
      const event = new page.window.SubmitEvent("submit", { bubbles: true, cancelable: true, submitter: update });
      page.find("form").dispatchEvent(event);
      assert.equal(event.defaultPrevented, false);
    }
  });

  test("sends many checkboxes as one field", () => {
    const page = planning();
    const event = new page.window.Event("formdata");
    event.formData = new page.window.FormData();
    for (const id of ["i1", "i2"]) event.formData.append("instance", id);
    page.find("form").dispatchEvent(event);
    assert.deepEqual(event.formData.getAll("instance"), ["i1 i2"]);
  });
});

describe("run", () => {
  const head = (text) => `<div data-part="head"><p data-headline="${text}">${text}</p></div>`;
  const running = (attributes) =>
    new Page(
      `<div data-run="/run/" data-language="en" data-time-zone="UTC" ${attributes}>
      <p data-currency data-text-current="Updated {time}" data-text-stale="Unreachable since {time}."
        data-text-failed="Not updated since {time}."></p>
      <div data-signed-out hidden></div><div data-outdated hidden></div><div data-announcer></div>
      <form id="migration-run-form"><input name="binding" value="b1"><input name="order" value="o1"></form>
      ${head("1 of 2")}</div>`,
      ["run.js"],
    );
  const DATA = { html: head("2 of 2"), headline: "2 of 2", goes_on: true, order: "o2", poll_after_ms: 5000 };

  for (const [name, attributes, search] of [
    ["without work", 'data-order="o1"', "?html=1&binding=b1&order=o1"],
    ["without an order of the user", "data-can-continue", "?html=1&binding=b1"],
  ]) {
    test(`only polls ${name}`, async () => {
      const page = running(attributes);
      await page.wait(0);
      const [{ address, options }] = page.requests;
      assert.equal(options.method, "GET");
      assert.equal(address.search, search);
    });
  }

  test("continues the work that the user ordered, as the server says", async () => {
    const page = running('data-order="o1" data-can-continue');
    await page.wait(0);
    const [{ address, options }] = page.requests;
    assert.equal(options.method, "POST");
    assert.equal(address.search, "?html=1");
    assert.equal(options.body.get("order"), "o1");
    await page.answer({ body: { ...DATA, goes_on: false } });
    assert.equal(page.find("[data-headline]").textContent, "2 of 2");
    assert.equal(page.find("[data-announcer]").textContent, "2 of 2");
    assert.equal(page.find("[data-currency]").textContent, "Updated 12:00:00 PM UTC");
    await page.wait(5000);
    assert.equal(page.requests[1].options.method, "GET");
    assert.equal(page.requests[1].address.searchParams.get("order"), "o2");
  });

  test("shows an error beside the time, and goes on", async () => {
    const page = running("");
    await page.wait(0);
    await page.answer({ body: { ...DATA, error: MARKUP } });
    const line = page.find("[data-currency]");
    assert.equal(line.textContent, `Updated 12:00:00 PM UTC ${MARKUP}`);
    assert.equal(line.children.length, 0);
    assert.equal(line.classList.contains("text-danger"), true);
    await page.wait(5000);
    assert.equal(page.sent, 2);
  });

  test("continues out of sight", async () => {
    const page = running('data-order="o1" data-can-continue');
    await page.show(false);
    await page.wait(0);
    await page.answer({ body: DATA });
    await page.wait(5000);
    assert.equal(page.sent, 2);
  });

  for (const [name, answer, message] of [
    ["the session has ended", { status: 401 }, "[data-signed-out]"],
    ["Horizon rejects the form", { status: 403, body: "<h1>CSRF" }, "[data-signed-out]"],
    ["the project has changed", { status: 409, body: { error: "x" } }, "[data-outdated]"],
  ]) {
    test(`stops when ${name}`, async () => {
      const page = running('data-order="o1" data-can-continue');
      await page.wait(0);
      await page.answer(answer);
      assert.equal(page.find(message).hidden, false);
      await page.wait(600000);
      assert.equal(page.sent, 1);
    });
  }

  for (const [name, act, expected] of [
    ["there is no answer", (page) => page.disconnect(), "Unreachable since 12:00:00 PM UTC."],
    [
      "policy rejects the order",
      (page) => page.answer({ status: 403, body: { error: "No." } }),
      "Not updated since 12:00:00 PM UTC. No.",
    ],
  ]) {
    test(`tries again after 3 seconds when ${name}`, async () => {
      const page = running('data-order="o1" data-can-continue');
      await page.wait(0);
      await act(page);
      assert.equal(page.find("[data-currency]").textContent, expected);
      await page.wait(3000);
      assert.equal(page.sent, 2);
    });
  }
});

describe("page of a migration", () => {
  const parts = (text) => `<div data-part="facts">${text}</div>
    <div data-part="summary"><pre data-command>s</pre><button type="button" data-copy hidden>Copy</button></div>`;
  const opened = (html = parts("old")) =>
    new Page(
      `${board(row("a"))}<div data-migration-detail="migration-a" data-part-url="/a/?instance=i">${html}</div>`,
      ["detail.js"],
    );
  const change = (page, phase) => {
    page.find("#migration-a").dataset.phase = phase;
    return settle();
  };

  test("is loaded when the row changes", async () => {
    const page = opened();
    await settle();
    assert.equal(page.sent, 0);
    await change(page, "done");
    const [{ address, options }] = page.requests;
    assert.equal(String(address), "https://horizon.example.org/a/?instance=i&part=1&binding=b1");
    assert.deepEqual([...options.headers.keys()], ["x-requested-with"]);
    await page.answer({ body: parts("new") });
    assert.equal(page.find("[data-part=facts]").textContent, "new");
  });

  test("is not loaded for changes that scripts make", async () => {
    const page = new Page(
      `${board(row("a", {}, { extra: "<time data-age>1 min</time>" }))}<div data-migration-detail="migration-a"></div>`,
      ["detail.js"],
    );
    page.find("time").textContent = "2 min";
    page.find("#migration-a").style.height = "20px";
    await settle();
    assert.equal(page.sent, 0);
  });

  test("is loaded once more for changes during a request", async () => {
    const page = opened();
    for (const phase of ["confirm", "done", "over"]) await change(page, phase);
    assert.equal(page.sent, 1);
    await page.answer({ body: parts("new") });
    assert.equal(page.sent, 2);
    await page.answer({ body: parts("newer") });
    await page.wait(60000);
    assert.equal(page.sent, 2);
  });

  test("is marked while it could not be updated", async () => {
    const page = opened(`<p data-detail-stale hidden>Old</p>${parts("old")}`);
    await change(page, "done");
    assert.equal(page.find("[data-detail-stale]").hidden, true);
    await page.answer({ status: 503, body: "<h1>" });
    assert.equal(page.find("[data-detail-stale]").hidden, false);
    await page.wait(3000);
    await page.answer({ body: parts("new") });
    assert.equal(page.find("[data-detail-stale]").hidden, true);
  });

  test("keeps a table open", async () => {
    const table = (text) => `<div data-part="chart"><details id="t"><summary>Table</summary>${text}</details></div>`;
    const page = opened(table("old"));
    page.find("details").open = true;
    await change(page, "done");
    await page.answer({ body: table("new") });
    assert.equal(page.find("details").open, true);
    assert.match(page.find("details").textContent, /new/);
  });

  for (const [name, act, requests] of [
    ["is tried again without an answer", (page) => page.disconnect(), 2],
    ["is tried again without an answer in time", (page) => page.wait(30000), 2],
    ["is tried again after an error of the server", (page) => page.answer({ status: 503, body: "<h1>" }), 2],
    ["is tried again after an empty answer", (page) => page.answer({ body: "" }), 2],
    [
      "is tried again while a part could not be read",
      (page) => page.answer({ body: parts("<p data-unread>x</p>") }),
      2,
    ],
    ["is not tried again when the migration is gone", (page) => page.answer({ status: 404, body: "x" }), 1],
    ["is not tried again without a session", (page) => page.answer({ status: 401, body: "" }), 1],
    ["is not tried again without permission", (page) => page.answer({ status: 403, body: "x" }), 1],
    ["is not tried again in another project", (page) => page.answer({ status: 409, body: "{}" }), 1],
  ]) {
    test(name, async () => {
      const page = opened();
      await change(page, "done");
      await act(page);
      await page.wait(2999);
      assert.equal(page.sent, 1);
      await page.wait(1);
      assert.equal(page.sent, requests);
    });
  }
});

describe("copy button", () => {
  const HTML =
    '<p><code data-command>openstack server list</code><button data-copy hidden data-text-copied="Copied">Copy</button></p>';

  test("copies the command beside it", async () => {
    const copied = [];
    const clipboard = { writeText: async (text) => copied.push(text) };
    const page = new Page(HTML, ["copy.js"], ({ navigator }) =>
      Object.defineProperty(navigator, "clipboard", { value: clipboard }),
    );
    assert.equal(page.find("button").hidden, false);
    page.send(page.find("button"), "click");
    await settle();
    assert.deepEqual(copied, ["openstack server list"]);
    assert.equal(page.find("button").textContent, "Copied");
  });

  test("is hidden where a page may not write to the clipboard", () => {
    assert.equal(new Page(HTML, ["copy.js"]).find("button").hidden, true);
  });
});

describe("form for several instances", () => {
  const HTML = `<form data-several-choice><input name="q"><input type="checkbox" name="instance">
    <input type="hidden" name="reference" value=""></form>
    <form data-several-send><p id="stale" data-several-stale hidden></p><input name="reference">
    <button type="submit">Migrate</button></form>`;

  test("blocks the submission of a selection that was not checked", () => {
    const page = new Page(HTML, ["several.js"]);
    page.send(page.find("[name=q]"), "change");
    assert.equal(page.find("button").disabled, false);
    page.send(page.find("[name=instance]"), "change");
    assert.equal(page.find("button").disabled, true);
    assert.equal(page.find("button").getAttribute("aria-describedby"), "stale");
    assert.equal(page.find("#stale").hidden, false);
  });

  test("keeps the reference for another check", () => {
    const page = new Page(HTML, ["several.js"]);
    page.find("[data-several-send] [name=reference]").value = "INC-1";
    page.send(page.find("[data-several-send] [name=reference]"), "change");
    assert.equal(page.find("[data-several-choice] [name=reference]").value, "INC-1");
    assert.equal(page.find("button").disabled, false);
  });
});

describe("list of hosts", () => {
  const HTML = `<div data-migration-hosts><input data-host-filter>
    <p data-host-count data-total="9" data-text="{shown} of {total} hosts"></p>
    <table>${["Compute-1", "compute-2"].map((host) => `<tr data-host="${host}"></tr>`).join("")}</table>
    <p class="migration-empty" hidden></p></div>
    <form data-migration-evacuate><button type="submit">Evacuate</button></form>`;

  for (const [text, hidden, count] of [
    ["", [false, false], "2 of 9 hosts"],
    [" COMPUTE-1 ", [false, true], "1 of 9 hosts"],
    ["none", [true, true], "0 of 9 hosts"],
  ]) {
    test(`is filtered by “${text}”`, () => {
      const page = new Page(HTML, ["hosts.js"]);
      page.find("input").value = text;
      page.send(page.find("input"), "input");
      assert.deepEqual(
        page.findAll("tr").map((host) => host.hidden),
        hidden,
      );
      assert.equal(page.find("[data-host-count]").textContent, count);
      assert.equal(page.find(".migration-empty").hidden, count[0] !== "0");
    });
  }

  test("sends an evacuation once until the browser shows the page again", () => {
    const page = new Page(HTML, ["hosts.js"]);
    page.send(page.find("form"), "submit");
    assert.equal(page.find("button").disabled, true);
    page.window.dispatchEvent(new page.window.Event("pageshow"));
    assert.equal(page.find("button").disabled, false);
  });
});
