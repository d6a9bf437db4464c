// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { board, overview, row } from "./board.mjs";
import { NOW, Page } from "./page.mjs";

function list(rows, attributes, summary) {
  const page = new Page(board(rows, attributes, summary), ["rows.js"]);
  page.poll = (htmls, complete = true, summary = undefined) => {
    const detail = { migrations: htmls.map((html) => ({ html })), complete, date: null, overview: summary };
    page
      .find("[data-migration-board]")
      .dispatchEvent(new page.window.CustomEvent("migration-polled", { detail, bubbles: true }));
  };
  page.ids = (section) => page.findAll(`tbody[data-section=${section}] tr[data-id]`).map(({ id }) => id.slice(10));
  page.overview = () => page.findAll("[data-count]").map(({ textContent }) => textContent);
  page.hover = (isInside) => page.send(page.find("table"), isInside ? "pointerenter" : "pointerleave");
  page.announced = () => page.findAll("[data-announcer] p").map(({ textContent }) => textContent);
  return page;
}

describe("rows", () => {
  test("are inserted in their section, newest first", () => {
    const page = list(row("b", { order: "2" }));
    page.poll([
      row("a", { order: "1" }),
      row("b", { order: "2" }),
      row("c", { order: "3" }),
      row("d", { order: "2", section: "history", phase: "done" }),
    ]);
    assert.deepEqual(page.ids("under-way"), ["c", "b", "a"]);
    assert.deepEqual(page.ids("history"), ["d"]);
  });

  test("move to another section when their phase changes", () => {
    const page = list(row("a"));
    page.poll([row("a", { section: "history", phase: "done" })]);
    assert.deepEqual(page.ids("under-way"), []);
    assert.deepEqual(page.ids("history"), ["a"]);
    assert.equal(page.find("tbody[data-section=under-way]").hidden, true);
  });

  test("keep their element and the cells that did not change", () => {
    const page = list(row("a"));
    const [element, cell] = [page.find("#migration-a"), page.find("#migration-a th")];
    page.poll([row("a", {}, { extra: "<b>new</b>" })]);
    assert.equal(page.find("#migration-a"), element);
    assert.equal(page.find("#migration-a th"), cell);
    assert.equal(page.find("#migration-a b").textContent, "new");
  });

  test("keep what scripts changed in a cell that the server sends unchanged", () => {
    const page = list(row("a"));
    page.find("[data-watch]").hidden = false;
    page.poll([row("a", { phase: "confirm" })]);
    assert.equal(page.find("[data-watch]").hidden, false);
  });

  test("keep the progress bar when the progress changes", () => {
    const page = list(row("a"));
    const [bar, words] = [page.find("progress"), page.find(".migration-words")];
    page.poll([row("a", {}, { figures: "20 %" }).replace('value="10"', 'value="20"')]);
    assert.equal(page.find("progress"), bar);
    assert.equal(bar.getAttribute("value"), "20");
    assert.equal(page.find(".migration-words"), words);
    assert.equal(page.find(".migration-figures").textContent, "20 %");
  });

  test("show that a copy stalls and keep its bar", () => {
    const page = list(row("a"));
    const bar = page.find("progress");
    page.poll([row("a", {}, { figures: "20 %" }).replace('class="migration-status', 'class="migration-stalled')]);
    assert.equal(page.find("progress"), bar);
    assert.equal(page.find("#migration-a [data-column=status]").className, "migration-stalled");
  });

  test("lose the value of a progress bar without figures", () => {
    const page = list(row("a"));
    page.poll([row("a").replace('value="10"', "")]);
    assert.equal(page.find("progress").hasAttribute("value"), false);
  });

  test("are removed when a complete answer lacks them", () => {
    const page = list(row("a") + row("b"));
    page.poll([row("b")]);
    assert.deepEqual(page.ids("under-way"), ["b"]);
  });

  test("stay when an answer has only changes", () => {
    const page = list(row("a") + row("b"));
    page.poll([row("b")], false);
    assert.deepEqual(page.ids("under-way"), ["a", "b"]);
  });

  test("of the history stay when a complete answer lacks them", () => {
    const page = list(row("a"));
    page.poll([row("a", { section: "history", phase: "done" })]);
    page.poll([]);
    assert.deepEqual(page.ids("history"), ["a"]);
  });

  test("of an earlier failure move to the history after a retry", () => {
    const failed = { phase: "failed", section: "needs-you", "instance-id": "i1", order: "1" };
    const page = list("");
    page.poll([row("a", failed), row("other", { ...failed, "instance-id": "i2" })]);
    page.poll([row("b", { "instance-id": "i1", order: "2" })], false);
    assert.deepEqual(page.ids("needs-you"), ["other"]);
    assert.deepEqual(page.ids("history"), ["a"]);
    assert.deepEqual(page.ids("under-way"), ["b"]);
  });

  test("of an administrator are replaced by the record of the same instance", () => {
    const page = list(row("a", { "admin-started": "", "instance-id": "i1" }));
    page.poll([row("b", { "instance-id": "i1" })], false);
    assert.deepEqual(page.ids("under-way"), ["b"]);
  });

  test("of an administrator stay when their migration is over", () => {
    const page = list(row("a", { "admin-started": "", phase: "over", "instance-id": "i1" }));
    page.poll([row("b", { "instance-id": "i1" })], false);
    assert.deepEqual(page.ids("under-way").sort(), ["a", "b"]);
  });
});

