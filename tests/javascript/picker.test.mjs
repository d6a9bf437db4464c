// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Page, plain, settle } from "./page.mjs";

const SCRIPTS = ["picker_rules.js", "picker_list.js", "picker.js"];
const MARKUP = "<img src=x onerror=alert(1)>";
const ESCAPED = MARKUP.replaceAll("<", "&lt;");

const SELECT = (attributes = "") => `
  <label for="id_destination">Destination</label>
  <select id="id_destination" name="destination" data-picker ${attributes} aria-describedby="help"
      data-text-found="Hosts found: {count}" data-text-none="No host has “{text}”.">
    <option value="">Automatic</option>
    <optgroup label="Suitable">
      <option value="compute-1" data-zone="az1" data-vcpus="2 4 8" data-vcpus-text="2 of 8 vCPUs">compute-1 az1</option>
      <option value="compute-10" data-zone="az2">compute-10 az2</option>
      <option value="compute-2" data-zone="az1" data-remark="different CPU">compute-2 az1 different CPU</option>
    </optgroup>
    <optgroup label="Not suitable">
      <option value="compute-3" disabled data-remark="down">compute-3 down</option>
    </optgroup>
  </select>`;

function picker(attributes) {
  const page = new Page(SELECT(attributes), SCRIPTS);
  page.input = page.find("[role=combobox]");
  page.list = page.find("[role=listbox]");
  page.select = page.find("select");
  page.changes = 0;
  page.select.addEventListener("change", () => (page.changes += 1));
  page.press = (key) => page.send(page.input, "keydown", { key });
  page.type = (text) => {
    page.input.value = text;
    page.send(page.input, "input");
  };
  page.visible = () => page.findAll("[role=option]:not([hidden]) strong").map(({ textContent }) => textContent);
  page.active = () =>
    page.document.getElementById(page.input.getAttribute("aria-activedescendant"))?.firstChild.textContent;
  page.said = () => page.find("[role=status]").textContent;
  return page;
}

describe("picker rules", () => {
  const { panel, document } = new Page("", ["picker_rules.js"]);
  const rules = panel.pickerRules;
  const option = (value, text = value, disabled = false) => {
    const element = document.createElement("option");
    Object.assign(element, { value, textContent: text, disabled });
    return element;
  };
  const hosts = [option("", "Automatic"), option("a", "a AZ1"), option("b", "b az1 down", true), option("c", "c az2")];
  const names = (options) => [...options].map(({ value }) => value);

  for (const [name, text, expected] of [
    ["match every host for no text", "", ["", "a", "b", "c"]],
    ["match every host for spaces", "  ", ["", "a", "b", "c"]],
    ["ignore case", "aZ1", ["a", "b"]],
    ["require every word, in any order", "down AZ1", ["b"]],
    ["match nothing", "node", []],
    ["read no pattern into the text", ".*", []],
  ]) {
    test(name, () => assert.deepEqual(names(rules.matchingOptions(hosts, text)), expected));
  }

  test("prefer an option that can be chosen", () => {
    assert.equal(rules.firstChoice([hosts[2], hosts[3]]), hosts[3]);
    assert.equal(rules.firstChoice([hosts[2]]), hosts[2]);
    assert.equal(rules.firstChoice([]), undefined);
  });

  for (const [name, active, step, expected] of [
    ["start at the top downwards", null, 1, 0],
    ["start at the bottom upwards", null, -1, 3],
    ["go one down", 1, 1, 2],
    ["stop at the bottom", 2, 10, 3],
    ["stop at the top", 1, -10, 0],
  ]) {
    test(name, () => assert.equal(rules.nextOption(hosts, hosts[active] ?? null, step), hosts[expected]));
  }

  test("have no next option in an empty list", () => {
    assert.equal(rules.nextOption([], null, 1), undefined);
    assert.equal(rules.nextOption([], hosts[0], -1), undefined);
  });

  for (const [text, expected] of [
    [" c ", "c"],
    ["Automatic", ""],
    ["", ""],
    ["C", undefined],
    ["com", undefined],
  ]) {
    test(`take “${text}” for ${expected === undefined ? "no option" : `“${expected}”`}`, () => {
      assert.equal(rules.typedOption(hosts, text)?.value, expected);
    });
  }

  for (const [key, whenClosed, whenOpen] of [
    ["ArrowDown", { type: "open" }, { type: "move", step: 1 }],
    ["ArrowUp", { type: "open" }, { type: "move", step: -1 }],
    ["PageDown", { type: "open" }, { type: "move", step: 10 }],
    ["PageUp", { type: "open" }, { type: "move", step: -10 }],
    ["Enter", { type: "ignore" }, { type: "choose" }],
    ["Tab", null, { type: "accept" }],
    ["Escape", null, { type: "cancel" }],
    ["a", null, null],
  ]) {
    test(`map ${key} to an action`, () => {
      assert.deepEqual(plain(rules.keyAction(key, false)), whenClosed);
      assert.deepEqual(plain(rules.keyAction(key, true)), whenOpen);
    });
  }

  for (const [name, amounts, used, taken] of [
    ["of a host with room", "2 4 8", { x: 0, width: 25 }, { x: 25, width: 50 }],
    ["that end at the total", "6 4 8", { x: 0, width: 75 }, { x: 75, width: 25 }],
    ["of a host with overcommit", "12 4 8", { x: 0, width: 100 }, { x: 150, width: 0 }],
  ]) {
    test(`compute bars ${name}`, () => {
      const bars = [
        { name: "used", ...used },
        { name: "taken", ...taken },
      ];
      assert.deepEqual(plain(rules.usageBars(amounts)), bars);
    });
  }
});

