// SPDX-License-Identifier: Apache-2.0
// What the panel's scripts share.  Plain scripts and one global, since django-compressor joins them into one file.
"use strict";

(() => {
  // Horizon loads the scripts again with each tab that contains them; state and listeners must exist once.
  if (window.migrationPanel) return;

  const RETRY_MS = 3000;
  // Without a limit from the page.
  const TIMEOUT_MS = 30000;
  // The Date header counts whole seconds and the answer needs time: a smaller difference is no wrong clock.
  const CLOCK_TOLERANCE_MS = 5000;

  /** @type {Set<string>} */
  const initialized = new Set();
  /** @type {{selector: string, wire: (element: any) => void, wired: WeakSet<Element>}[]} */
  const components = [];
  // How far this computer's clock is ahead of the server's.
  let clockOffsetMs = 0;

  /**
   * Run a script's body unless it ran before.
   * @param {string} name
   * @param {(panel: MigrationPanel) => void} initialize
   */
  function once(name, initialize) {
    if (initialized.has(name)) return;
    initialized.add(name);
    initialize(window.migrationPanel);
  }

  /**
   * Call `wire` once for each element that matches, now and when Horizon loads a modal or a tab.
   * @param {string} selector
   * @param {(element: any) => void} wire
   */
  function component(selector, wire) {
    const added = { selector, wire, wired: new WeakSet() };
    components.push(added);
    wireAll(added);
  }

  /** @param {typeof components[number]} registered */
  function wireAll({ selector, wire, wired }) {
    for (const element of document.querySelectorAll(selector)) {
      if (wired.has(element)) continue;
      wired.add(element);
      try {
        wire(element);
      } catch (error) {
        // An error in one component must not stop the others.
        reportError(error);
      }
    }
  }

  new MutationObserver(() => components.forEach(wireAll)).observe(document.body, { childList: true, subtree: true });

  /**
   * Return an element that the template always contains.
   * @template {Element} [T=HTMLElement]
   * @param {ParentNode} root
   * @param {string} selector
   * @param {new () => T} type
   */
  function query(root, selector, type = /** @type {new () => any} */ (HTMLElement)) {
    const element = root.querySelector(selector);
    if (element instanceof type) return element;
    throw new TypeError(`No ${type.name} matches ${selector}`);
  }

  /**
   * Return the event's target, or the nearest element around the target, that matches.
   * @template {HTMLElement} [T=HTMLElement]
   * @param {Event} event
   * @param {string} selector
   * @param {new () => T} type
   */
  function closest({ target }, selector, type = /** @type {new () => any} */ (HTMLElement)) {
    const element = target instanceof Element ? target.closest(selector) : null;
    return element instanceof type ? element : null;
  }

  /**
   * Parse HTML that the server escaped.  No script in the HTML runs.
   * @param {string} html
   */
  function parseHtml(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  }

  /**
   * Replace the parts of a page that changed, except the part that contains the focus.
   * @param {HTMLElement} root
   * @param {DocumentFragment} content
   */
  function replaceParts(root, content) {
    for (const part of content.querySelectorAll("[data-part]")) {
      const present = query(root, `[data-part="${part.getAttribute("data-part")}"]`);
      if (!present.contains(document.activeElement) && present.outerHTML !== part.outerHTML) present.replaceWith(part);
    }
  }

  /**
   * Replace each {name} of a translated text.
   * @param {string | undefined} text
   * @param {Record<string, string | number>} values
   */
  function formatText(text = "", values) {
    return text.replace(/\{(\w+)\}/g, (placeholder, name) => String(values[name] ?? placeholder));
  }

  /**
   * Format a time in the time zone of Horizon's settings.  A browser may not know the zone.
   * @param {Date} date
   * @param {DOMStringMap} settings
   */
  function formatTime(date, { language, timeZone }) {
    try {
      return date.toLocaleTimeString(language, { timeZone, timeZoneName: "short" });
    } catch {
      return date.toLocaleTimeString(language);
    }
  }

  /** @param {string | null} dateHeader */
  function syncServerClock(dateHeader) {
    const offset = Date.now() - Date.parse(dateHeader ?? "");
    if (Math.abs(offset - clockOffsetMs) > CLOCK_TOLERANCE_MS) clockOffsetMs = offset;
  }

  /** Milliseconds since 1970 by the server's clock, which wrote the times of a page. */
  function serverNow() {
    return Date.now() - clockOffsetMs;
  }

  /**
   * Return the digest of the region, project and user that a page was rendered for.
   * @param {ParentNode} root
   */
  function bindingOf(root) {
    return query(root, "[name=binding]", HTMLInputElement).value;
  }

  /**
   * @param {string | undefined} path
   * @param {Record<string, string | undefined>} parameters undefined values are left out
   */
  function buildUrl(path, parameters) {
    const url = new URL(path ?? "", document.baseURI);
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  /** How long to wait for an answer: longer than the panel works on a request. */
  function timeLimitMs() {
    const limit = document.querySelector("template[data-script-limit]")?.getAttribute("data-script-limit");
    return Number(limit) || TIMEOUT_MS;
  }

  /**
   * @param {string | URL} address
   * @param {RequestOptions} options
   * @returns {Promise<Response | null>} null without an answer in time
   */
  function send(address, { accept, body, isScript = true }) {
    const headers = new Headers();
    if (accept) headers.set("Accept", accept);
    if (isScript) headers.set("X-Requested-With", "XMLHttpRequest");
    return fetch(address, {
      method: body ? "POST" : "GET",
      body,
      headers,
      credentials: "same-origin",
      signal: AbortSignal.timeout(timeLimitMs()),
    }).catch(() => null);
  }

  /**
   * @param {Response | null} response
   * @returns {"ok" | Failure}
   */
  function outcomeOf(response) {
    if (!response) return "unreachable";
    // A redirect leads to the login page.
    if (response.status === 401 || response.redirected) return "signed-out";
    // The region, project or user changed: what the answer is about does not belong to this page.
    if (response.status === 409) return "switched";
    return response.ok ? "ok" : "failed";
  }

  /**
   * Request JSON.  Never rejects.
   * @param {string | URL} address
   * @param {RequestOptions} [options]
   * @returns {Promise<any>}
   */
  async function fetchJson(address, options = {}) {
    const response = await send(address, { accept: "application/json", ...options });
    const data = Object((await response?.json().catch(() => null)) ?? {});
    const status = response?.status ?? 0;
    let outcome = outcomeOf(response);
    // Horizon rejects a form after the session has changed, without an explanation.
    if (options.body && status === 403 && !data.error) outcome = "signed-out";
    if (outcome === "ok" && options.required && !data[options.required]) outcome = "failed";
    return { outcome, status, data, date: response?.headers.get("Date") ?? null };
  }

  /**
   * Request a page or a part of a page.  Never rejects.
   * @param {string | URL} address
   * @param {RequestOptions} [options]
   * @returns {Promise<HtmlAnswer>}
   */
  async function fetchHtml(address, options = {}) {
    const response = await send(address, options);
    const outcome = outcomeOf(response);
    const html = outcome === "ok" ? ((await response?.text().catch(() => "")) ?? "") : "";
    return { outcome: outcome === "ok" && !html ? "failed" : outcome, status: response?.status ?? 0, html };
  }

  /** @type {Omit<MigrationPanel, keyof (PollingParts & PickerParts)>} */
  const shared = {
    RETRY_MS,
    once,
    component,
    query,
    closest,
    parseHtml,
    replaceParts,
    formatText,
    formatTime,
    syncServerClock,
    serverNow,
    bindingOf,
    buildUrl,
    fetchJson,
    fetchHtml,
  };
  // polling.js and the scripts of the picker add their parts.
  window.migrationPanel = /** @type {MigrationPanel} */ (shared);
})();
