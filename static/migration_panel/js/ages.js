// SPDX-License-Identifier: Apache-2.0
// Updates the ages of migrations in the user's language, without a request.
"use strict";

window.migrationPanel.once("ages", ({ component, serverNow, syncServerClock }) => {
  const REFRESH_MS = 30000;
  // In seconds, largest first.  A younger age is "now".
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const UNITS = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];

  /** @param {HTMLElement} root */
  function showAges(root) {
    const format = new Intl.RelativeTimeFormat(root.dataset.language || undefined, { numeric: "auto", style: "short" });
    for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll("time[data-age]"))) {
      const seconds = (Date.parse(time.dateTime) - serverNow()) / 1000;
      const [unit, size] = UNITS.find(([, length]) => -seconds >= length) ?? ["second", Infinity];
      time.textContent = format.format(Math.min(0, Math.trunc(seconds / size)), unit);
    }
  }

  component("[data-migration-board]", (root) => {
    showAges(root);
    setInterval(() => showAges(root), REFRESH_MS);
    root.addEventListener("migration-polled", ({ detail }) => syncServerClock(detail.date));
    root.addEventListener("migration-changed", () => showAges(root));
  });
});
