// SPDX-License-Identifier: Apache-2.0
// Keeps the page of a drain or a return current, and goes on with the work as long as any is left.
"use strict";

(() => {
  const RETRY_MS = 3000;
  // Longer than a request may take.
  const PATIENCE_MS = 30000;

  let changes = 0;
  let planning = false;

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-replan]")?.form;
    if (form) replan(form);
  });

  /**
   * The server computes how each instance moves; the form's fields stay as the user left them.  One request at a time:
   * each costs several calls to Nova, and many boxes may change at once.
   */
  async function replan(form) {
    changes += 1;
    if (planning) return;
    planning = true;
    let included;
    let plan;
    do {
      included = changes;
      const body = new FormData(form);
      body.set("update", "script");
      plan = await planned(form.action, body);
    } while (included !== changes);
    planning = false;
    showPlan(form, plan);
    if (!plan.html && !plan.ended) setTimeout(() => included === changes && replan(form), RETRY_MS);
  }

  function showPlan(form, { html, ended }) {
    const status = form.querySelector("[data-replanned]");
    status.textContent = html ? "" : ended ? status.dataset.textReload : status.dataset.textFailed;
    if (!html) return;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const present of form.querySelectorAll("[data-planned]")) {
      const next = fresh.getElementById(present.id);
      if (next && next.innerHTML !== present.innerHTML) present.replaceChildren(...next.childNodes);
    }
  }

  /** @returns {Promise<object>} the page with the plan, or an empty text; whether the session has changed or ended */
  async function planned(address, body) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const options = { method: "POST", body, headers: { Accept: "text/html" }, credentials: "same-origin", signal };
    const response = await fetch(address, options).catch(() => null);
    const ended = response?.redirected || [401, 409].includes(response?.status);
    return { html: response?.ok && !ended ? await response.text().catch(() => "") : "", ended };
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
  const form = document.getElementById("migration-run-form");
  // The proof that the user ordered the work.  Without it, the page only polls: a link must not make it act.
  let order = root.dataset.order || "";
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
    if (response.status === 401 || response.redirected) return end("[data-signed-out]");
    // The region, project or user changed: a host of the same name there is another host.
    if (response.status === 409) return end("[data-outdated]");
    const body = await response.json().catch(() => ({}));
    // Horizon refuses a form after the session has changed, without an explanation.
    if (response.status === 403 && !body.error) return end("[data-signed-out]");
    if (!response.ok || !body.html) return outdated(currency.dataset.textFailed, body.error);
    show(body);
    goesOn = body.goes_on;
    order = body.order;
    currentAt = new Date();
    tell(currency.dataset.textCurrent, body.error);
    return body.poll_after_ms;
  }

  function ask() {
    const address = new URL(root.dataset.run, document.baseURI);
    address.searchParams.set("html", "1");
    const acts = goesOn && order;
    if (!acts) address.searchParams.set("binding", form.elements.binding.value);
    if (!acts && order) address.searchParams.set("order", order);
    return fetch(address, {
      method: acts ? "POST" : "GET",
      body: acts ? new FormData(form) : undefined,
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
    const time = clock(currentAt, root.dataset);
    currency.textContent = [text.replace("{time}", time), detail].filter(Boolean).join(" ");
    currency.classList.toggle("text-danger", Boolean(detail));
  }

  /** Format a time in the zone of Horizon's settings; a browser may not know the zone. */
  function clock(date, { language, timeZone }) {
    try {
      return date.toLocaleTimeString(language, { timeZone, timeZoneName: "short" });
    } catch {
      return date.toLocaleTimeString(language);
    }
  }

  function outdated(text, detail) {
    tell(text, detail);
    currency.classList.add("text-danger");
    return RETRY_MS;
  }

  /** @param {string} why selector of the element with the message */
  function end(why) {
    root.querySelector(why).hidden = false;
    outdated(currency.dataset.textFailed);
    return null;
  }
})();
