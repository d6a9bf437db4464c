// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { board, row } from "./board.mjs";
import { Page } from "./page.mjs";

const MARKUP = "<img src=x onerror=alert(1)>";

const select = '<input type="checkbox" data-select>';
const action = (
  id,
  question = `Abort ${id}?`,
) => `<button type="submit" form="migration-act" formaction="/admin/migrations/${id}/abort/" name="instance" value="i-${id}"
    data-migration-action="abort" data-question="${question}" aria-describedby="migration-${id}-name">Abort</button>`;

const rows = (...ids) => ids.map((id) => row(id, {}, { extra: action(id), select })).join("");

/** Add what jsdom lacks of dialogs and buttons. */
function addDialogs({ document, HTMLButtonElement, HTMLDialogElement, Event }) {
  Object.defineProperty(HTMLButtonElement.prototype, "formAction", {
    get() {
      return new URL(this.getAttribute("formaction"), document.baseURI).href;
    },
  });
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function (value) {
    this.open = false;
    this.returnValue = value;
    this.dispatchEvent(new Event("close"));
  };
}

function acting(html) {
  const page = new Page(board(html), ["actions.js"], addDialogs);
  page.acted = 0;
  page.document.addEventListener("migration-acted", () => (page.acted += 1), true);
  page.click = (selector) => page.send(page.find(selector), "click");
  page.abort = (id) => page.click(`#migration-${id} [data-migration-action]`);
  page.confirm = () => page.click("[data-dialog-answer=yes]");
  page.messages = () => page.findAll("[data-refusal] p").map(({ textContent }) => textContent);
  page.select = (id) => {
    const box = page.find(`#migration-${id} [data-select]`);
    box.checked = !box.checked;
    page.send(box, "change");
  };
  return page;
}

describe("action of a row", () => {
  test("asks in a dialog and sends nothing before the answer", () => {
    const page = acting(rows("a"));
    assert.equal(page.abort("a").defaultPrevented, true);
    assert.equal(page.find("dialog").open, true);
    assert.equal(page.find("[data-dialog-title]").textContent, "Abort: a");
    assert.equal(page.find("[data-dialog-question]").textContent, "Abort a?");
    assert.equal(page.find("[data-dialog-answer=yes]").textContent, "Abort");
    assert.equal(page.sent, 0);
  });

  test("is not sent when the user cancels", () => {
    const page = acting(rows("a"));
    page.abort("a");
    page.click('[data-dialog-answer=""]');
    assert.equal(page.sent, 0);
    page.abort("a");
    page.find("dialog").close("");
    assert.equal(page.sent, 0);
  });

  test("is sent with the form's fields for its instance", async () => {
    const page = acting(rows("a"));
    page.abort("a");
    page.confirm();
    const [{ address, options }] = page.requests;
    assert.equal(address.pathname, "/admin/migrations/a/abort/");
    assert.equal(options.method, "POST");
    assert.deepEqual(
      [...options.body],
      [
        ["binding", "b1"],
        ["instance", "i-a"],
      ],
    );
    await page.answer({ status: 202, body: {} });
    assert.equal(page.find("[data-refusal]").hidden, true);
    assert.equal(page.acted, 1);
  });

  test("acts on what the dialog showed, even if the row has changed since", () => {
    const page = acting(rows("a"));
    page.abort("a");
    page.find("#migration-a").remove();
    page.confirm();
    assert.equal(page.requests[0].address.pathname, "/admin/migrations/a/abort/");
  });

  for (const [name, act, expected] of [
    ["Nova's reason", (page) => page.answer({ status: 409, body: { error: MARKUP } }), MARKUP],
    ["no answer", (page) => page.disconnect(), "No answer."],
    ["no answer within 30 seconds", (page) => page.wait(30000), "No answer."],
    ["an error without a reason", (page) => page.answer({ status: 500, body: "<h1>" }), "No answer."],
    ["a lost session", (page) => page.answer({ status: 401 }), "Reload the page."],
    ["a changed session", (page) => page.answer({ status: 403, body: "<h1>CSRF" }), "Reload the page."],
    ["a rejection by policy", (page) => page.answer({ status: 403, body: { error: "No." } }), "No."],
    ["a redirect to the login page", (page) => page.answer({ redirected: true, body: "<html>" }), "Reload the page."],
  ]) {
    test(`shows ${name} as text`, async () => {
      const page = acting(rows("a"));
      page.abort("a");
      page.confirm();
      await act(page);
      assert.deepEqual(page.messages(), [expected]);
      assert.equal(page.find("[data-refusal]").hidden, false);
      assert.equal(page.find("img"), null);
      assert.equal(page.acted, 1);
    });
  }

  test("shows names and questions with markup as text", () => {
    const escaped = MARKUP.replaceAll("<", "&lt;");
    const page = acting(row("a", {}, { extra: action("a", escaped) }));
    page.find("#migration-a-name").textContent = MARKUP;
    page.abort("a");
    assert.equal(page.find("[data-dialog-title]").textContent, `Abort: ${MARKUP}`);
    assert.equal(page.find("[data-dialog-question]").textContent, MARKUP);
    assert.equal(page.find("img"), null);
  });
});

