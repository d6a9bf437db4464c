// SPDX-License-Identifier: Apache-2.0
// The plan of a drain or a return: follows the user's choice, and is sent only once, even after a double click.
"use strict";

window.migrationPanel.once("plan", ({ closest, component, fetchHtml, parseHtml, query, RETRY_MS }) => {
  const PLAN = "[data-drain]";

  class Plan {
    /** @param {HTMLFormElement} form */
    constructor(form) {
      this.form = form;
      this.changes = 0;
      this.isPlanning = false;
      form.addEventListener("change", (event) => closest(event, "[data-replan]") && this.update());
      form.addEventListener("submit", (event) => this.onSubmit(event));
    }

    /**
     * The server computes how each instance moves.  The form's fields stay as the user left them.  One request at a time:
     * each costs several calls to Nova, and many boxes may change at once.
     */
    async update() {
      this.changes += 1;
      if (this.isPlanning) return;
      this.isPlanning = true;
      this.form.setAttribute("aria-busy", "true");
      let included;
      let answer;
      do {
        included = this.changes;
        const body = new FormData(this.form);
        body.set("update", "script");
        answer = await fetchHtml(this.form.action, { body, accept: "text/html", isScript: false });
      } while (included !== this.changes);
      this.isPlanning = false;
      this.form.removeAttribute("aria-busy");
      const { outcome, html } = answer;
      const isOver = outcome === "signed-out" || outcome === "switched";
      const status = query(this.form, "[data-replanned]");
      const { textReload = "", textFailed = "" } = status.dataset;
      status.textContent = html ? "" : isOver ? textReload : textFailed;
      if (html) this.show(html);
      else if (!isOver) setTimeout(() => included === this.changes && this.update(), RETRY_MS);
    }

    /** @param {string} html */
    show(html) {
      const page = parseHtml(html);
      for (const present of this.form.querySelectorAll("[data-planned]")) {
        const next = page.getElementById(present.id);
        if (next && next.innerHTML !== present.innerHTML) present.replaceChildren(...next.childNodes);
      }
    }

    /** @param {SubmitEvent} event */
    onSubmit(event) {
      if (event.submitter?.getAttribute("name") === "update") return;
      if (this.form.dataset.submitted !== undefined) event.preventDefault();
      this.form.dataset.submitted = "";
    }
  }

  component(PLAN, (/** @type {HTMLFormElement} */ form) => new Plan(form));
  // A browser may restore the page as it was after the submission.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll(PLAN)) form.removeAttribute("data-submitted");
  });
});
