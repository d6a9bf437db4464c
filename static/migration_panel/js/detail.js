// SPDX-License-Identifier: Apache-2.0
// Reads the rest of a migration's page anew whenever the board has brought a change to its row.
"use strict";

(() => {
  const RETRY_MS = 3000;
  // Longer than a request may take.
  const PATIENCE_MS = 30000;

  const detail = document.querySelector("[data-migration-detail]");
  if (!detail || detail.dataset.started !== undefined) return;
  detail.dataset.started = "";

  let reading = false;
  let again = false;

  new MutationObserver((changes) => changes.some(tells) && read()).observe(
    document.getElementById(detail.dataset.migrationDetail),
    { attributes: true, characterData: true, childList: true, subtree: true },
  );
  retry(false);

  // The age of the row changes by itself.
  function tells(change) {
    const element = change.target.nodeType === Node.ELEMENT_NODE ? change.target : change.target.parentElement;
    return !element?.closest("[data-age]") && change.attributeName !== "style";
  }

  async function read() {
    again = reading;
    if (reading) return;
    reading = true;
    const address = new URL(detail.dataset.partUrl || document.location, document.baseURI);
    address.searchParams.set("part", "1");
    address.searchParams.set("binding", document.querySelector("[data-migration-board] [name=binding]").value);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const headers = { "X-Requested-With": "XMLHttpRequest" };
    const response = await fetch(address, { headers, credentials: "same-origin", signal }).catch(() => null);
    const html = response?.ok && !response.redirected ? await response.text().catch(() => "") : "";
    if (html) show(html);
    reading = false;
    // The session has ended or changed: the list above says so.
    if ([401, 403, 409].includes(response?.status)) return;
    if (again) read();
    else retry(!response || response.status >= 500 || (response.ok && !response.redirected && !html));
  }

  // The row may have had its last change, and nothing may stay behind it.
  function retry(failed) {
    if (failed || detail.querySelector("[data-unread]")) setTimeout(read, RETRY_MS);
  }

  // What says the same is left alone, and so is what the reader is at.
  function show(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const copy of template.content.querySelectorAll("[data-copy]")) copy.hidden = !navigator.clipboard;
    for (const part of template.content.querySelectorAll("[data-part]")) {
      const present = detail.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!present.contains(document.activeElement) && present.innerHTML !== part.innerHTML) present.replaceWith(part);
    }
  }
})();
