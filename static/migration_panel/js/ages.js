// SPDX-License-Identifier: Apache-2.0
// Ages of migrations grow by themselves, in the reader's language and without a request.
"use strict";

(() => {
  const AGE_REFRESH_MS = 30000;
  const CLOCK_TOLERANCE_MS = 5000;
  // In seconds; what is younger than the last is "now".
  const UNITS = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];

  // By how much this machine's clock is ahead of the server's, in milliseconds: ages are the server's.
  let ahead = 0;

  /** A header counts whole seconds, and the answer took a moment: only what is beyond both is a wrong clock. */
  function heedClock(date) {
    const found = Date.now() - Date.parse(date);
    if (Math.abs(found - ahead) > CLOCK_TOLERANCE_MS) ahead = found;
  }

  function showAges(root) {
    const format = new Intl.RelativeTimeFormat(root.dataset.language || undefined, { numeric: "auto", style: "short" });
    for (const time of root.querySelectorAll("time[data-age]")) {
      const seconds = (Date.parse(time.dateTime) + ahead - Date.now()) / 1000;
      const [unit, size] = UNITS.find(([, length]) => -seconds >= length) || ["second", Infinity];
      time.textContent = format.format(Math.min(0, Math.trunc(seconds / size)), unit);
    }
  }

  for (const root of document.querySelectorAll("[data-migration-board]:not([data-aged])")) {
    root.dataset.aged = "";
    showAges(root);
    setInterval(() => showAges(root), AGE_REFRESH_MS);
    root.addEventListener("migration-polled", (event) => heedClock(event.detail.date));
    root.addEventListener("migration-changed", () => showAges(root));
  }
})();
