// SPDX-License-Identifier: Apache-2.0
// The migrate form, as a page and within Horizon's modal.  Works by delegation: a modal comes and goes.
"use strict";

(() => {
  // The script comes again with each tab of Horizon's that holds it.
  if (document.documentElement.dataset.migrationFormLoaded !== undefined) return;
  document.documentElement.dataset.migrationFormLoaded = "";

  // Longer than a request may take.
  const PATIENCE_MS = 30000;
  // How often each form was checked.
  const turns = new WeakMap();

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-migration-form]");
    if (form && event.target.name === "destination") chosen(form, event.target.value);
    if (event.target.closest("[data-several-choice]")) outdated(event.target);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-migration-kind]");
    if (link?.closest(".modal") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      switchKind(link);
    }
    const again = event.target.closest("[data-check-again]");
    if (again) {
      event.preventDefault();
      check(again.form, true);
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) copyCommand(copy);
  });

  // Outside a modal, where Horizon itself sees to it, a second click must not submit again.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-migration-form]");
    if (!form || form.closest(".modal")) return;
    if (form.dataset.submitted !== undefined) event.preventDefault();
    form.dataset.submitted = "";
    form.querySelector("[data-migrate]").disabled = true;
  });

  // Before commit a6bfd2665, Horizon leaves every link to a modal disabled after a form with errors was shown in a modal.
  // Bootstrap sends this event only through jQuery.
  window.jQuery?.(document).on("hidden.bs.modal", () => {
    for (const link of document.querySelectorAll(".migration-starts .ajax-modal[disabled]")) {
      link.removeAttribute("disabled");
    }
  });

  // Back from the board the browser shows the form as it was left: look how things stand now.
  window.addEventListener("pageshow", ({ persisted }) => {
    for (const form of document.querySelectorAll("[data-migration-form]")) {
      if (form.dataset.submitted === undefined && !persisted) continue;
      delete form.dataset.submitted;
      check(form, false);
    }
    offerCopy();
  });
  new MutationObserver(offerCopy).observe(document.body, { childList: true, subtree: true });

  /** The destination goes along to the other types' forms, and the checks are made anew. */
  function chosen(form, destination) {
    for (const link of form.querySelectorAll("[data-migration-kind]")) {
      const address = new URL(link.href);
      if (destination) address.searchParams.set("destination", destination);
      else address.searchParams.delete("destination");
      link.href = address;
    }
    check(form, false);
  }

  /** @param {boolean} again whether it was asked for: then the instance may be submitted as it is now */
  async function check(form, again) {
    const turn = (turns.get(form) ?? 0) + 1;
    turns.set(form, turn);
    const address = new URL(form.dataset.checkUrl, document.baseURI);
    address.searchParams.set("destination", form.elements.destination.value);
    address.searchParams.set("html", "1");
    address.searchParams.set("binding", form.elements.binding.value);
    const response = await ask(address, "application/json");
    const answer = response ? await response.json().catch(() => ({})) : {};
    // Two quick ones may answer in the wrong order.
    if (turns.get(form) !== turn) return;
    const told = form.querySelector("[data-checked]");
    if (!response?.ok || !answer.findings) {
      told.textContent = failure(told, response, answer);
      return;
    }
    const { seen, ...found } = answer;
    // Horizon's list of hidden fields has one more.
    if (again) for (const field of form.querySelectorAll("[name=seen]")) field.value = seen;
    show(form, found);
  }

  function failure(told, response, answer) {
    if (response?.status === 401 || response?.redirected) return told.dataset.textReload;
    // The region, project or user changed: the answer says so.
    return response?.status === 409 ? answer.error : told.dataset.textFailed;
  }

  function show(form, { html, summary, blocked, command, note }) {
    const checks = new DOMParser().parseFromString(html, "text/html");
    form.querySelector("[data-checks]").replaceChildren(...checks.body.childNodes);
    form.querySelector("[data-checked]").textContent = summary;
    form.querySelector("[data-command]").textContent = command;
    form.querySelector("[data-command-note]").textContent = note;
    const why = form.querySelector("[data-blocked]");
    const button = form.querySelector("[data-migrate]");
    why.hidden = !blocked;
    button.disabled = blocked;
    if (blocked) button.setAttribute("aria-describedby", why.id);
    else button.removeAttribute("aria-describedby");
  }

  /** Of several instances only what was checked can be sent. */
  function outdated(field) {
    const sending = field.name !== "q" && document.querySelector("[data-several-send]");
    if (!sending) return;
    const told = sending.querySelector("[data-several-stale]");
    const button = sending.querySelector("[type=submit]");
    told.hidden = false;
    button.disabled = true;
    button.setAttribute("aria-describedby", told.id);
  }

  async function switchKind(link) {
    const response = await ask(link.href, "text/html");
    const html = response?.ok ? await response.text().catch(() => "") : "";
    if (!html) return window.location.assign(link.href);
    const next = new DOMParser().parseFromString(html, "text/html").querySelector(".modal-content");
    const modal = link.closest(".modal");
    if (!next) return window.location.assign(link.href);
    modal.querySelector(".modal-content").replaceWith(next);
    modal.querySelector("[aria-current]")?.focus();
  }

  /** @returns {Promise<Response|null>} null without an answer */
  function ask(address, accept) {
    const headers = { Accept: accept, "X-Requested-With": "XMLHttpRequest" };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return fetch(address, { headers, credentials: "same-origin", signal }).catch(() => null);
  }

  // Only where the browser lets a page write to the clipboard: over HTTPS or on the machine itself.
  function offerCopy() {
    for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = !navigator.clipboard;
  }

  async function copyCommand(button) {
    await navigator.clipboard.writeText(button.parentElement.querySelector("[data-command]").textContent);
    button.textContent = button.dataset.textCopied;
  }
})();