describe("picker", () => {
  test("replaces the select for the user and keeps it for the form", () => {
    const { input, list, select, find } = picker();
    assert.equal(select.hidden, true);
    assert.equal(input.value, "Automatic");
    assert.equal(input.getAttribute("aria-expanded"), "false");
    assert.equal(input.getAttribute("aria-controls"), list.id);
    assert.match(input.getAttribute("aria-describedby"), /^help /);
    assert.equal(list.getAttribute("aria-label"), "Destination");
    assert.ok(find);
  });

  test("takes over the label", () => {
    const page = picker();
    assert.equal(page.find("label").htmlFor, page.input.id);
  });

  test("leaves a disabled select alone", () => {
    assert.equal(picker("disabled").find(".migration-picker"), null);
  });

  test("is created for a select that Horizon loads later, and once only", async () => {
    const page = new Page("", SCRIPTS);
    page.document.body.insertAdjacentHTML("beforeend", SELECT());
    await settle();
    page.document.body.append("text");
    await settle();
    assert.equal(page.findAll(".migration-picker").length, 1);
  });

  test("opens with groups, rows and the current choice active", () => {
    const page = picker();
    assert.equal(page.findAll("[role=option]").length, 0);
    page.send(page.input, "click");
    assert.equal(page.list.hidden, false);
    assert.deepEqual(page.visible(), ["Automatic", "compute-1", "compute-10", "compute-2", "compute-3"]);
    assert.deepEqual(
      page.findAll("[role=group]").map((group) => group.getAttribute("aria-label")),
      ["Suitable", "Not suitable"],
    );
    assert.equal(page.active(), "Automatic");
    assert.equal(page.findAll("[role=option][aria-disabled=true]").length, 1);
  });

  test("shows usage as bars", () => {
    const page = picker();
    page.send(page.input, "click");
    const rects = page.findAll("rect").map((rect) => [rect.getAttribute("class"), rect.getAttribute("width")]);
    assert.deepEqual(rects, [
      ["migration-room-used", "25"],
      ["migration-room-taken", "50"],
    ]);
    assert.equal(page.find(".migration-picker-room").textContent, "2 of 8 vCPUs");
  });

  test("filters by what was typed, says how many, and hides empty groups", () => {
    const page = picker();
    page.type("az1");
    assert.deepEqual(page.visible(), ["compute-1", "compute-2"]);
    assert.equal(page.said(), "Hosts found: 2");
    assert.equal(page.active(), "compute-1");
    assert.deepEqual(
      page.findAll("[role=group]").map(({ hidden }) => hidden),
      [false, true],
    );
  });

  test("says that nothing matches, with the text as text", () => {
    const page = picker();
    page.type(MARKUP);
    assert.deepEqual(page.visible(), []);
    assert.equal(page.said(), `No host has “${MARKUP}”.`);
    assert.equal(page.find("img"), null);
    assert.equal(page.active(), undefined);
  });

  test("chooses with the keyboard and sends one change", () => {
    const page = picker();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) page.press(key);
    assert.equal(page.press("Enter").defaultPrevented, true);
    assert.equal(page.select.value, "compute-10");
    assert.equal(page.input.value, "compute-10");
    assert.equal(page.list.hidden, true);
    assert.equal(page.changes, 1);
  });

  test("sends no change for the choice of before", () => {
    const page = picker();
    page.press("ArrowDown");
    page.press("Enter");
    assert.equal(page.changes, 0);
  });

  test("does not submit the form with Enter while closed", () => {
    assert.equal(picker().press("Enter").defaultPrevented, true);
  });

  test("chooses with the mouse", () => {
    const page = picker();
    page.send(page.input, "click");
    page.send(page.findAll("[role=option]")[3].firstChild, "click");
    assert.equal(page.select.value, "compute-2");
    assert.equal(page.find(".migration-picker-chosen").textContent, "az1different CPU");
  });

  test("says why a host cannot be chosen, and stays open", () => {
    const page = picker();
    page.type("compute-3");
    page.press("Enter");
    assert.equal(page.list.hidden, false);
    assert.equal(page.said(), "compute-3 down");
    assert.equal(page.select.value, "");
    page.press("Tab");
    assert.equal(page.input.value, "Automatic");
    assert.equal(page.changes, 0);
  });

  test("accepts the active host with Tab, and lets the focus move", () => {
    const page = picker();
    page.type("compute-10");
    assert.equal(page.press("Tab").defaultPrevented, false);
    assert.equal(page.select.value, "compute-10");
  });

  test("closes with Escape without a change, and keeps the modal open", () => {
    const page = picker();
    let reached = 0;
    page.document.addEventListener("keydown", () => (reached += 1));
    page.type("compute-10");
    page.press("Escape");
    assert.equal(page.list.hidden, true);
    assert.equal(page.input.value, "Automatic");
    assert.equal(reached, 0);
    page.press("Escape");
    assert.equal(reached, 1);
  });

  for (const [name, text, expected] of [
    ["a full name", "compute-2", "compute-2"],
    ["a part of a name", "compute", "compute-1"],
    ["the name of a host that is not suitable", "compute-3", "compute-1"],
    ["no text", "", ""],
  ]) {
    test(`that is left with ${name} has “${expected || "Automatic"}” chosen`, () => {
      const page = picker();
      page.select.value = "compute-1";
      page.type(text);
      page.send(page.input, "blur");
      assert.equal(page.select.value, expected);
      assert.equal(page.list.hidden, true);
    });
  }

  test("shows what the browser restored", () => {
    const page = picker();
    page.select.value = "compute-2";
    page.window.dispatchEvent(new page.window.Event("pageshow"));
    assert.equal(page.input.value, "compute-2");
  });

  test("shows names, zones and reasons with markup as text", () => {
    const html = `<label for="s">Destination</label><select id="s" data-picker><optgroup label="${ESCAPED}">
      <option value="${ESCAPED}" data-zone="${ESCAPED}" data-remark="${ESCAPED}" data-memory="1 1 2"
        data-memory-text="${ESCAPED}">${ESCAPED}</option></optgroup></select>`;
    const page = new Page(html, SCRIPTS);
    page.send(page.find("[role=combobox]"), "click");
    assert.equal(page.find("img"), null);
    assert.equal(page.find("[role=option]").textContent, MARKUP.repeat(4));
    assert.equal(page.find(".migration-picker-heading").textContent, MARKUP);
    assert.equal(page.find(".migration-picker-chosen").textContent, MARKUP.repeat(3));
  });
});
