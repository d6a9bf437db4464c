// SPDX-License-Identifier: Apache-2.0
// The form that migrates several instances: only a selection that was checked can be submitted.
"use strict";

window.migrationPanel.once("several", ({ closest, component, query }) => {
  function blockSubmission() {
    const form = document.querySelector("[data-several-send]");
    if (!form) return;
    const explanation = query(form, "[data-several-stale]");
    const button = query(form, "[type=submit]", HTMLButtonElement);
    explanation.hidden = false;
    button.disabled = true;
    button.setAttribute("aria-describedby", explanation.id);
  }

  component("[data-several-choice]", (form) => {
    // The search text changes no selection.
    form.addEventListener("change", (event) => closest(event, "[name=q]") || blockSubmission());
  });
});
