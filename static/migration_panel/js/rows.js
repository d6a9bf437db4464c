// SPDX-License-Identifier: Apache-2.0
// Updates the rows of a list of migrations.  No row moves while the pointer or the keyboard is in the list.
"use strict";

window.migrationPanel.once("rows", ({ component, formatText, parseHtml, query, serverNow }) => {
  const MAX_ANNOUNCEMENTS = 5;
  const DAY_S = 86400;
  // A script may have changed a cell since: cells are compared as the server sent them.
  /** @type {WeakMap<HTMLTableCellElement, string>} */
  const serverHtml = new WeakMap();

  class Rows {
    /** @param {HTMLElement} root */
    constructor(root) {
      this.root = root;
      this.table = query(root, "table", HTMLTableElement);
      this.showButton = query(root, "[data-show-held]");
      // New rows that wait until the list is not in use, by their id.
      /** @type {Map<string, HTMLTableRowElement>} */
      this.waiting = new Map();
      this.hasPointer = false;
      this.rows.forEach(storeServerHtml);
      this.listen();
    }

    listen() {
      this.table.addEventListener("pointerenter", () => {
        this.hasPointer = true;
      });
      this.table.addEventListener("pointerleave", () => {
        this.hasPointer = false;
        this.settle();
      });
      // Only afterwards does the document say which element has the focus.
      this.table.addEventListener("focusout", () => setTimeout(() => this.settle()));
      this.root.addEventListener("migration-polled", ({ detail }) => this.apply(detail));
      this.showButton.addEventListener("click", () => this.showWaiting());
    }

    /** Whether the list shows a selection of migrations, which new migrations do not belong to. */
    get isFixed() {
      return this.root.dataset.fixed !== undefined;
    }

    /** @returns {HTMLTableRowElement[]} */
    get rows() {
      return rowsIn(this.table);
    }

    isInUse() {
      return this.rows.length > 0 && (this.hasPointer || this.table.contains(document.activeElement));
    }

    /** Move every row to its section, unless the list is in use. */
    settle() {
      if (this.isInUse()) return;
      for (const row of this.rows) {
        row.style.height = "";
        if (row.dataset.gone !== undefined) row.remove();
        else if (!this.isFixed && sectionOf(row) !== row.dataset.section) this.insert(row);
      }
      this.updateCounts();
    }

    updateCounts() {
      for (const body of this.table.tBodies) {
        const count = rowsIn(body).length;
        body.hidden = count === 0;
        const title = body.querySelector("[data-text]");
        if (title instanceof HTMLElement) title.textContent = formatText(title.dataset.text, { count });
      }
      this.table.hidden = this.rows.length === 0;
      query(this.root, ".migration-empty").hidden = this.rows.length > 0 || this.waiting.size > 0;
    }

    /** Count the rows, and the results of the last day: those of the page, and those of rows that finished since. */
    updateOverview() {
      const list = this.root.querySelector("[data-results]");
      if (!(list instanceof HTMLElement)) return;
      const rows = [...this.rows, ...this.waiting.values()]
        .map(({ dataset }) => dataset)
        .filter(({ gone }) => gone === undefined);
      // Each is the start of the migration's UUID, "c" or "f", and the time in seconds.
      const results = [list.dataset.results, ...rows.map(({ result }) => result)].join(" ").split(" ");
      const latest = [...new Map(results.map((text) => [text.slice(0, 8), text.slice(8)])).values()];
      const start = serverNow() / 1000 - DAY_S;
      const moving = rows.filter(({ section }) => section === "under-way");
      const queued = moving.filter((row) => row.queued).length;
      /** @type {Record<string, number>} */
      const counts = {
        "needs-you": rows.filter(({ section }) => section === "needs-you").length,
        "under-way": moving.length,
        c: latest.filter((text) => text[0] === "c" && Number(text.slice(1)) > start).length,
        f: latest.filter((text) => text[0] === "f" && Number(text.slice(1)) > start).length,
      };
      for (const item of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-count]"))) {
        const count = counts[item.dataset.count ?? ""];
        item.textContent = formatText(item.dataset.text, { count, queued, running: moving.length - queued });
        item.classList.toggle("migration-some", count > 0);
      }
    }

    /** @param {PolledDetail} detail */
    apply({ migrations, complete, overview }) {
      if (overview) this.root.querySelector("[data-overview]")?.replaceChildren(parseHtml(overview));
      const rows = migrations.map(({ html }) => parseRow(html));
      if (complete && !this.isFixed) this.markOutdated(new Set(rows.map(({ id }) => id)));
      for (const row of rows) {
        this.removeAdminStarted(row);
        const present = document.getElementById(row.id);
        if (present instanceof HTMLTableRowElement) this.update(present, row);
        else if (!this.isFixed) this.add(row);
      }
      this.offerWaiting();
      this.settle();
      this.updateCounts();
      this.updateOverview();
      this.root.dispatchEvent(new CustomEvent("migration-changed", { bubbles: true }));
    }

    /**
     * A complete answer has all rows in progress or in need of attention: any other of these rows is outdated.
     * @param {Set<string>} ids
     */
    markOutdated(ids) {
      for (const row of this.rows) {
        if (row.dataset.section !== "history" && !ids.has(row.id)) row.dataset.gone = "";
      }
      for (const id of this.waiting.keys()) if (!ids.has(id)) this.waiting.delete(id);
    }

    /**
     * A migration that an administrator started has a record in one answer and only an instance in another: never show
     * both rows.
     * @param {HTMLTableRowElement} row
     */
    removeAdminStarted(row) {
      for (const other of [...this.rows, ...this.waiting.values()]) {
        if (other.id === row.id || other.dataset.instanceId !== row.dataset.instanceId) continue;
        if (other.dataset.adminStarted === undefined || other.dataset.phase === "over") continue;
        other.remove();
        this.waiting.delete(other.id);
      }
    }

    /**
     * @param {HTMLTableRowElement} present
     * @param {HTMLTableRowElement} row
     */
    update(present, row) {
      // A finished migration takes less height, but the rows below must not move up under the pointer.
      if (this.isInUse()) present.style.height = `${present.getBoundingClientRect().height}px`;
      if (present.dataset.announcement !== row.dataset.announcement) this.announce(row.dataset.announcement);
      delete present.dataset.gone;
      for (const name of ["phase", "section", "announcement", "order", "result", "queued"])
        present.dataset[name] = row.dataset[name];
      // A list to which no rows are added may have fewer columns.
      for (const cell of present.cells) {
        const next = [...row.cells].find(({ dataset }) => dataset.column === cell.dataset.column);
        if (next) updateCell(cell, next);
      }
    }

    /**
     * A new row would move others, so it waits while the list is in use.
     * @param {HTMLTableRowElement} row
     */
    add(row) {
      const earlier = this.waiting.get(row.id);
      this.waiting.delete(row.id);
      if (earlier?.dataset.announcement !== row.dataset.announcement) this.announce(row.dataset.announcement);
      this.supersedeFailures(row);
      if (this.isInUse()) this.waiting.set(row.id, row);
      else this.insert(row);
    }

    /**
     * After a retry, the failure before it needs no attention any more.
     * @param {HTMLTableRowElement} retry
     */
    supersedeFailures(retry) {
      for (const row of this.rows) {
        const isSame = row.dataset.instanceId === retry.dataset.instanceId;
        if (isSame && isOlder(row, retry) && row.dataset.phase === "failed") row.dataset.section = "history";
      }
    }

    /** @param {HTMLTableRowElement} row */
    insert(row) {
      this.table.hidden = false;
      const body = query(this.table, `tbody[data-section="${row.dataset.section}"]`, HTMLTableSectionElement);
      body.hidden = false;
      const below = rowsIn(body).find((other) => other !== row && isOlder(other, row));
      body.insertBefore(row, below ?? null);
    }

    offerWaiting() {
      if (!this.isInUse()) this.showWaiting();
      this.showButton.textContent = formatText(this.showButton.dataset.textHeld, { count: this.waiting.size });
      query(this.root, "[data-held]").hidden = this.waiting.size === 0;
    }

    showWaiting() {
      for (const row of this.waiting.values()) this.insert(row);
      this.waiting.clear();
      query(this.root, "[data-held]").hidden = true;
    }

    /** @param {string} [text] */
    announce(text = "") {
      const line = document.createElement("p");
      line.textContent = text;
      const announcer = query(this.root, "[data-announcer]");
      announcer.append(line);
      while (announcer.children.length > MAX_ANNOUNCEMENTS) announcer.firstChild?.remove();
    }
  }

  /**
   * @param {ParentNode} parent
   * @returns {HTMLTableRowElement[]}
   */
  function rowsIn(parent) {
    return [...parent.querySelectorAll("tr[data-id]")].filter((row) => row instanceof HTMLTableRowElement);
  }

  /** @param {HTMLTableRowElement} row */
  function sectionOf(row) {
    return row.closest("tbody")?.dataset.section;
  }

  /**
   * @param {HTMLTableRowElement} row
   * @param {HTMLTableRowElement} other
   */
  function isOlder(row, other) {
    return (row.dataset.order ?? "") < (other.dataset.order ?? "");
  }

  /** @param {string} html */
  function parseRow(html) {
    const row = query(parseHtml(html), "tr", HTMLTableRowElement);
    storeServerHtml(row);
    return row;
  }

  /** @param {HTMLTableRowElement} row */
  function storeServerHtml(row) {
    for (const cell of row.cells) serverHtml.set(cell, cell.innerHTML);
  }

  /**
   * Replace a cell only if the server sent another: focus, selection and tooltips stay.
   * @param {HTMLTableCellElement} present
   * @param {HTMLTableCellElement} cell
   */
  function updateCell(present, cell) {
    const html = serverHtml.get(cell) ?? "";
    if (serverHtml.get(present) === html) return;
    serverHtml.set(present, html);
    present.className = cell.className;
    const bar = present.querySelector("progress");
    const nextBar = cell.querySelector("progress");
    if (bar && nextBar) {
      updateProgress(bar, nextBar);
      for (const name of [".migration-words", ".migration-figures"]) {
        const [part, nextPart] = [query(present, name), query(cell, name)];
        if (part.outerHTML !== nextPart.outerHTML) part.replaceWith(nextPart);
      }
    } else {
      present.replaceChildren(...cell.childNodes);
    }
  }

  /**
   * @param {HTMLProgressElement} bar
   * @param {HTMLProgressElement} nextBar
   */
  function updateProgress(bar, nextBar) {
    for (const name of ["value", "aria-label"]) {
      const value = nextBar.getAttribute(name);
      if (value === null) bar.removeAttribute(name);
      else bar.setAttribute(name, value);
    }
  }

  component("[data-migration-board]", (root) => new Rows(root));
});
