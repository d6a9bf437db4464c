// SPDX-License-Identifier: Apache-2.0
// Brings the rows of a list of migrations up to date, and moves none from under the pointer or the keyboard.
"use strict";

(() => {
  class Rows {
    constructor(root) {
      this.root = root;
      this.table = root.querySelector("table");
      this.held = new Map();
      this.inside = false;
      this.rows.forEach(keepServed);
      this.watch();
    }

    watch() {
      this.table.addEventListener("pointerenter", () => (this.inside = true));
      this.table.addEventListener("pointerleave", () => this.onLeave());
      this.table.addEventListener("focusout", () => setTimeout(() => this.settle()));
      this.root.addEventListener("migration-polled", (event) => this.apply(event.detail));
      this.root.querySelector("[data-show-held]").addEventListener("click", () => this.showHeld());
    }

    onLeave() {
      this.inside = false;
      this.settle();
    }

    /** Whether it shows a choice of rows, which others do not belong to. */
    get fixed() {
      return this.root.dataset.fixed !== undefined;
    }

    get rows() {
      return [...this.table.querySelectorAll("tr[data-id]")];
    }

    section(name) {
      return this.table.querySelector(`tbody[data-section="${name}"]`);
    }

    /** Puts every row where it belongs now, unless that would move it from under the pointer or the keyboard. */
    settle() {
      if (this.busy()) return;
      for (const row of this.rows) {
        row.style.height = "";
        if (row.dataset.gone !== undefined) row.remove();
        else if (!this.fixed && row.parentNode.dataset.section !== row.dataset.section) this.insert(row);
      }
      this.count();
    }

    count() {
      for (const body of this.table.tBodies) {
        const number = body.querySelectorAll("tr[data-id]").length;
        body.hidden = number === 0;
        const title = body.querySelector("[data-text]");
        if (title) title.textContent = title.dataset.text.replace("{count}", number);
      }
      this.table.hidden = this.rows.length === 0;
      this.root.querySelector(".migration-empty").hidden = this.rows.length > 0 || this.held.size > 0;
    }

    apply({ migrations, complete }) {
      const rows = migrations.map((migration) => rowOf(migration.html));
      if (complete && !this.fixed) this.dropOthers(new Set(rows.map((row) => row.id)));
      for (const row of rows) {
        this.replaceForeign(row);
        const present = document.getElementById(row.id);
        if (present) this.update(present, row);
        else if (!this.fixed) this.add(row);
      }
      this.offerHeld();
      this.settle();
      this.count();
      this.root.dispatchEvent(new CustomEvent("migration-changed", { bubbles: true }));
    }

    /** A complete answer has all rows in progress or in need of attention: any other of these rows is outdated. */
    dropOthers(present) {
      for (const row of this.rows) {
        if (row.dataset.section !== "history" && !present.has(row.id)) row.dataset.gone = "";
      }
      for (const id of this.held.keys()) if (!present.has(id)) this.held.delete(id);
    }

    /** What others move is now a record, now only an instance: never both. */
    replaceForeign(row) {
      for (const other of [...this.rows, ...this.held.values()]) {
        if (other.id === row.id || other.dataset.instanceId !== row.dataset.instanceId) continue;
        if (other.dataset.foreign === undefined || other.dataset.phase === "over") continue;
        other.remove();
        this.held.delete(other.id);
      }
    }

    update(present, row) {
      // A row that has ended needs less room, but must not pull up the ones below under the pointer.
      if (this.busy()) present.style.height = `${present.getBoundingClientRect().height}px`;
      if (present.dataset.announcement !== row.dataset.announcement) this.announce(row.dataset.announcement);
      delete present.dataset.gone;
      for (const name of ["phase", "section", "announcement", "order"]) present.dataset[name] = row.dataset[name];
      for (const [index, cell] of [...row.cells].entries()) replaceCell(present.cells[index], cell);
    }

    // A new row would push away what the pointer or the keyboard is at, so it waits then.
    add(row) {
      this.announce(row.dataset.announcement);
      this.answer(row);
      if (this.busy()) this.held.set(row.id, row);
      else this.insert(row);
    }

    /** A new try is the answer to the failure before it, which then needs nobody any more. */
    answer(row) {
      for (const earlier of this.rows) {
        const same = earlier.dataset.instanceId === row.dataset.instanceId;
        if (same && earlier.dataset.order < row.dataset.order && earlier.dataset.phase === "failed") {
          earlier.dataset.section = "history";
        }
      }
    }

    busy() {
      return this.rows.length > 0 && (this.inside || this.table.contains(document.activeElement));
    }

    insert(row) {
      this.table.hidden = false;
      const body = this.section(row.dataset.section);
      body.hidden = false;
      const rows = [...body.querySelectorAll("tr[data-id]")];
      const below = rows.find((one) => one !== row && one.dataset.order < row.dataset.order);
      body.insertBefore(row, below || null);
    }

    offerHeld() {
      if (!this.busy()) this.showHeld();
      const button = this.root.querySelector("[data-show-held]");
      button.textContent = button.dataset.textHeld.replace("{count}", this.held.size);
      this.root.querySelector("[data-held]").hidden = this.held.size === 0;
    }

    showHeld() {
      for (const row of this.held.values()) this.insert(row);
      this.held.clear();
      this.root.querySelector("[data-held]").hidden = true;
    }

    announce(text) {
      const line = document.createElement("p");
      line.textContent = text;
      const announcer = this.root.querySelector("[data-announcer]");
      announcer.append(line);
      while (announcer.children.length > 5) announcer.firstChild.remove();
    }
  }

  function rowOf(html) {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    const row = template.content.firstElementChild;
    keepServed(row);
    return row;
  }

  // What came from the server is compared, not what scripts have made of it since.
  function keepServed(row) {
    for (const cell of row.cells) cell.served = cell.innerHTML;
  }

  // A cell that says the same is left alone, so that focus, selection and tooltips stay.
  function replaceCell(present, cell) {
    if (present.served === cell.served) return;
    present.served = cell.served;
    const bar = present.querySelector("progress");
    const next = cell.querySelector("progress");
    if (bar && next) {
      for (const name of ["value", "aria-label"]) {
        if (next.hasAttribute(name)) bar.setAttribute(name, next.getAttribute(name));
        else bar.removeAttribute(name);
      }
      for (const name of [".migration-words", ".migration-figures"]) {
        const [part, fresh] = [present.querySelector(name), cell.querySelector(name)];
        if (part.outerHTML !== fresh.outerHTML) part.replaceWith(fresh);
      }
    } else {
      present.className = cell.className;
      present.replaceChildren(...cell.childNodes);
    }
  }

  for (const root of document.querySelectorAll("[data-migration-board]:not([data-kept])")) {
    root.dataset.kept = "";
    new Rows(root);
  }
})();
