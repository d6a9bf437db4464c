// SPDX-License-Identifier: Apache-2.0
// Keeps the lists of migrations current: one request for all rows, whatever their number.
"use strict";

(() => {
  const RETRY_MS = 3000;
  // Longer than Horizon itself waits for Nova.
  const PATIENCE_MS = 30000;
  // Rows that come with the first page have no figures yet, so the first poll does not wait.
  const FIRST_POLL_MS = 300;
  // What a form has just asked for is on record only some moments after the board is back.
  const EAGER_MS = 20000;
  const AGE_REFRESH_MS = 30000;
  const CLOCK_TOLERANCE_MS = 5000;
  // In seconds; what is younger than the last is "now".
  const UNITS = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];

  // By how much this machine's clock is ahead of the server's, in milliseconds: ages are the server's.
  let ahead = 0;

  class Board {
    constructor(root) {
      this.root = root;
      this.table = root.querySelector("table");
      this.cursor = root.dataset.cursor;
      this.held = new Map();
      this.currentAt = null;
      this.openedAt = new Date();
      this.timer = null;
      this.stopped = false;
      this.inside = false;
      this.rows.forEach(keepServed);
      this.watch();
      this.schedule(FIRST_POLL_MS);
    }

    watch() {
      document.addEventListener("visibilitychange", () => this.onVisibility());
      this.table.addEventListener("pointerenter", () => (this.inside = true));
      this.table.addEventListener("pointerleave", () => this.onLeave());
      this.table.addEventListener("focusout", () => setTimeout(() => this.settle()));
      this.root.addEventListener("migration-acted", () => this.startAfresh());
      this.root.querySelector("[data-show-held]").addEventListener("click", () => this.showHeld());
    }

    onVisibility() {
      if (this.stopped) return;
      if (document.hidden) {
        clearTimeout(this.timer);
        this.tell(this.currency.dataset.textPaused);
      } else {
        this.schedule(0);
      }
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
        if (!this.fixed && row.parentNode.dataset.section !== row.dataset.section) this.insert(row);
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

    /** An action may change a row whose migration does not change. */
    startAfresh() {
      this.cursor = "";
      this.schedule(0);
    }

    schedule(delay) {
      clearTimeout(this.timer);
      if (!this.stopped && !document.hidden) this.timer = setTimeout(() => this.poll(), delay);
    }

    async poll() {
      // A tab of Horizon's may have been replaced meanwhile.
      if (!this.root.isConnected) return this.stop();
      let delay = RETRY_MS;
      try {
        delay = await this.refresh();
      } finally {
        this.schedule(delay);
      }
    }

    /** @returns {Promise<number>} milliseconds until the next poll */
    async refresh() {
      const response = await fetch(this.address(), {
        headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
        credentials: "same-origin",
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => null);
      if (!response) return this.outdated(this.currency.dataset.textStale);
      if (response.status === 401 || response.redirected) return this.signedOut();
      const body = await response.json().catch(() => ({}));
      if (!response.ok || !body.migrations) return this.outdated(this.currency.dataset.textFailed, body.error);
      this.cursor = body.cursor;
      heedClock(this.root, response.headers.get("Date"));
      this.apply([...body.migrations, ...(body.unlisted || [])]);
      this.currentAt = new Date();
      this.tell(this.currency.dataset.textCurrent);
      const eager = Date.now() - this.openedAt < EAGER_MS;
      return eager ? Math.min(body.poll_after_ms, RETRY_MS) : body.poll_after_ms;
    }

    address() {
      const address = new URL(this.root.dataset.statusUrl, document.baseURI);
      address.searchParams.set("html", "1");
      if (this.cursor) address.searchParams.set("cursor", this.cursor);
      if (this.root.dataset.instance) address.searchParams.set("instance", this.root.dataset.instance);
      return address;
    }

    apply(migrations) {
      for (const migration of migrations) {
        const row = rowOf(migration.html);
        this.replaceForeign(row);
        const present = document.getElementById(row.id);
        if (present) this.update(present, row);
        else if (!this.fixed) this.add(row);
      }
      this.offerHeld();
      this.settle();
      this.count();
      showAges(this.root);
      this.root.dispatchEvent(new CustomEvent("migration-changed", { bubbles: true }));
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
      for (const name of ["phase", "section", "announcement"]) present.dataset[name] = row.dataset[name];
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
        if (same && Number(earlier.dataset.id) < Number(row.dataset.id) && earlier.dataset.phase === "failed") {
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
      const below = rows.find((one) => one !== row && Number(one.dataset.id) < Number(row.dataset.id));
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

    get currency() {
      return this.root.querySelector("[data-currency]");
    }

    tell(text, detail) {
      const time = (this.currentAt || this.openedAt).toLocaleTimeString(this.root.dataset.language);
      this.currency.textContent = [text.replace("{time}", time), detail].filter(Boolean).join(" ");
      this.currency.classList.remove("text-danger");
    }

    /** Marks what is shown as old, which a first page without an answer is from the beginning. */
    outdated(text, detail) {
      this.tell(text, detail);
      this.currency.classList.add("text-danger");
      return RETRY_MS;
    }

    signedOut() {
      this.stop();
      this.root.querySelector("[data-signed-out]").hidden = false;
      return this.outdated(this.currency.dataset.textFailed);
    }

    stop() {
      this.stopped = true;
      clearTimeout(this.timer);
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

  /** A header counts whole seconds, and the answer took a moment: only what is beyond both is a wrong clock. */
  function heedClock(root, date) {
    const found = Date.now() - Date.parse(date);
    if (!(Math.abs(found - ahead) > CLOCK_TOLERANCE_MS)) return;
    ahead = found;
    showAges(root);
  }

  // Ages grow by themselves, in the reader's language and without a request.
  function showAges(root) {
    const format = new Intl.RelativeTimeFormat(root.dataset.language || undefined, { numeric: "auto", style: "short" });
    for (const time of root.querySelectorAll("time[data-age]")) {
      const seconds = (Date.parse(time.dateTime) + ahead - Date.now()) / 1000;
      const [unit, size] = UNITS.find(([, length]) => -seconds >= length) || ["second", Infinity];
      time.textContent = format.format(Math.min(0, Math.trunc(seconds / size)), unit);
    }
  }

  function start() {
    for (const root of document.querySelectorAll("[data-migration-board]:not([data-started])")) {
      root.dataset.started = "";
      showAges(root);
      setInterval(() => showAges(root), AGE_REFRESH_MS);
      new Board(root);
    }
  }

  start();
})();
