// SPDX-License-Identifier: Apache-2.0
// Sends the ticked boxes of one name as one field: Django refuses a form of more than 1,000 fields before a view reads it.
"use strict";

(() => {
  // Horizon loads the script again with each tab that contains it.
  if (document.documentElement.dataset.migrationFields !== undefined) return;
  document.documentElement.dataset.migrationFields = "";

  // Fired for a submission and for a script's FormData; the boxes themselves stay unchanged.
  document.addEventListener("formdata", ({ target, formData }) => {
    const name = target.dataset.joined;
    const values = name ? formData.getAll(name) : [];
    if (values.length > 1) formData.set(name, values.join(" "));
  });
})();
