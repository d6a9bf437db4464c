// SPDX-License-Identifier: Apache-2.0
// Filters the list of hosts while the user types, and sends an evacuation only once, even after a double click.
"use strict";

window.migrationPanel.once("hosts", ({ component, formatText, query }) => {
  const EVACUATION = "[data-migration-evacuate]";

  /** @param {HTMLElement} root */
  function filterHosts(root) {
    const field = query(root, "[data-host-filter]", HTMLInputElement);
    field.addEventListener("input", () => {
      const text = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("tr[data-host]"))) {
        row.hidden = !row.dataset.host?.toLowerCase().includes(text);
        if (!row.hidden) shown += 1;
      }
      const count = query(root, "[data-host-count]");
      count.textContent = formatText(count.dataset.text, { shown, total: count.dataset.total ?? "" });
      query(root, ".migration-empty").hidden = shown > 0;
    });
  }

  /**
   * @param {Element} form
   * @param {boolean} isLocked
   */
  function setLocked(form, isLocked) {
    for (const button of form.querySelectorAll("button")) {
      if (button.type === "submit") button.disabled = isLocked;
    }
  }

  component("[data-migration-hosts]", filterHosts);
  component(EVACUATION, (form) => form.addEventListener("submit", () => setLocked(form, true)));
  // A browser may restore the page with disabled buttons.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll(EVACUATION)) setLocked(form, false);
  });
});
