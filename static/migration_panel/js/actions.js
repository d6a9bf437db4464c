// SPDX-License-Identifier: Apache-2.0
// The buttons of a row and of the selected rows: a dialog asks the user, and the page stays.
"use strict";

window.migrationPanel.once("actions", ({ closest, component, fetchJson, formatText, query }) => {
  const CONCURRENCY = 4;

  /** @typedef {{address: string, instance: string, name: string}} Action */

  /**
   * @param {HTMLElement} board
   * @param {Event} event
   */
  function onClick(board, event) {
    const answer = closest(event, "[data-dialog-answer]");
    if (answer) answer.closest("dialog")?.close(answer.dataset.dialogAnswer);
    const bulkButton = closest(event, "[data-selected-action]");
    if (bulkButton) confirmActions(board, bulkButton.textContent, selectedButtons(board, bulkButton));
    const button = closest(event, "[data-migration-action]", HTMLButtonElement);
    if (!button) return;
    event.preventDefault();
    confirmActions(board, `${button.textContent}: ${instanceName(button)}`, [button]);
  }

  /** @param {HTMLButtonElement} button */
  function instanceName(button) {
    return document.getElementById(button.getAttribute("aria-describedby") ?? "")?.textContent.trim() ?? "";
  }

  /**
   * Return the buttons of one action in the selected rows that have it.
   * @param {HTMLElement} board
   * @param {HTMLElement} bulkButton
   * @returns {HTMLButtonElement[]}
   */
  function selectedButtons(board, bulkButton) {
    const selector = `[data-migration-action="${bulkButton.dataset.selectedAction}"]`;
    const boxes = [...board.querySelectorAll("[data-select]:checked")];
    return boxes
      .map((box) => box.closest("tr")?.querySelector(selector))
      .filter((button) => button instanceof HTMLButtonElement);
  }

  /**
   * @param {HTMLElement} board
   * @returns {NodeListOf<HTMLInputElement>}
   */
  function boxesIn(board) {
    return board.querySelectorAll("[data-select]");
  }

  /**
   * The box in the table's head shows whether all rows are selected.
   * @param {HTMLElement} board
   */
  function showSelectAll(board) {
    const all = board.querySelector("[data-select-all]");
    if (!(all instanceof HTMLInputElement)) return;
    const boxes = [...boxesIn(board)];
    all.hidden = boxes.length === 0;
    all.checked = !all.hidden && boxes.every(({ checked }) => checked);
    all.indeterminate = !all.checked && boxes.some(({ checked }) => checked);
  }

  /** @param {HTMLElement} board */
  function offerBulkActions(board) {
    showSelectAll(board);
    let hasAny = false;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (board.querySelectorAll("[data-selected-action]"))) {
      const count = selectedButtons(board, button).length;
      button.hidden = count === 0;
      button.textContent = formatText(button.dataset.text, { count });
      hasAny ||= count > 0;
    }
    query(board, "[data-selected]").hidden = !hasAny;
  }

  /**
   * @param {HTMLElement} board
   * @param {string} title
   * @param {HTMLButtonElement[]} buttons of one action
   */
  function confirmActions(board, title, buttons) {
    const dialog = query(board, "[data-dialog]", HTMLDialogElement);
    query(dialog, "[data-dialog-title]").textContent = title;
    const lines = buttons.map((button) =>
      paragraph(buttons.length > 1 ? `${instanceName(button)}: ` : "", button.dataset.question),
    );
    query(dialog, "[data-dialog-question]").replaceChildren(...lines);
    query(dialog, "[data-dialog-answer='yes']").textContent = buttons[0].textContent;
    dialog.returnValue = "";
    // The rows may change while the dialog is open: the user confirms what the dialog shows.
    const actions = buttons.map((button) => ({
      address: button.formAction,
      instance: button.value,
      name: instanceName(button),
    }));
    dialog.addEventListener("close", () => dialog.returnValue && performAll(board, actions), { once: true });
    dialog.showModal();
  }

  /**
   * @param {string} name
   * @param {string} [text]
   */
  function paragraph(name, text = "") {
    const element = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = name;
    element.append(strong, text);
    return element;
  }

  /**
   * @param {HTMLElement} board
   * @param {Action[]} actions
   */
  async function performAll(board, actions) {
    const queue = [...actions];
    /** @type {string[]} */
    const errors = [];
    const worker = async () => {
      for (let action = queue.shift(); action; action = queue.shift()) {
        const error = await perform(board, action);
        // A lost session has one message, however many actions failed.
        if (error === board.dataset.textReload) errors.splice(0, Infinity, error);
        else if (error) errors.push(actions.length > 1 ? `${action.name}: ${error}` : error);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    const alert = query(board, "[data-refusal]");
    alert.hidden = errors.length === 0;
    alert.replaceChildren(...errors.map((error) => paragraph("", error)));
    board.dispatchEvent(new CustomEvent("migration-acted"));
  }

  /**
   * @param {HTMLElement} board
   * @param {Action} action
   * @returns {Promise<string>} error, empty if Nova accepted the action
   */
  async function perform(board, { address, instance }) {
    const body = new FormData(query(document, "#migration-act", HTMLFormElement));
    // The user confirmed in the dialog already.
    body.delete("ask");
    body.set("instance", instance);
    /** @type {JsonAnswer<{}>} */
    const answer = await fetchJson(address, { body });
    if (answer.outcome === "ok") return "";
    const { textReload = "", textUnreachable = "" } = board.dataset;
    return answer.data.error || (answer.outcome === "signed-out" ? textReload : textUnreachable);
  }

  component("[data-migration-board]", (board) => {
    showSelectAll(board);
    board.addEventListener("click", (event) => onClick(board, event));
    board.addEventListener("change", (event) => {
      const all = closest(event, "[data-select-all]", HTMLInputElement);
      if (all) for (const box of boxesIn(board)) box.checked = all.checked;
      if (all || closest(event, "[data-select]")) offerBulkActions(board);
    });
    // A changed row may have other actions.
    board.addEventListener("migration-changed", () => offerBulkActions(board));
  });
});
