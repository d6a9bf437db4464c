// SPDX-License-Identifier: Apache-2.0
// Reads the rest of a migration's page anew whenever the board has brought a change to its row.
"use strict";

(() => {
  const detail = document.querySelector("[data-migration-detail]");
  if (!detail || detail.dataset.started !== undefined) return;
  detail.dataset.started = "";

  let reading = false;
  let again = false;

  new MutationObserver((changes) => changes.some(tells) && read()).observe(
    document.getElementById(detail.dataset.migrationDetail),
    { attributes: true, characterData: true, childList: true, subtree: true },
  );

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
    const response = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    // What is missed is told by the row's own poll.
    if (response?.ok && !response.redirected) show(await response.text().catch(() => ""));
    reading = false;
    if (again) read();
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
