// SPDX-License-Identifier: Apache-2.0
// The buttons of a row and of the selected rows: asks in a dialog, then acts without leaving the page.
"use strict";

(() => {
  // The script comes again with each tab of Horizon's that holds it.
  if (document.documentElement.dataset.migrationActions !== undefined) return;
  document.documentElement.dataset.migrationActions = "";

  // Requests under way at once when several rows are acted on.
  const AT_ONCE = 4;

  document.addEventListener("click", (event) => {
    const answer = event.target.closest("[data-dialog-answer]");
    if (answer) answer.closest("dialog").close(answer.dataset.dialogAnswer);
    const several = event.target.closest("[data-selected-action]");
    if (several) ask(boardOf(several), several.textContent, selected(boardOf(several), several.dataset.selectedAction));
    const button = event.target.closest("[data-migration-action]");
    if (!button) return;
    event.preventDefault();
    ask(boardOf(button), `${button.textContent}: ${nameOf(button)}`, [button]);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select]")) offer(boardOf(event.target));
  });
  // Rows change under the selection: what is offered follows.
  document.addEventListener("migration-changed", (event) => offer(event.target));

  function boardOf(element) {
    return element.closest("[data-migration-board]");
  }

  function nameOf(button) {
    return document.getElementById(button.getAttribute("aria-describedby")).textContent.trim();
  }

  /** The buttons of one action in the selected rows that have it. */
  function selected(board, action) {
    const cells = [...board.querySelectorAll("[data-select]:checked")].map((box) => box.closest("td"));
    return cells.map((cell) => cell.querySelector(`[data-migration-action="${action}"]`)).filter(Boolean);
  }

  function offer(board) {
    let any = false;
    for (const button of board.querySelectorAll("[data-selected-action]")) {
      const number = selected(board, button.dataset.selectedAction).length;
      button.hidden = number === 0;
      button.textContent = button.dataset.text.replace("{count}", number);
      any ||= number > 0;
    }
    board.querySelector("[data-selected]").hidden = !any;
  }

  function ask(board, title, buttons) {
    const dialog = board.querySelector("[data-dialog]");
    dialog.querySelector("[data-dialog-title]").textContent = title;
    dialog
      .querySelector("[data-dialog-question]")
      .replaceChildren(
        ...buttons.map((button) => line(buttons.length > 1 ? `${nameOf(button)}: ` : "", button.dataset.question)),
      );
    dialog.querySelector("[data-dialog-answer='yes']").textContent = buttons[0].textContent;
    dialog.returnValue = "";
    // What is asked for is fixed now: the rows may change while the dialog is open.
    const orders = buttons.map((button) => ({
      address: button.formAction,
      instance: button.value,
      name: nameOf(button),
    }));
    dialog.addEventListener("close", () => dialog.returnValue && actOnAll(board, orders), { once: true });
    dialog.showModal();
  }

  function line(name, question) {
    const paragraph = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = name;
    paragraph.append(strong, question);
    return paragraph;
  }

  async function actOnAll(board, orders) {
    const waiting = [...orders];
    const refusals = [];
    const worker = async () => {
      for (let order = waiting.shift(); order; order = waiting.shift()) {
        const refusal = await act(board, order);
        if (refusal === board.dataset.textReload) refusals.splice(0, Infinity, refusal);
        else if (refusal) refusals.push(orders.length > 1 ? `${order.name}: ${refusal}` : refusal);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const shown = board.querySelector("[data-refusal]");
    shown.hidden = refusals.length === 0;
    shown.replaceChildren(...refusals.map((refusal) => line("", refusal)));
    board.dispatchEvent(new CustomEvent("migration-acted"));
  }

  /** @returns {Promise<string>} why it was refused, empty if it was not */
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
    if (response?.ok) return "";
    const answer = response ? await response.json().catch(() => ({})) : {};
    // Horizon refuses a form after the session has changed, without an explanation.
    const refused = [401, 403].includes(response?.status) || response?.redirected;
    return answer.error || (refused ? board.dataset.textReload : board.dataset.textUnreachable);
  }
})();
