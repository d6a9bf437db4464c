// SPDX-License-Identifier: Apache-2.0
// A combobox over a plain select of hosts: searchable, with the room on each as bars.  The select stays the form's value.
"use strict";

(() => {
  // The script comes again with each tab of Horizon's that holds it.
  if (document.documentElement.dataset.migrationPicker !== undefined) return;
  document.documentElement.dataset.migrationPicker = "";

  const SVG = "http://www.w3.org/2000/svg";
  const pickers = new WeakMap();
  let count = 0;

  // A modal comes and goes, and its content is replaced.
  new MutationObserver(enhance).observe(document.body, { childList: true, subtree: true });
  // Back on a page the browser may have changed the select by itself.
  window.addEventListener("pageshow", () => {
    for (const select of document.querySelectorAll("select[data-picker]")) pickers.get(select)?.showChoice();
  });
  enhance();

  function enhance() {
    for (const select of document.querySelectorAll("select[data-picker]:not(:disabled)")) {
      if (!pickers.has(select)) pickers.set(select, picker(select));
    }
  }

  function picker(select) {
    const id = `migration-picker-${++count}`;
    const input = element("input", {
      type: "text",
      class: "form-control",
      id,
      autocomplete: "off",
      spellcheck: "false",
    });
    const list = element("div", { role: "listbox", id: `${id}-list`, class: "migration-picker-list" });
    const status = element("div", { class: "sr-only", role: "status" });
    const chosen = element("div", { class: "migration-picker-chosen" });
    const box = element("div", { class: "migration-picker" });
    const text = select.dataset;
    // The rows by their options, made when the list is first opened.
    const rows = new Map();
    let active = null;
    let searching = false;

    set(input, {
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-controls": list.id,
      "aria-expanded": "false",
      "aria-describedby": [select.getAttribute("aria-describedby"), `${id}-chosen`].filter(Boolean).join(" "),
    });
    chosen.id = `${id}-chosen`;
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    label.htmlFor = id;
    list.setAttribute("aria-label", label.textContent);
    list.hidden = true;
    box.append(input, list, chosen, status);
    select.after(box);
    select.hidden = true;
    showChoice();

    input.addEventListener("click", () => open());
    input.addEventListener("focus", () => input.select());
    input.addEventListener("input", () => search());
    input.addEventListener("keydown", pressed);
    input.addEventListener("blur", leave);
    // Focus stays in the field, whatever is clicked in the list.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => choose(optionOf(event.target.closest("[role=option]"))));
    return { showChoice };

    function showChoice() {
      const option = select.selectedOptions[0];
      input.value = option ? nameOf(option) : "";
      chosen.replaceChildren(...(option?.value ? facts(option) : []));
    }

    function open() {
      if (!list.hidden) return;
      if (!rows.size) fill();
      narrow("");
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      activate(select.selectedOptions[0]);
    }

    function close() {
      list.hidden = true;
      searching = false;
      input.setAttribute("aria-expanded", "false");
      activate(null);
    }

    function fill() {
      for (const child of select.children)
        list.append(child.label && child.children.length ? group(child) : row(child));
    }

    function group(options) {
      const found = element("div", { role: "group", "aria-label": options.label });
      const heading = element("div", { class: "migration-picker-heading", "aria-hidden": "true" });
      heading.textContent = options.label;
      found.append(heading, ...[...options.children].map(row));
      return found;
    }

    function row(option) {
      const made = element("div", { role: "option", id: `${id}-${rows.size}`, class: "migration-picker-row" });
      const name = element("strong", {});
      name.textContent = nameOf(option);
      made.append(name, ...facts(option));
      set(made, { "aria-selected": "false", "aria-disabled": String(option.disabled) });
      rows.set(option, made);
      return made;
    }

    function optionOf(wanted) {
      return [...rows.keys()].find((option) => rows.get(option) === wanted);
    }

    function activate(option) {
      if (active) rows.get(active)?.setAttribute("aria-selected", "false");
      active = option ?? null;
      if (!active) return input.removeAttribute("aria-activedescendant");
      const made = rows.get(active);
      made.setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", made.id);
      made.scrollIntoView({ block: "nearest" });
    }

    function search() {
      open();
      searching = true;
      const found = narrow(input.value);
      activate(found.find((option) => !option.disabled) ?? found[0]);
      const words = found.length ? text.textFound : text.textNone;
      status.textContent = words.replace("{count}", found.length).replace("{text}", input.value);
    }

    /** @returns {HTMLOptionElement[]} those that have all the words in what is told of them */
    function narrow(wanted) {
      const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
      for (const [option, made] of rows) {
        const told = option.textContent.toLowerCase();
        made.hidden = !words.every((word) => told.includes(word));
      }
      for (const part of list.querySelectorAll("[role=group]")) {
        part.hidden = !part.querySelector("[role=option]:not([hidden])");
      }
      return shown();
    }

    function shown() {
      return [...rows.keys()].filter((option) => !rows.get(option).hidden);
    }

    function move(step) {
      const options = shown();
      const next = active ? options.indexOf(active) + step : step > 0 ? 0 : options.length - 1;
      activate(options[Math.max(0, Math.min(options.length - 1, next))]);
    }

    function pressed(event) {
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
      if (event.key === "Tab") return list.hidden || take(active);
      if (event.key === "Escape" && list.hidden) return;
      if (event.key in steps) {
        if (list.hidden) open();
        else move(steps[event.key]);
      } else if (event.key === "Enter") {
        if (!list.hidden) choose(active);
      } else if (event.key === "Escape") {
        close();
        showChoice();
        // The modal around it stays open.
        event.stopPropagation();
      } else return;
      event.preventDefault();
    }

    /** What cannot be had says why, and the list stays open. */
    function choose(option) {
      if (!option) return;
      if (option.disabled) {
        status.textContent = option.textContent;
        activate(option);
      } else {
        take(option);
        input.select();
      }
    }

    function take(option) {
      const fits = option && !option.disabled;
      const changed = fits && select.value !== option.value;
      if (changed) select.value = option.value;
      close();
      showChoice();
      if (changed) select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    /** Without the keyboard only a name that was typed out counts. */
    function leave() {
      if (list.hidden) return;
      const typed = input.value.trim();
      take(searching ? [...select.options].find((option) => [option.value, nameOf(option)].includes(typed)) : null);
    }

    function nameOf(option) {
      return option.value || option.textContent;
    }

    function facts(option) {
      const { zone, remark, vcpus, vcpusWords, memory, memoryWords } = option.dataset;
      return [
        ...(zone ? [words("migration-picker-zone", zone)] : []),
        ...(remark ? [words(option.disabled ? "migration-picker-reason" : "migration-picker-remark", remark)] : []),
        ...(vcpus ? [room(vcpus, vcpusWords)] : []),
        ...(memory ? [room(memory, memoryWords)] : []),
      ];
    }

    function words(name, told) {
      const span = element("span", { class: name });
      span.textContent = told;
      return span;
    }

    /** @param {string} amounts what is used, what the instance takes, and all there is */
    function room(amounts, told) {
      const [used, taken, all] = amounts.split(" ").map(Number);
      const bar = document.createElementNS(SVG, "svg");
      set(bar, { viewBox: "0 0 100 1", preserveAspectRatio: "none", class: "migration-room", "aria-hidden": "true" });
      bar.append(part("migration-room-used", 0, used / all), part("migration-room-taken", used / all, taken / all));
      const span = words("migration-picker-room", told);
      span.prepend(bar);
      return span;
    }

    function part(name, from, share) {
      const rect = document.createElementNS(SVG, "rect");
      set(rect, { class: name, x: 100 * from, width: Math.max(0, Math.min(100 * share, 100 - 100 * from)), height: 1 });
      return rect;
    }
  }

  function element(name, attributes) {
    return set(document.createElement(name), attributes);
  }

  function set(target, attributes) {
    for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
    return target;
  }
})();
