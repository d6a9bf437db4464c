// SPDX-License-Identifier: Apache-2.0
// Sends the selected checkboxes of one name as one field: Django rejects a form of more than 1,000 fields before a view
// reads it.
"use strict";

window.migrationPanel.once("fields", ({ component }) => {
  /** @param {HTMLFormElement} form */
  function joinFields(form) {
    // The browser sends the event for a submission and for a script's FormData.  The checkboxes stay unchanged.
    form.addEventListener("formdata", ({ formData }) => {
      const name = form.dataset.joined ?? "";
      const values = formData.getAll(name);
      if (values.length > 1) formData.set(name, values.join(" "));
    });
  }

  component("form[data-joined]", joinFields);
});
