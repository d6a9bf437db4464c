// SPDX-License-Identifier: Apache-2.0
// What pages that update themselves share: repeated requests, and the line that says how current a page is.
"use strict";

window.migrationPanel.once("polling", (panel) => {
  /** Calls `poll` again and again, after the delay that it returned. */
  class Poller {
    /**
     * @param {() => Promise<number | null>} poll milliseconds until the next call; null: when the page is shown again
     * @param {{onPause?: () => void}} options with `onPause`, a hidden page does not poll
     */
    constructor(poll, { onPause } = {}) {
      this.poll = poll;
      this.onPause = onPause;
      this.isStopped = false;
      /** @type {number | undefined} */
      this.timer = undefined;
      document.addEventListener("visibilitychange", () => this.onVisibilityChange());
    }

    onVisibilityChange() {
      if (this.isStopped) return;
      if (!document.hidden) {
        this.schedule(0);
      } else if (this.onPause) {
        clearTimeout(this.timer);
        this.onPause();
      }
    }

    /** @param {number} delay milliseconds */
    schedule(delay) {
      clearTimeout(this.timer);
      if (this.isStopped || (this.onPause && document.hidden)) return;
      this.timer = setTimeout(() => this.run(), delay);
    }

    async run() {
      /** @type {number | null} */
      let delay = panel.RETRY_MS;
      try {
        delay = await this.poll();
      } finally {
        if (delay !== null) this.schedule(delay);
      }
    }

    stop() {
      this.isStopped = true;
      clearTimeout(this.timer);
    }
  }

  /** The line that says how current a page is, and the messages of a session that ended or changed. */
  class UpdateStatus {
    /** @param {HTMLElement} root */
    constructor(root) {
      this.root = root;
      this.line = panel.query(root, "[data-currency]");
      this.updatedAt = new Date();
    }

    /**
     * @param {string | undefined} text
     * @param {string} [detail] an error
     */
    show(text, detail = "") {
      const message = panel.formatText(text, { time: panel.formatTime(this.updatedAt, this.root.dataset) });
      this.line.textContent = detail ? `${message} ${detail}` : message;
      this.line.classList.toggle("text-danger", Boolean(detail));
    }

    /** @param {string} [detail] an error */
    showCurrent(detail) {
      this.updatedAt = new Date();
      this.show(this.line.dataset.textCurrent, detail);
    }

    showPaused() {
      this.show(this.line.dataset.textPaused);
    }

    /**
     * @param {{outcome: string, data: {error?: string}}} answer
     * @returns {number | null} milliseconds until the next try, null if another try cannot help
     */
    showFailure({ outcome, data }) {
      const { textStale, textFailed } = this.line.dataset;
      const isOver = outcome === "signed-out" || outcome === "switched";
      if (isOver)
        panel.query(this.root, outcome === "switched" ? "[data-outdated]" : "[data-signed-out]").hidden = false;
      this.show(outcome === "unreachable" ? textStale : textFailed, isOver ? "" : data.error);
      this.line.classList.add("text-danger");
      return isOver ? null : panel.RETRY_MS;
    }
  }

  panel.Poller = Poller;
  panel.UpdateStatus = UpdateStatus;
});
