// SPDX-License-Identifier: Apache-2.0
// Polls a list of migrations: one request for all rows.  rows.js and ages.js show the answer.
"use strict";

window.migrationPanel.once("board", (panel) => {
  // The first page has no figures yet.
  const FIRST_POLL_MS = 300;
  // Nova records a migration only some moments after the form was sent, so that the board polls more often at first.
  const FREQUENT_MS = 20000;

  class Board {
    /** @param {HTMLElement} root */
    constructor(root) {
      this.root = root;
      this.cursor = root.dataset.cursor;
      this.openedAt = Date.now();
      this.status = new panel.UpdateStatus(root);
      this.poller = new panel.Poller(() => this.poll(), { onPause: () => this.status.showPaused() });
      root.addEventListener("migration-acted", () => this.restart());
      this.poller.schedule(FIRST_POLL_MS);
    }

    /** Fetch all rows: an action may change a row whose migration does not change. */
    restart() {
      this.cursor = "";
      this.poller.schedule(0);
    }

    /** @returns {Promise<number | null>} milliseconds until the next poll */
    async poll() {
      // Horizon may have replaced the tab that contained the board.
      if (!this.root.isConnected) return this.stop();
      /** @type {JsonAnswer<StatusData>} */
      const answer = await panel.fetchJson(this.address(), { required: "migrations" });
      if (answer.outcome !== "ok") return this.status.showFailure(answer) ?? this.stop();
      this.publish(answer.data, answer.date);
      this.status.showCurrent();
      const isFrequent = Date.now() - this.openedAt < FREQUENT_MS;
      return isFrequent ? Math.min(answer.data.poll_after_ms, panel.RETRY_MS) : answer.data.poll_after_ms;
    }

    /**
     * @param {StatusData} data
     * @param {string | null} date
     */
    publish({ cursor, migrations, unlisted = [], complete, overview }, date) {
      this.cursor = cursor;
      const detail = { migrations: [...migrations, ...unlisted], date, complete, overview };
      this.root.dispatchEvent(new CustomEvent("migration-polled", { detail }));
    }

    address() {
      return panel.buildUrl(this.root.dataset.statusUrl, {
        html: "1",
        binding: panel.bindingOf(this.root),
        cursor: this.cursor || undefined,
        instance: this.root.dataset.instance || undefined,
      });
    }

    stop() {
      this.poller.stop();
      return null;
    }
  }

  panel.component("[data-migration-board]", (root) => new Board(root));
});
