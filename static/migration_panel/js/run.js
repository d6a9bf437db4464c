// SPDX-License-Identifier: Apache-2.0
// Keeps the page of a drain or a return current, and goes on with the work as long as any is left.
"use strict";

(() => {
  const RETRY_MS = 3000;
  // Longer than a request may take.
  const PATIENCE_MS = 30000;

  let asked = 0;

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-replan]")?.form;
    if (form) replan(form);
  });

  /** A choice changes the way that instances go, which the server tells; what is being filled in stays as it is. */
  async function replan(form) {
    asked += 1;
    const mine = asked;
    const body = new FormData(form);
    body.set("update", "1");
    const html = await planned(form.action, body);
    // Two quick changes may answer in the wrong order.
    if (mine !== asked) return;
    const told = form.querySelector("[data-replanned]");
    told.textContent = html ? "" : told.dataset.textFailed;
    if (!html) {
      setTimeout(() => mine === asked && replan(form), RETRY_MS);
      return;
    }
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const present of form.querySelectorAll("[data-planned]")) {
      const next = fresh.getElementById(present.id);
      if (next && next.innerHTML !== present.innerHTML) present.replaceChildren(...next.childNodes);
    }
  }

  /** @returns {Promise<string>} the page with the plan; empty if it is not to be had */
  async function planned(address, body) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(address, { method: "POST", body, credentials: "same-origin", signal }).catch(
      () => null,
    );
    return response?.ok && !response.redirected ? response.text().catch(() => "") : "";
  }

  // A second click must not submit again.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-drain]");
    if (!form || event.submitter?.name === "update") return;
    if (form.dataset.submitted !== undefined) event.preventDefault();
    form.dataset.submitted = "";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-drain]")) delete form.dataset.submitted;
  });

  const root = document.querySelector("[data-run]");
  if (!root || root.dataset.started !== undefined) return;
  root.dataset.started = "";

  const currency = root.querySelector("[data-currency]");
  let goesOn = root.dataset.goesOn !== undefined;
  let currentAt = new Date();
  let timer = null;

  document.addEventListener("visibilitychange", () => document.hidden || schedule(0));
  schedule(0);

  // Out of sight it goes on too, since there may be work left.
  function schedule(delay) {
    clearTimeout(timer);
    timer = setTimeout(look, delay);
  }

  async function look() {
    let delay = RETRY_MS;
    try {
      delay = await refresh();
    } finally {
      if (delay !== null) schedule(delay);
    }
  }

  /** @returns {Promise<number|null>} milliseconds until the next look; null for none */
  async function refresh() {
    const response = await ask().catch(() => null);
    if (!response) return outdated(currency.dataset.textStale);
    if (response.status === 401 || response.redirected) return signedOut();
    const body = await response.json().catch(() => ({}));
    if (!response.ok || !body.html) return outdated(currency.dataset.textFailed, body.error);
    show(body);
    goesOn = body.goes_on;
    currentAt = new Date();
    tell(currency.dataset.textCurrent, body.error);
    return body.poll_after_ms;
  }

  function ask() {
    const address = new URL(root.dataset.run, document.baseURI);
    address.searchParams.set("html", "1");
    return fetch(address, {
      method: goesOn ? "POST" : "GET",
      body: goesOn ? new FormData(document.getElementById("migration-run-form")) : undefined,
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  }

  // What says the same is left alone, and so is what the reader is at.
  function show({ html, headline }) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const announcer = root.querySelector("[data-announcer]");
    if (root.querySelector("[data-headline]").textContent !== headline) announcer.textContent = headline;
    for (const part of template.content.querySelectorAll("[data-part]")) {
      const present = root.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!present.contains(document.activeElement) && present.outerHTML !== part.outerHTML) present.replaceWith(part);
    }
  }

  function tell(text, detail) {
    const time = currentAt.toLocaleTimeString(root.dataset.language);
    currency.textContent = [text.replace("{time}", time), detail].filter(Boolean).join(" ");
    currency.classList.toggle("text-danger", Boolean(detail));
  }

  function outdated(text, detail) {
    tell(text, detail);
    currency.classList.add("text-danger");
    return RETRY_MS;
  }

  function signedOut() {
    root.querySelector("[data-signed-out]").hidden = false;
    outdated(currency.dataset.textFailed);
    return null;
  }
})();
