// SPDX-License-Identifier: Apache-2.0
// Narrows the list of hosts while its reader types, and sends an evacuation only once, even after a double click.  Uses delegation: Horizon replaces tabs.
"use strict";

(() => {
  // The script comes again with each tab of Horizon's that holds it.
  if (document.documentElement.dataset.migrationHosts !== undefined) return;
  document.documentElement.dataset.migrationHosts = "";

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-host-filter]")) narrow(event.target);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-migration-evacuate]")) lock(event.target, true);
  });

  // The browser may restore the page as it was left, with disabled buttons.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-migration-evacuate]")) lock(form, false);
  });

  function lock(form, locked) {
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = locked;
  }

  function narrow(field) {
    const root = field.closest("[data-migration-hosts]");
    const text = field.value.trim().toLowerCase();
    const rows = [...root.querySelectorAll("tr[data-host]")];
    for (const row of rows) row.hidden = !row.dataset.host.toLowerCase().includes(text);
    const count = root.querySelector("[data-host-count]");
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = count.dataset.text.replace("{shown}", shown).replace("{total}", count.dataset.total);
    root.querySelector(".migration-empty").hidden = shown > 0;
  }
})();