describe("cells", () => {
  test("are matched by their column, where the page has fewer columns than the answer", () => {
    const page = list(row("a"), "data-fixed");
    page.find("#migration-a [data-column=select]").remove();
    page.poll([row("a", {}, { words: "Done", select: "<b>box</b>" })]);
    assert.equal(page.find("#migration-a .migration-words").textContent, "Done");
    assert.equal(page.find("#migration-a th").textContent, "a");
    assert.equal(page.find("#migration-a b"), null);
  });

  test("of the selection stay selected when the rest of the row changes", () => {
    const select = '<input type="checkbox" data-select>';
    const page = list(row("a", {}, { select }));
    page.find("[data-select]").checked = true;
    page.poll([row("a", {}, { select, words: "Confirming" })]);
    assert.equal(page.find("[data-select]").checked, true);
  });
});

describe("overview", () => {
  const now = NOW / 1000;
  const counted = (result = "") => list(row("a"), "", overview(result));

  test("counts the rows of each section, and those in the queue", () => {
    const page = counted();
    page.poll([
      row("a"),
      row("b", { phase: "waiting", queued: "1" }),
      row("c", { phase: "confirm", section: "needs-you" }),
      row("d", { phase: "failed", section: "history" }),
    ]);
    assert.deepEqual(page.overview().slice(0, 2), ["Needs attention: 1", "In progress: 2 (running: 1, queued: 1)"]);
    assert.equal(page.find("[data-count=needs-you]").className, "migration-some");
    page.poll([row("c", { phase: "done", section: "history" })], false);
    assert.equal(page.overview()[0], "Needs attention: 0");
    assert.equal(page.find("[data-count=needs-you]").className, "");
  });

  test("counts new rows that wait, and no outdated rows", () => {
    const page = counted();
    page.hover(true);
    page.poll([row("b"), row("c")]);
    assert.deepEqual(page.ids("under-way"), ["a"]);
    assert.equal(page.overview()[1], "In progress: 2 (running: 2, queued: 0)");
  });

  test("counts each result of the last day once", () => {
    const [first, second] = [`11111111c${now - 60}`, `22222222f${now - 60}`];
    const page = counted(`${first} 33333333c${now - 90000}`);
    const done = { phase: "done", section: "history" };
    page.poll([row("a", { ...done, result: second }), row("b", { ...done, result: first })], false);
    page.poll([row("a", { ...done, result: second })], false);
    assert.deepEqual(page.overview().slice(2), ["Completed: 1", "Failed: 1"]);
  });

  test("of a complete answer replaces the overview of the page", () => {
    const page = list(row("a"));
    page.poll([row("a")], true, overview(`11111111c${now}`));
    assert.deepEqual(page.overview().slice(2), ["Completed: 1", "Failed: 0"]);
  });

  test("is not needed", () => {
    const page = list(row("a"));
    page.poll([row("a")]);
    assert.deepEqual(page.overview(), []);
  });
});

