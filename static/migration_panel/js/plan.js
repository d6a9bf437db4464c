// SPDX-License-Identifier: Apache-2.0
// The plan of a drain or a return: follows the user's choice, and is sent only once, even after a double click.
"use strict";

window.migrationPanel.once("plan", ({ closest, component, fetchHtml, parseHtml, query, RETRY_MS }) => {
  const PLAN = "[data-drain]";

  class Plan {
    /** @param {HTMLFormElement} form */
    constructor(form) {
      this.form = form;
      this.requests = 0;
      form.addEventListener("change", (event) => closest(event, "[data-replan]") && this.update());
      form.addEventListener("submit", (event) => this.onSubmit(event));
    }

    /** The server computes how each instance moves.  The form's fields stay as the user left them. */
    async update() {
      this.requests += 1;
      const request = this.requests;
      const body = new FormData(this.form);
      body.set("update", "script");
      const { outcome, html } = await fetchHtml(this.form.action, { body, accept: "text/html", isScript: false });
      // The answers to two quick changes may arrive in the wrong order.
      if (request !== this.requests) return;
      const isOver = outcome === "signed-out" || outcome === "switched";
      const status = query(this.form, "[data-replanned]");
      const { textReload = "", textFailed = "" } = status.dataset;
      status.textContent = html ? "" : isOver ? textReload : textFailed;
      if (html) this.show(html);
      else if (!isOver) setTimeout(() => request === this.requests && this.update(), RETRY_MS);
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
