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

  // Another check keeps the reference.
  component("[data-several-send]", (form) => {
    form.addEventListener("change", (event) => {
      const field = closest(event, "[name=reference]", HTMLInputElement);
      if (field) query(document, "[data-several-choice] [name=reference]", HTMLInputElement).value = field.value;
    });
  });

  component("[data-several-choice]", (form) => {
    // The search text changes no selection.
    form.addEventListener("change", (event) => closest(event, "[name=q]") || blockSubmission());
  });
});