describe("rows under the pointer", () => {
  test("do not move: new rows wait, and a button offers them", () => {
    const page = list(row("a", { order: "1" }));
    page.hover(true);
    page.poll([row("a", { order: "1", section: "history", phase: "done" }), row("b", { order: "2" })]);
    assert.deepEqual(page.ids("under-way"), ["a"]);
    assert.equal(page.find("[data-held]").hidden, false);
    assert.equal(page.find("[data-show-held]").textContent, "Show new migrations (1)");
    page.send(page.find("[data-show-held]"), "click");
    assert.deepEqual(page.ids("under-way"), ["b", "a"]);
    assert.equal(page.find("[data-held]").hidden, true);
  });

  test("move when the pointer leaves", () => {
    const page = list(row("a"));
    page.hover(true);
    page.poll([row("a", { section: "history", phase: "done" })]);
    assert.match(page.find("#migration-a").style.height, /px$/);
    page.hover(false);
    assert.deepEqual(page.ids("history"), ["a"]);
    assert.equal(page.find("#migration-a").style.height, "");
  });

  test("stay in place while outdated, and are removed when the pointer leaves", () => {
    const page = list(row("a") + row("b"));
    page.hover(true);
    page.poll([row("b")]);
    assert.deepEqual(page.ids("under-way"), ["a", "b"]);
    page.hover(false);
    assert.deepEqual(page.ids("under-way"), ["b"]);
  });

  test("stay when they return before the pointer leaves", () => {
    const page = list(row("a") + row("b"));
    page.hover(true);
    page.poll([row("b")]);
    page.poll([row("a"), row("b")]);
    page.hover(false);
    assert.deepEqual(page.ids("under-way"), ["a", "b"]);
  });

  test("that wait are dropped when a complete answer lacks them", () => {
    const page = list(row("a"));
    page.hover(true);
    page.poll([row("a"), row("b")]);
    page.poll([row("a")]);
    assert.equal(page.find("[data-held]").hidden, true);
    page.hover(false);
    assert.deepEqual(page.ids("under-way"), ["a"]);
  });

  test("that wait are shown once, in their latest state, when the pointer left and they change again", () => {
    const page = list(row("a", { order: "1" }));
    page.hover(true);
    page.poll([row("b", { order: "2" })], false);
    page.hover(false);
    page.poll([row("b", { order: "2" }, { figures: "20 %" })], false);
    assert.deepEqual(page.ids("under-way"), ["b", "a"]);
    assert.equal(page.find("#migration-b .migration-figures").textContent, "20 %");
  });

  test("that wait are announced once, and again when their phase changes", () => {
    const page = list(row("a"));
    page.hover(true);
    for (const figures of ["10 %", "20 %"]) page.poll([row("b", {}, { figures })], false);
    assert.deepEqual(page.announced(), ["b is copying"]);
    page.poll([row("b", { announcement: "b has failed" })], false);
    assert.deepEqual(page.announced(), ["b is copying", "b has failed"]);
  });

  test("do not move while the keyboard is in the list either", async () => {
    const page = list(row("a"));
    page.find("[data-watch]").hidden = false;
    page.find("[data-watch]").focus();
    page.poll([row("a"), row("b")]);
    assert.deepEqual(page.ids("under-way"), ["a"]);
    page.find("[data-watch]").blur();
    await page.wait(0);
    page.poll([row("a"), row("b")]);
    assert.deepEqual(page.ids("under-way").sort(), ["a", "b"]);
  });
});

describe("a list", () => {
  test("counts each section and shows the text of an empty list", () => {
    const page = list(row("a"));
    page.poll([row("a"), row("b")]);
    const title = (section) => page.find(`tbody[data-section=${section}] [data-text]`).textContent;
    assert.equal(title("under-way"), "In progress (2)");
    assert.equal(page.find(".migration-empty").hidden, true);
    page.poll([]);
    assert.equal(page.find("table").hidden, true);
    assert.equal(page.find(".migration-empty").hidden, false);
  });

  test("of selected migrations gets no other rows and keeps its order", () => {
    const page = list(row("a"), "data-fixed");
    page.poll([row("a", { section: "history", phase: "done" }), row("b")]);
    page.poll([]);
    assert.deepEqual(page.ids("under-way"), ["a"]);
  });

  test("announces new rows and new phases once, the last five only", () => {
    const page = list(row("a"));
    page.poll([row("a")]);
    assert.deepEqual(page.announced(), []);
    const names = ["b", "c", "d", "e", "f", "g"];
    page.poll(
      names.map((name) => row(name)),
      false,
    );
    page.poll(
      names.map((name) => row(name)),
      false,
    );
    assert.deepEqual(
      page.announced(),
      names.slice(1).map((name) => `${name} is copying`),
    );
  });

  test("announces markup as text", () => {
    const page = list("");
    page.poll([row("a", { announcement: "&lt;img src=x&gt; is copying" })]);
    assert.deepEqual(page.announced(), ["<img src=x> is copying"]);
    assert.equal(page.find("[data-announcer] img"), null);
  });

  test("tells other scripts after each answer", () => {
    const page = list(row("a"));
    let changes = 0;
    page.document.addEventListener("migration-changed", () => (changes += 1));
    page.poll([]);
    page.poll([row("a")], false);
    assert.equal(changes, 2);
  });
});
