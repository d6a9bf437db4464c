// SPDX-License-Identifier: Apache-2.0
// A searchable combobox for a select of hosts.  The select keeps the form's value.
"use strict";

window.migrationPanel.once(
  "picker",
  ({ closest, component, createElement, describe, formatText, PickerList, pickerRules }) => {
    const SELECT = "select[data-picker]";
    /** @type {WeakMap<Element, Picker>} */
    const pickers = new WeakMap();
    let pickerCount = 0;

    class Picker {
      /** @param {HTMLSelectElement} select */
      constructor(select) {
        pickerCount += 1;
        const id = `migration-picker-${pickerCount}`;
        this.select = select;
        this.input = createInput(id, select);
        this.list = new PickerList(id, select);
        this.chosen = createElement("div", { class: "migration-picker-chosen", id: `${id}-chosen` });
        this.status = createElement("div", { class: "sr-only", role: "status" });
        this.isSearching = false;
        this.insert();
        this.listen();
        this.showChoice();
      }

      /** Put the combobox in the place of the select. */
      insert() {
        const label = this.select.labels[0];
        label.htmlFor = this.input.id;
        this.list.element.setAttribute("aria-label", label.textContent);
        const box = createElement("div", { class: "migration-picker" });
        box.append(this.input, this.list.element, this.chosen, this.status);
        this.select.after(box);
        this.select.hidden = true;
      }

      listen() {
        this.input.addEventListener("click", () => this.open());
        this.input.addEventListener("focus", () => this.input.select());
        this.input.addEventListener("input", () => this.search());
        this.input.addEventListener("keydown", (event) => this.onKey(event));
        this.input.addEventListener("blur", () => this.onBlur());
        const { element } = this.list;
        // A click in the list must not take the focus from the field.
        element.addEventListener("mousedown", (event) => event.preventDefault());
        element.addEventListener("click", (event) => this.choose(this.list.optionOf(closest(event, "[role=option]"))));
      }

      showChoice() {
        const option = this.select.selectedOptions[0];
        this.input.value = option ? pickerRules.displayName(option) : "";
        this.chosen.replaceChildren(...(option?.value ? describe(option) : []));
      }

      open() {
        if (this.list.isOpen) return;
        this.list.open();
        this.input.setAttribute("aria-expanded", "true");
        this.activate(this.select.selectedOptions[0]);
      }

      close() {
        this.list.close();
        this.isSearching = false;
        this.input.setAttribute("aria-expanded", "false");
        this.activate(null);
      }

      /** @param {HTMLOptionElement | null | undefined} option */
      activate(option) {
        const rowId = this.list.activate(option);
        if (rowId) this.input.setAttribute("aria-activedescendant", rowId);
        else this.input.removeAttribute("aria-activedescendant");
      }

      search() {
        this.open();
        this.isSearching = true;
        const text = this.input.value;
        const found = this.list.filter(text);
        this.activate(pickerRules.firstChoice(found));
        const { textFound, textNone } = this.select.dataset;
        this.status.textContent = formatText(found.length ? textFound : textNone, { count: found.length, text });
      }

      /** @param {KeyboardEvent} event */
      onKey(event) {
        const action = pickerRules.keyAction(event.key, this.list.isOpen);
        if (!action) return;
        if (action.type === "open") this.open();
        else if (action.type === "move") this.activate(this.list.next(action.step));
        else if (action.type === "choose") this.choose(this.list.active);
        else if (action.type === "accept") this.accept(this.list.active);
        else if (action.type === "cancel") this.cancel(event);
        // The Tab key moves the focus as well.
        if (action.type !== "accept") event.preventDefault();
      }

      /** @param {Event} event */
      cancel(event) {
        this.close();
        this.showChoice();
        // Horizon's modal would close too.
        event.stopPropagation();
      }

      /**
       * Choose an option.  A disabled option shows its reason, and the list stays open.
       * @param {HTMLOptionElement | null | undefined} option
       */
      choose(option) {
        if (!option) return;
        if (option.disabled) {
          this.status.textContent = option.textContent;
          this.activate(option);
        } else {
          this.accept(option);
          this.input.select();
        }
      }

      /**
       * Close the list with an option.  Without an option, or with a disabled option, the choice stays.
       * @param {HTMLOptionElement | null | undefined} option
       */
      accept(option) {
        const hasChanged = option && !option.disabled && this.select.value !== option.value;
        if (hasChanged) this.select.value = option.value;
        this.close();
        this.showChoice();
        if (hasChanged) this.select.dispatchEvent(new Event("change", { bubbles: true }));
      }

      /** Leaving the field chooses only a full name that was typed. */
      onBlur() {
        if (!this.list.isOpen) return;
        this.accept(this.isSearching ? pickerRules.typedOption(this.select.options, this.input.value) : null);
      }
    }

    /**
     * @param {string} id
     * @param {HTMLSelectElement} select
     */
    function createInput(id, select) {
      return createElement("input", {
        type: "text",
        class: "form-control",
        id,
        autocomplete: "off",
        spellcheck: "false",
        role: "combobox",
        "aria-autocomplete": "list",
        "aria-controls": `${id}-list`,
        "aria-expanded": "false",
        "aria-describedby": [select.getAttribute("aria-describedby"), `${id}-chosen`].filter(Boolean).join(" "),
      });
    }

    component(`${SELECT}:not(:disabled)`, (/** @type {HTMLSelectElement} */ select) => {
      pickers.set(select, new Picker(select));
    });
    // A browser that returns to the page may have changed the select.
    window.addEventListener("pageshow", () => {
      for (const select of document.querySelectorAll(SELECT)) pickers.get(select)?.showChoice();
    });
  },
);
