// SPDX-License-Identifier: Apache-2.0
// The buttons of a row: asks in a dialog, then acts without leaving the page.
"use strict";

(() => {
  // The script comes again with each tab of Horizon's that holds it.
  if (document.documentElement.dataset.migrationActions !== undefined) return;
  document.documentElement.dataset.migrationActions = "";

  document.addEventListener("click", (event) => {
    const answer = event.target.closest("[data-dialog-answer]");
    if (answer) answer.closest("dialog").close(answer.dataset.dialogAnswer);
    const button = event.target.closest("[data-migration-action]");
    if (!button) return;
    event.preventDefault();
    ask(button);
  });

  function ask(button) {
    const board = button.closest("[data-migration-board]");
    const dialog = board.querySelector("[data-dialog]");
    const name = document.getElementById(button.getAttribute("aria-describedby")).textContent.trim();
    dialog.querySelector("[data-dialog-title]").textContent = `${button.textContent}: ${name}`;
    dialog.querySelector("[data-dialog-question]").textContent = button.dataset.question;
    dialog.querySelector("[data-dialog-answer='yes']").textContent = button.textContent;
    dialog.returnValue = "";
    // What is asked for is fixed now: the row may change while the dialog is open.
    const order = { address: button.formAction, instance: button.value };
    dialog.addEventListener("close", () => dialog.returnValue && act(board, order), { once: true });
    dialog.showModal();
  }

  async function act(board, { address, instance }) {
    const body = new FormData(document.getElementById("migration-act"));
    body.delete("ask");
    body.set("instance", instance);
    const response = await fetch(address, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
      credentials: "same-origin",
    }).catch(() => null);
    const answer = response ? await response.json().catch(() => ({})) : {};
    const refusal = board.querySelector("[data-refusal]");
    refusal.hidden = Boolean(response?.ok);
    refusal.textContent = response?.ok ? "" : answer.error || board.dataset.textUnreachable;
    board.dispatchEvent(new CustomEvent("migration-acted"));
  }
})();
