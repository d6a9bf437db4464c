// SPDX-License-Identifier: Apache-2.0
// Loads the rest of a migration's page whenever the board has changed the migration's row.
"use strict";

window.migrationPanel.once(
  "detail",
  ({ bindingOf, buildUrl, component, fetchHtml, parseHtml, replaceParts, RETRY_MS }) => {
    class Detail {
      /** @param {HTMLElement} root */
      constructor(root) {
        this.root = root;
        this.isLoading = false;
        // Whether the row has changed since the request was sent.
        this.isOutdated = false;
        const row = document.getElementById(root.dataset.migrationDetail ?? "");
        const observed = { attributes: true, characterData: true, childList: true, subtree: true };
        if (row) new MutationObserver((changes) => changes.some(isRelevant) && this.load()).observe(row, observed);
        this.retry(false);
      }

      async load() {
        this.isOutdated = this.isLoading;
        if (this.isLoading) return;
        this.isLoading = true;
        const { outcome, status, html } = await fetchHtml(this.address());
        if (html) this.show(html);
        this.isLoading = false;
        // The list above shows that the session ended or changed.
        const isOver = outcome === "signed-out" || outcome === "switched" || status === 403;
        const hasFailed = !isOver && (outcome === "unreachable" || status >= 500 || (status < 300 && !html));
        this.showStale(hasFailed);
        if (isOver) return;
        if (this.isOutdated) this.load();
        else this.retry(hasFailed);
      }

      /** @param {boolean} isStale */
      showStale(isStale) {
        this.root.querySelector("[data-detail-stale]")?.toggleAttribute("hidden", !isStale);
      }

      address() {
        const board = document.querySelector("[data-migration-board]") ?? document;
        return buildUrl(this.root.dataset.partUrl || document.location.href, { part: "1", binding: bindingOf(board) });
      }

      /**
       * Load the part again later: if this was the last change of the row, nothing else would update the page.
       * @param {boolean} hasFailed
       */
      retry(hasFailed) {
        if (hasFailed || this.root.querySelector("[data-unread]")) setTimeout(() => this.load(), RETRY_MS);
      }

      /** @param {string} html */
      show(html) {
        const content = parseHtml(html);
        for (const copy of content.querySelectorAll("[data-copy]"))
          copy.toggleAttribute("hidden", !navigator.clipboard);
        for (const table of this.root.querySelectorAll("details[open]"))
          content.querySelector(`#${table.id}`)?.setAttribute("open", "");
        replaceParts(this.root, content);
      }
    }

    /**
     * Return whether the server caused a change of the row: scripts set the row's age and height.
     * @param {MutationRecord} change
     */
    function isRelevant({ target, attributeName }) {
      const element = target instanceof Element ? target : target.parentElement;
      return !element?.closest("[data-age]") && attributeName !== "style";
    }

    component("[data-migration-detail]", (root) => new Detail(root));
  },
);
