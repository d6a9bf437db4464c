// SPDX-License-Identifier: Apache-2.0
// Polls the lists of migrations: one request for all rows, whatever their number.  rows.js and ages.js show the answer.
"use strict";

(() => {
  const RETRY_MS = 3000;
  // Longer than Horizon itself waits for Nova.
  const PATIENCE_MS = 30000;
  // Rows that come with the first page have no figures yet, so the first poll does not wait.
  const FIRST_POLL_MS = 300;
  // What a form has just asked for is on record only some moments after the board is back.
  const EAGER_MS = 20000;

  class Board {
    constructor(root) {
      this.root = root;
      this.cursor = root.dataset.cursor;
      this.currentAt = null;
      this.openedAt = new Date();
      this.timer = null;
      this.stopped = false;
      document.addEventListener("visibilitychange", () => this.onVisibility());
      root.addEventListener("migration-acted", () => this.startAfresh());
      this.schedule(FIRST_POLL_MS);
    }

    onVisibility() {
      if (this.stopped) return;
      if (document.hidden) {
        clearTimeout(this.timer);
        this.tell(this.currency.dataset.textPaused);
      } else {
        this.schedule(0);
      }
    }

    /** An action may change a row whose migration does not change. */
    startAfresh() {
      this.cursor = "";
      this.schedule(0);
    }

    schedule(delay) {
      clearTimeout(this.timer);
      if (!this.stopped && !document.hidden) this.timer = setTimeout(() => this.poll(), delay);
    }

    async poll() {
      // A tab of Horizon's may have been replaced meanwhile.
      if (!this.root.isConnected) return this.stop();
      let delay = RETRY_MS;
      try {
        delay = await this.refresh();
      } finally {
        this.schedule(delay);
      }
    }

    /** @returns {Promise<number>} milliseconds until the next poll */
    async refresh() {
      const response = await fetch(this.address(), {
        headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
        credentials: "same-origin",
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => null);
      if (!response) return this.outdated(this.currency.dataset.textStale);
      if (response.status === 401 || response.redirected) return this.end("[data-signed-out]");
      // The region, project or user changed: the new rows do not belong to this page.
      if (response.status === 409) return this.end("[data-outdated]");
      const body = await response.json().catch(() => ({}));
      if (!response.ok || !body.migrations) return this.outdated(this.currency.dataset.textFailed, body.error);
      this.cursor = body.cursor;
      const detail = {
        migrations: [...body.migrations, ...(body.unlisted || [])],
        date: response.headers.get("Date"),
        complete: body.complete,
      };
      this.root.dispatchEvent(new CustomEvent("migration-polled", { detail }));
      this.currentAt = new Date();
      this.tell(this.currency.dataset.textCurrent);
      const eager = Date.now() - this.openedAt < EAGER_MS;
      return eager ? Math.min(body.poll_after_ms, RETRY_MS) : body.poll_after_ms;
    }

    address() {
      const address = new URL(this.root.dataset.statusUrl, document.baseURI);
      address.searchParams.set("html", "1");
      address.searchParams.set("binding", this.root.querySelector("[name=binding]").value);
      if (this.cursor) address.searchParams.set("cursor", this.cursor);
      if (this.root.dataset.instance) address.searchParams.set("instance", this.root.dataset.instance);
      return address;
    }

    get currency() {
      return this.root.querySelector("[data-currency]");
    }

    tell(text, detail) {
      const time = clock(this.currentAt || this.openedAt, this.root.dataset);
      this.currency.textContent = [text.replace("{time}", time), detail].filter(Boolean).join(" ");
      this.currency.classList.remove("text-danger");
    }

    /** Marks what is shown as old, which a first page without an answer is from the beginning. */
    outdated(text, detail) {
      this.tell(text, detail);
      this.currency.classList.add("text-danger");
      return RETRY_MS;
    }

    /** @param {string} why selector of the element with the message */
    end(why) {
      this.stop();
      this.root.querySelector(why).hidden = false;
      return this.outdated(this.currency.dataset.textFailed);
    }

    stop() {
      this.stopped = true;
      clearTimeout(this.timer);
    }
  }

  /** Format a time in the zone of Horizon's settings; a browser may not know the zone. */
  function clock(date, { language, timeZone }) {
    try {
      return date.toLocaleTimeString(language, { timeZone, timeZoneName: "short" });
    } catch {
      return date.toLocaleTimeString(language);
    }
  }

  for (const root of document.querySelectorAll("[data-migration-board]:not([data-polled])")) {
    root.dataset.polled = "";
    new Board(root);
  }
})();