describe("action of selected rows", () => {
  const bulk = "[data-selected-action]";

  test("is offered for the selected rows that have it", () => {
    const page = acting(rows("a", "b") + row("c", {}, { select }));
    assert.equal(page.find("[data-selected]").hidden, true);
    page.select("c");
    assert.equal(page.find("[data-selected]").hidden, true);
    page.select("a");
    page.select("b");
    assert.equal(page.find("[data-selected]").hidden, false);
    assert.equal(page.find(bulk).textContent, "Abort selected (2)");
    page.select("a");
    page.select("b");
    assert.equal(page.find("[data-selected]").hidden, true);
  });

  test("is offered for all rows that can be selected", () => {
    const page = acting(rows("a", "b") + row("c"));
    const all = page.find("[data-select-all]");
    const state = () => [all.hidden, all.checked, all.indeterminate];
    assert.deepEqual(state(), [false, false, false]);
    page.select("a");
    assert.deepEqual(state(), [false, false, true]);
    page.select("b");
    assert.deepEqual(state(), [false, true, false]);
    all.checked = false;
    page.send(all, "change");
    assert.equal(page.find("[data-selected]").hidden, true);
    all.checked = true;
    page.send(all, "change");
    assert.equal(page.find(bulk).textContent, "Abort selected (2)");
    assert.deepEqual(state(), [false, true, false]);
  });

  test("for all rows is not offered where no row can be selected", () => {
    const page = acting(row("a"));
    assert.equal(page.find("[data-select-all]").hidden, true);
  });

  test("follows the rows", () => {
    const page = acting(rows("a", "b"));
    page.select("a");
    page.select("b");
    page.find("#migration-b [data-migration-action]").remove();
    page.send(page.find("[data-migration-board]"), "migration-changed");
    assert.equal(page.find(bulk).textContent, "Abort selected (1)");
  });

  test("names each instance, sends four requests at a time, and reports each error", async () => {
    const ids = ["a", "b", "c", "d", "e", "f"];
    const page = acting(rows(...ids));
    for (const id of ids) page.select(id);
    page.click(bulk);
    assert.equal(page.findAll("[data-dialog-question] p").length, 6);
    assert.equal(page.find("[data-dialog-question] p").textContent, "a: Abort a?");
    page.confirm();
    assert.equal(page.sent, 4);
    await page.answer({ status: 202, body: {} }, page.requests[2]);
    assert.equal(page.sent, 5);
    assert.equal(page.acted, 0);
    await page.answer({ status: 409, body: { error: "Too late." } }, page.requests[0]);
    for (const request of page.requests) await page.answer({ status: 202, body: {} }, request);
    assert.equal(page.sent, 6);
    assert.deepEqual(page.messages(), ["a: Too late."]);
    assert.equal(page.acted, 1);
  });

  test("reports a lost session once", async () => {
    const page = acting(rows("a", "b", "c"));
    for (const id of ["a", "b", "c"]) page.select(id);
    page.click(bulk);
    page.confirm();
    await page.answer({ status: 409, body: { error: "Too late." } }, page.requests[0]);
    await page.answer({ status: 401 }, page.requests[1]);
    await page.answer({ status: 401 }, page.requests[2]);
    assert.deepEqual(page.messages(), ["Reload the page."]);
  });
});
