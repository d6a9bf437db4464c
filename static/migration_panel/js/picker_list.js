// SPDX-License-Identifier: Apache-2.0
// The list of the picker: a row for each option of the select, with the usage of the host as bars.
"use strict";

window.migrationPanel.once("picker-list", (panel) => {
  const { pickerRules: rules } = panel;
  const SVG = "http://www.w3.org/2000/svg";

  class PickerList {
    /**
     * @param {string} id of the picker
     * @param {HTMLSelectElement} select
     */
    constructor(id, select) {
      this.id = id;
      this.select = select;
      this.element = createElement("div", { role: "listbox", id: `${id}-list`, class: "migration-picker-list" });
      this.element.hidden = true;
      // Created when the list is first opened.
      /** @type {Map<HTMLOptionElement, HTMLElement>} */
      this.rows = new Map();
      /** @type {HTMLOptionElement | null} */
      this.active = null;
    }

    get isOpen() {
      return !this.element.hidden;
    }

    get options() {
      return [...this.rows.keys()];
    }

    open() {
      if (!this.rows.size) this.createRows();
      this.filter("");
      this.element.hidden = false;
    }

    close() {
      this.element.hidden = true;
    }

    createRows() {
      for (const child of this.select.children) {
        if (child instanceof HTMLOptGroupElement) this.element.append(this.createGroup(child));
        else if (child instanceof HTMLOptionElement) this.element.append(this.createRow(child));
      }
    }

    /** @param {HTMLOptGroupElement} options */
    createGroup({ label, children }) {
      const group = createElement("div", { role: "group", "aria-label": label });
      const heading = createElement("div", { class: "migration-picker-heading", "aria-hidden": "true" }, label);
      const options = [...children].filter((child) => child instanceof HTMLOptionElement);
      group.append(heading, ...options.map((option) => this.createRow(option)));
      return group;
    }

    /** @param {HTMLOptionElement} option */
    createRow(option) {
      const row = createElement("div", {
        role: "option",
        id: `${this.id}-${this.rows.size}`,
        class: "migration-picker-row",
        "aria-selected": "false",
        "aria-disabled": String(option.disabled),
      });
      row.append(createElement("strong", {}, rules.displayName(option)), ...describe(option));
      this.rows.set(option, row);
      return row;
    }

    /** @param {HTMLElement | null} row */
    optionOf(row) {
      return this.options.find((option) => this.rows.get(option) === row);
    }

    /**
     * Mark an option as active.  Without an option, no row is active.
     * @param {HTMLOptionElement | null | undefined} option
     * @returns {string | null} ID of the active row, for the field
     */
    activate(option) {
      if (this.active) this.rows.get(this.active)?.setAttribute("aria-selected", "false");
      this.active = option ?? null;
      const row = this.active && this.rows.get(this.active);
      if (!row) return null;
      row.setAttribute("aria-selected", "true");
      row.scrollIntoView({ block: "nearest" });
      return row.id;
    }

    /**
     * Return the option `step` visible rows further.
     * @param {number} step
     */
    next(step) {
      const visible = this.options.filter((option) => !this.rows.get(option)?.hidden);
      return rules.nextOption(visible, this.active, step);
    }

    /**
     * Hide the rows that do not match, and the groups without a row.
     * @param {string} text
     * @returns {HTMLOptionElement[]} options that match
     */
    filter(text) {
      const found = new Set(rules.matchingOptions(this.options, text));
      for (const [option, row] of this.rows) row.hidden = !found.has(option);
      for (const group of this.element.querySelectorAll("[role=group]")) {
        group.toggleAttribute("hidden", !group.querySelector("[role=option]:not([hidden])"));
      }
      return [...found];
    }
  }

  /**
   * Return what the server says about a host: zone, remark or reason, usage.
   * @param {HTMLOptionElement} option
   */
  function describe({ dataset, disabled }) {
    const { zone, remark, vcpus, vcpusText, memory, memoryText } = dataset;
    const remarkClass = disabled ? "migration-picker-reason" : "migration-picker-remark";
    return [
      zone && createElement("span", { class: "migration-picker-zone" }, zone),
      remark && createElement("span", { class: remarkClass }, remark),
      vcpus && createUsage(vcpus, vcpusText),
      memory && createUsage(memory, memoryText),
    ].filter((element) => element instanceof HTMLElement);
  }

  /**
   * @param {string} amounts
   * @param {string} [text]
   */
  function createUsage(amounts, text) {
    const bar = document.createElementNS(SVG, "svg");
    setAttributes(bar, {
      viewBox: "0 0 100 1",
      preserveAspectRatio: "none",
      class: "migration-room",
      "aria-hidden": "true",
    });
    for (const { name, x, width } of rules.usageBars(amounts)) {
      const rect = document.createElementNS(SVG, "rect");
      setAttributes(rect, { class: `migration-room-${name}`, x, width, height: 1 });
      bar.append(rect);
    }
    const usage = createElement("span", { class: "migration-picker-room" }, text);
    usage.prepend(bar);
    return usage;
  }

  /**
   * @template {keyof HTMLElementTagNameMap} K
   * @param {K} name
   * @param {Record<string, string>} attributes
   * @param {string} text
   */
  function createElement(name, attributes, text = "") {
    const element = document.createElement(name);
    setAttributes(element, attributes);
    element.textContent = text;
    return element;
  }

  /**
   * @param {Element} element
   * @param {Record<string, string | number>} attributes
   */
  function setAttributes(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  }

  /** @type {Omit<PickerParts, "pickerRules">} */
  const parts = { PickerList, describe, createElement };
  Object.assign(panel, parts);
});
