// SPDX-License-Identifier: Apache-2.0
// The rules of the picker: what matches, what is next, what a key does.  They change nothing in the page.
"use strict";

window.migrationPanel.once("picker-rules", (panel) => {
  /** @type {Record<string, number>} */
  const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

  /**
   * Return the name of a host, or the text of the option that lets the scheduler choose.
   * @param {HTMLOptionElement} option
   */
  function displayName(option) {
    return option.value || option.textContent;
  }

  /**
   * Return the options whose text contains every word.
   * @param {Iterable<HTMLOptionElement>} options
   * @param {string} text
   */
  function matchingOptions(options, text) {
    const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
    return [...options].filter((option) => {
      const content = option.textContent.toLowerCase();
      return terms.every((term) => content.includes(term));
    });
  }

  /**
   * Return the first option that the user may choose, or else the first.
   * @param {HTMLOptionElement[]} options
   */
  function firstChoice(options) {
    return options.find((option) => !option.disabled) ?? options[0];
  }

  /**
   * Return the option whose full name was typed.
   * @param {Iterable<HTMLOptionElement>} options
   * @param {string} text
   */
  function typedOption(options, text) {
    const name = text.trim();
    return [...options].find((option) => option.value === name || displayName(option) === name);
  }

  /**
   * Return the option `step` further.  Without an active option, start at the end that the step leads away from.
   * @param {HTMLOptionElement[]} options
   * @param {HTMLOptionElement | null} active
   * @param {number} step
   */
  function nextOption(options, active, step) {
    const last = options.length - 1;
    if (!active) return options[step > 0 ? 0 : last];
    return options[Math.max(0, Math.min(last, options.indexOf(active) + step))];
  }

  /**
   * @param {string} key
   * @param {boolean} isOpen
   * @returns {PickerAction | null} null if the browser handles the key
   */
  function keyAction(key, isOpen) {
    if (key in STEPS) return isOpen ? { type: "move", step: STEPS[key] } : { type: "open" };
    // A closed list must not submit the form either.
    if (key === "Enter") return { type: isOpen ? "choose" : "ignore" };
    if (!isOpen) return null;
    if (key === "Tab") return { type: "accept" };
    return key === "Escape" ? { type: "cancel" } : null;
  }

  /**
   * Return the bars of a resource in percent of the total.  A bar ends where the resource ends.
   * @param {string} amounts used, requested by the instance, and total
   */
  function usageBars(amounts) {
    const [used, requested, total] = amounts.split(" ").map(Number);
    return [usageBar("used", 0, used / total), usageBar("taken", used / total, requested / total)];
  }

  /**
   * @param {string} name
   * @param {number} start share of the total
   * @param {number} share
   */
  function usageBar(name, start, share) {
    return { name, x: 100 * start, width: Math.max(0, Math.min(100 * share, 100 - 100 * start)) };
  }

  panel.pickerRules = {
    displayName,
    matchingOptions,
    firstChoice,
    typedOption,
    nextOption,
    keyAction,
    usageBars,
  };
});
