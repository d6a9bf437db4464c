// SPDX-License-Identifier: Apache-2.0
// Updates the page of a drain or a return, and continues the work while any is left.
"use strict";

window.migrationPanel.once("run", (panel) => {
  class Run {
    /** @param {HTMLElement} root */
    constructor(root) {
      this.root = root;
      this.form = panel.query(document, "#migration-run-form", HTMLFormElement);
      // The proof that the user ordered the work.  Without the proof, the page only polls: a link must not start work.
      this.order = root.dataset.order ?? "";
      this.hasWork = root.dataset.canContinue !== undefined;
      this.status = new panel.UpdateStatus(root);
      // A hidden page polls too, since work may be left.
      new panel.Poller(() => this.poll()).schedule(0);
    }

    /** @returns {Promise<number | null>} milliseconds until the next poll */
    async poll() {
      const answer = await this.request();
      if (answer.outcome !== "ok") return this.status.showFailure(answer);
      this.show(answer.data);
      this.hasWork = answer.data.goes_on;
      this.order = answer.data.order;
      this.status.showCurrent(answer.data.error);
      return answer.data.poll_after_ms;
    }

    /** @returns {Promise<JsonAnswer<RunData>>} */
    request() {
      const address = this.root.dataset.run;
      if (this.hasWork && this.order) {
        const body = new FormData(this.form);
        return panel.fetchJson(panel.buildUrl(address, { html: "1" }), { body, required: "html" });
      }
      const parameters = { html: "1", binding: panel.bindingOf(this.form), order: this.order || undefined };
      return panel.fetchJson(panel.buildUrl(address, parameters), { required: "html" });
    }

    /** @param {RunData} data */
    show({ html, headline }) {
      if (panel.query(this.root, "[data-headline]").dataset.headline !== headline) {
        panel.query(this.root, "[data-announcer]").textContent = headline;
      }
      panel.replaceParts(this.root, panel.parseHtml(html));
    }
  }

  panel.component("[data-run]", (root) => new Run(root));
});
