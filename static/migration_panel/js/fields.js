// SPDX-License-Identifier: Apache-2.0
// Sends the ticked boxes of one name as one field: Django refuses a form of more than 1,000 fields before a view reads it.
"use strict";

(() => {
  // The script comes again with each tab of Horizon's that holds it.
  if (document.documentElement.dataset.migrationFields !== undefined) return;
  document.documentElement.dataset.migrationFields = "";

  // Fired for a submission and for a script's FormData alike; the boxes themselves stay as they are.
  document.addEventListener("formdata", ({ target, formData }) => {
    const name = target.dataset.joined;
    const values = name ? formData.getAll(name) : [];
    if (values.length > 1) formData.set(name, values.join(" "));
  });
})();
