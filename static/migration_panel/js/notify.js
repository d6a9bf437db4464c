// SPDX-License-Identifier: Apache-2.0
// Tells of migrations that end, fail or wait while nobody looks: in the title, and as a notification if that is allowed.
"use strict";

(() => {
  // The script comes again with each tab of Horizon's that holds it.
  if (document.documentElement.dataset.migrationNotify !== undefined) return;
  document.documentElement.dataset.migrationNotify = "";

  const WATCHED = "migration-panel-watched";
  const TOLD = "migration-panel-told";
  const MOST = 200;
  const TELLING = ["done", "failed", "cancelled", "confirm", "over"];
  const title = document.title;

  document.addEventListener("migration-changed", (event) => look(event.target));
  document.addEventListener("click", (event) => {
    const watch = event.target.closest("[data-watch]");
    if (watch) toggle(watch);
    const ask = event.target.closest("[data-notify-ask]");
    if (ask) Notification.requestPermission().then(() => offer(boardOf(ask)));
  });
  for (const board of document.querySelectorAll("[data-migration-board]")) look(board);

  function boardOf(element) {
    return element.closest("[data-migration-board]");
  }

  function look(board) {
    count(board);
    offer(board);
    for (const row of board.querySelectorAll("tr[data-instance-id]")) {
      show(row);
      follow(board, row);
    }
  }

  /** "(2) Migrations": what needs somebody. */
  function count(board) {
    const number = board.querySelectorAll('tbody[data-section="needs-you"] tr[data-instance-id]').length;
    document.title = number ? `(${number}) ${title}` : title;
  }

  /** The browser is asked only by a click. */
  function offer(board) {
    const button = board.querySelector("[data-notify-ask]");
    if (button) button.hidden = !window.isSecureContext || window.Notification?.permission !== "default";
  }

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) || {};
    } catch {
      return {};
    }
  }

  // Without storage nothing is watched, and all else works.
  function write(key, values) {
    try {
      localStorage.setItem(key, JSON.stringify(Object.fromEntries(Object.entries(values).slice(-MOST))));
    } catch {
      return;
    }
  }

  /** What others move changes between a record and an instance. */
  function key(row) {
    return row.dataset.foreign === undefined ? row.id : `instance-${row.dataset.instanceId}`;
  }

  function toggle(button) {
    const watched = read(WATCHED);
    const row = button.closest("tr");
    // Empty for one that is no longer watched, or one's own would be again.
    watched[key(row)] = watched[key(row)] ? "" : row.dataset.phase;
    write(WATCHED, watched);
    show(row);
  }

  function show(row) {
    const button = row.querySelector("[data-watch]");
    if (!button) return;
    button.hidden = !window.Notification || TELLING.slice(0, 3).includes(row.dataset.phase);
    button.setAttribute("aria-pressed", String(Boolean(read(WATCHED)[key(row)])));
  }

  function follow(board, row) {
    const watched = read(WATCHED);
    const { phase } = row.dataset;
    // One's own are watched from the beginning.
    if (row.dataset.own !== undefined && !(key(row) in watched) && !TELLING.includes(phase)) {
      watched[key(row)] = phase;
      write(WATCHED, watched);
    }
    if (!watched[key(row)] || watched[key(row)] === phase) return;
    watched[key(row)] = phase;
    // What waits for a confirmation goes on.
    if (TELLING.includes(phase) && phase !== "confirm") delete watched[key(row)];
    write(WATCHED, watched);
    if (TELLING.includes(phase)) tell(board, row);
  }

  /** Of several tabs, one: the first to take the lock, where the browser has locks. */
  function tell(board, row) {
    const tag = `${key(row)} ${row.dataset.phase}`;
    const once = () => {
      const told = read(TOLD);
      if (told[tag]) return;
      write(TOLD, { ...told, [tag]: Date.now() });
      notify(board, row, tag);
    };
    if (navigator.locks) navigator.locks.request(TOLD, once);
    else once();
  }

  function notify(board, row, tag) {
    if (window.Notification?.permission !== "granted") return;
    // The same tag replaces what another tab has shown.
    const shown = new Notification(board.dataset.textNotification, { body: row.dataset.announcement, tag });
    shown.addEventListener("click", () => {
      window.focus();
      row.scrollIntoView({ block: "center" });
    });
  }
})();
