// SPDX-License-Identifier: Apache-2.0
// Reports migrations that finish, fail or wait: by a number in the title, and by a notification if the user allows it.
"use strict";

window.migrationPanel.once("notify", ({ closest, component, query }) => {
  const WATCHED = "migration-panel-watched";
  const NOTIFIED = "migration-panel-notified";
  const MAX_ENTRIES = 200;
  const FINISHED_PHASES = ["done", "failed", "cancelled"];
  const NOTIFIED_PHASES = [...FINISHED_PHASES, "confirm", "over"];
  const title = document.title;

  /** @typedef {Record<string, any>} Entries */

  /** @param {HTMLElement} board */
  function update(board) {
    const count = board.querySelectorAll('tbody[data-section="needs-you"] tr[data-instance-id]').length;
    document.title = count ? `(${count}) ${title}` : title;
    offerPermission(board);
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (board.querySelectorAll("tr[data-instance-id]"))) {
      showWatched(row);
      track(board, row);
    }
  }

  /** @param {HTMLElement} board */
  function offerPermission(board) {
    const button = board.querySelector("[data-notify-ask]");
    if (!(button instanceof HTMLElement)) return;
    button.hidden = !window.isSecureContext || window.Notification?.permission !== "default";
  }

  /**
   * @param {string} name
   * @returns {Entries}
   */
  function load(name) {
    try {
      return JSON.parse(localStorage.getItem(name) ?? "") || {};
    } catch {
      return {};
    }
  }

  /**
   * Without storage, no migration is watched, and everything else works.
   * @param {string} name
   * @param {Entries} entries
   */
  function store(name, entries) {
    try {
      localStorage.setItem(name, JSON.stringify(Object.fromEntries(Object.entries(entries).slice(-MAX_ENTRIES))));
    } catch {
      return;
    }
  }

  /**
   * Return the key of a migration.  If an administrator started it, its record is not in every answer.
   * @param {HTMLElement} row
   */
  function keyOf(row) {
    return row.dataset.adminStarted === undefined ? row.id : `instance-${row.dataset.instanceId}`;
  }

  /** @param {HTMLElement} row */
  function toggleWatched(row) {
    const watched = load(WATCHED);
    const key = keyOf(row);
    // An empty entry, not a missing entry: the user's own migrations without an entry are watched.
    watched[key] = watched[key] ? "" : row.dataset.phase;
    store(WATCHED, watched);
    showWatched(row);
  }

  /** @param {HTMLElement} row */
  function showWatched(row) {
    if (!row.querySelector("[data-watch]")) return;
    const button = query(row, "[data-watch]");
    button.hidden = !window.Notification || FINISHED_PHASES.includes(row.dataset.phase ?? "");
    button.setAttribute("aria-pressed", String(Boolean(load(WATCHED)[keyOf(row)])));
  }

  /**
   * @param {HTMLElement} board
   * @param {HTMLElement} row
   */
  function track(board, row) {
    const watched = load(WATCHED);
    const key = keyOf(row);
    const { phase = "", own } = row.dataset;
    const isNotified = NOTIFIED_PHASES.includes(phase);
    if (own !== undefined && !(key in watched) && !isNotified) {
      watched[key] = phase;
      store(WATCHED, watched);
    }
    if (!watched[key] || watched[key] === phase) return;
    watched[key] = phase;
    // A migration that waits for its confirmation is not finished.
    if (isNotified && phase !== "confirm") delete watched[key];
    store(WATCHED, watched);
    if (isNotified) notifyOnce(board, row);
  }

  /**
   * Notify from a single tab: the tab that gets the lock first, where the browser has locks.
   * @param {HTMLElement} board
   * @param {HTMLElement} row
   */
  function notifyOnce(board, row) {
    const tag = `${keyOf(row)} ${row.dataset.phase}`;
    const notifyIfFirst = () => {
      const notified = load(NOTIFIED);
      if (notified[tag]) return;
      store(NOTIFIED, { ...notified, [tag]: Date.now() });
      notify(board, row, tag);
    };
    if (navigator.locks) navigator.locks.request(NOTIFIED, notifyIfFirst);
    else notifyIfFirst();
  }

  /**
   * @param {HTMLElement} board
   * @param {HTMLElement} row
   * @param {string} tag
   */
  function notify(board, row, tag) {
    if (window.Notification?.permission !== "granted") return;
    // A notification replaces the notification of another tab that has the same tag.
    const notification = new Notification(board.dataset.textNotification ?? "", {
      body: row.dataset.announcement,
      tag,
    });
    notification.addEventListener("click", () => {
      window.focus();
      row.scrollIntoView({ block: "center" });
    });
  }

  component("[data-migration-board]", (board) => {
    update(board);
    board.addEventListener("migration-changed", () => update(board));
    board.addEventListener("click", (event) => {
      const row = closest(event, "[data-watch]")?.closest("tr");
      if (row) toggleWatched(row);
      // A browser shows its question only after a click.
      if (closest(event, "[data-notify-ask]")) Notification.requestPermission().then(() => offerPermission(board));
    });
  });
});
