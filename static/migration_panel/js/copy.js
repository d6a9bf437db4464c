// SPDX-License-Identifier: Apache-2.0
// Buttons that copy a command or a summary.
"use strict";

window.migrationPanel.once("copy", ({ component, query }) => {
  component("[data-copy]", (button) => {
    // Browsers permit writing to the clipboard only over HTTPS or on the same computer.
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(query(button.parentElement ?? document, "[data-command]").textContent);
      button.textContent = button.dataset.textCopied ?? "";
    });
  });
});
