// SPDX-License-Identifier: Apache-2.0
// The migrate form, as a page and within Horizon's modal.
"use strict";

window.migrationPanel.once("form", (panel) => {
  const { closest, query } = panel;
  const FORM = "[data-migration-form]";
  /** @type {WeakMap<Element, MigrateForm>} */
  const forms = new WeakMap();

  class MigrateForm {
    /** @param {HTMLFormElement} form */
    constructor(form) {
      this.form = form;
      this.checks = 0;
      form.addEventListener("change", (event) => {
        const field = closest(event, "[name=destination], [name=reference]");
        if (field instanceof HTMLSelectElement) this.onDestination(field.value);
        else if (field instanceof HTMLInputElement) this.addToLinks(field.name, field.value.trim());
      });
      form.addEventListener("click", (event) => this.onClick(event));
      form.addEventListener("submit", (event) => this.onSubmit(event));
    }

    /** @param {MouseEvent} event */
    onClick(event) {
      const link = closest(event, "[data-migration-kind]", HTMLAnchorElement);
      if (link?.closest(".modal") && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        switchKind(link);
      }
      if (closest(event, "[data-check-again]")) {
        event.preventDefault();
        this.check(true);
      }
    }

    /**
     * A second click must not submit again.  Within a modal, Horizon prevents a second submission.
     * @param {SubmitEvent} event
     */
    onSubmit(event) {
      if (this.form.closest(".modal")) return;
      if (this.form.dataset.submitted !== undefined) event.preventDefault();
      this.form.dataset.submitted = "";
      query(this.form, "[data-migrate]", HTMLButtonElement).disabled = true;
    }

    /**
     * A browser that returns from the board shows the form as the user left it, with outdated checks.
     * @param {boolean} isRestored
     */
    onPageShow(isRestored) {
      if (this.form.dataset.submitted === undefined && !isRestored) return;
      delete this.form.dataset.submitted;
      this.check(false);
    }

    /** @param {string} destination */
    onDestination(destination) {
      this.addToLinks("destination", destination);
      this.check(false);
    }

    /**
     * Add a field's value to the links to the forms of other types.
     * @param {string} name
     * @param {string} value
     */
    addToLinks(name, value) {
      for (const link of this.form.querySelectorAll("a[data-migration-kind]")) {
        if (!(link instanceof HTMLAnchorElement)) continue;
        const address = new URL(link.href);
        if (value) address.searchParams.set(name, value);
        else address.searchParams.delete(name);
        link.href = String(address);
      }
    }

    /** @param {boolean} acceptsState whether the user may then submit the instance in its present state */
    async check(acceptsState) {
      this.checks += 1;
      const check = this.checks;
      const address = panel.buildUrl(this.form.dataset.checkUrl, {
        destination: query(this.form, "[name=destination]", HTMLSelectElement).value,
        html: "1",
        binding: panel.bindingOf(this.form),
      });
      /** @type {JsonAnswer<CheckData>} */
      const answer = await panel.fetchJson(address, { required: "findings" });
      // The answers to two quick changes may arrive in the wrong order.
      if (check !== this.checks) return;
      if (answer.outcome !== "ok") return this.showFailure(answer.outcome, answer.data.error);
      // Horizon's list of hidden fields contains a second field of this name.
      if (acceptsState)
        for (const field of this.form.querySelectorAll("[name=seen]")) setValue(field, answer.data.seen);
      this.show(answer.data);
    }

    /**
     * @param {Failure} outcome
     * @param {string} [error]
     */
    showFailure(outcome, error = "") {
      const status = query(this.form, "[data-checked]");
      const { textReload = "", textFailed = "" } = status.dataset;
      if (outcome === "signed-out") status.textContent = textReload;
      else status.textContent = outcome === "switched" ? error : textFailed;
    }

    /** @param {CheckData} data */
    show({ html, summary, blocked, command, note }) {
      query(this.form, "[data-checks]").replaceChildren(panel.parseHtml(html));
      query(this.form, "[data-checked]").textContent = summary;
      query(this.form, "[data-command]").textContent = command;
      query(this.form, "[data-command-note]").textContent = note;
      const explanation = query(this.form, "[data-blocked]");
      const button = query(this.form, "[data-migrate]", HTMLButtonElement);
      explanation.hidden = !blocked;
      button.disabled = blocked;
      if (blocked) button.setAttribute("aria-describedby", explanation.id);
      else button.removeAttribute("aria-describedby");
    }
  }

  /**
   * @param {Element} field
   * @param {string} value
   */
  function setValue(field, value) {
    if (field instanceof HTMLInputElement) field.value = value;
  }

  /**
   * Show another type's form in the same modal, or as a page if that fails.
   * @param {HTMLAnchorElement} link
   */
  async function switchKind(link) {
    const { html } = await panel.fetchHtml(link.href, { accept: "text/html" });
    const next = panel.parseHtml(html).querySelector(".modal-content");
    const modal = link.closest(".modal");
    if (!next || !modal) return window.location.assign(link.href);
    query(modal, ".modal-content").replaceWith(next);
    const current = modal.querySelector("[aria-current]");
    if (current instanceof HTMLElement) current.focus();
  }

  panel.component(FORM, (/** @type {HTMLFormElement} */ form) => forms.set(form, new MigrateForm(form)));

  window.addEventListener("pageshow", ({ persisted }) => {
    for (const form of document.querySelectorAll(FORM)) forms.get(form)?.onPageShow(persisted);
  });

  // Horizon disables all links to modals and all menus while a modal's form is sent.  Before commit a6bfd2665, the links
  // stay disabled after an answer with errors.  Bootstrap sends this event only through jQuery.
  window.jQuery?.(document).on("hidden.bs.modal", () => {
    for (const control of document.querySelectorAll(".ajax-modal[disabled], .dropdown-toggle[disabled]")) {
      control.removeAttribute("disabled");
    }
  });
});
