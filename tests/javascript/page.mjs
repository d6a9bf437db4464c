// SPDX-License-Identifier: Apache-2.0
// A page with the panel's own scripts, a clock that the test moves, and requests that the test answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import vm from "node:vm";
import FakeTimers from "@sinonjs/fake-timers";
import { JSDOM, VirtualConsole } from "jsdom";

export const SCRIPTS = new URL("../../static/migration_panel/js/", import.meta.url);
export const NOW = Date.UTC(2026, 10, 26, 12);
const FAKED = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"];

/** Let promises and mutation observers run. */
export async function settle() {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
}

/** Copy an object of the page into the test's realm: assertions compare prototypes. */
export const plain = (value) => structuredClone(value);

/** An answer of the server, with what the scripts use of a response. */
function response({ status = 200, body = "", redirected = false, date = null }) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    redirected,
    ok: status >= 200 && status < 300,
    headers: new Headers(date ? { Date: date } : {}),
    json: async () => JSON.parse(text),
    text: async () => text,
  };
}

/** Pages of the present test. @type {Page[]} */
const pages = [];
afterEach(() => {
  const errors = pages.splice(0).flatMap((page) => page.errors);
  assert.deepEqual(errors, []);
});

export class Page {
  /**
   * @param {string} html content of the body
   * @param {string[]} scripts file names, after common.js and polling.js
   * @param {(window: any) => void} prepare
   */
  constructor(html, scripts = [], prepare = () => {}) {
    this.errors = [];
    const virtualConsole = new VirtualConsole();
    // jsdom opens no other page; an exception in a listener is an error.
    virtualConsole.on("jsdomError", (error) => error.type === "not-implemented" || this.errors.push(error));
    this.dom = new JSDOM(`<!doctype html><html lang="en"><title>Migrations</title><body>${html}</body></html>`, {
      url: "https://horizon.example.org/admin/migrations/",
      runScripts: "outside-only",
      virtualConsole,
    });
    this.window = this.dom.window;
    this.document = this.window.document;
    this.requests = [];
    this.clock = FakeTimers.withGlobal(this.window).install({ now: NOW, toFake: FAKED });
    this.isHidden = false;
    this.stub();
    prepare(this.window);
    this.run("common.js", "polling.js", ...scripts);
    pages.push(this);
  }

  /** Replace what a browser has and jsdom has not, or what a test must control. */
  stub() {
    const { window } = this;
    window.fetch = (address, options) => this.fetch(address, options);
    window.AbortSignal.timeout = (delay) => {
      const controller = new window.AbortController();
      window.setTimeout(() => controller.abort(new window.DOMException("too late", "TimeoutError")), delay);
      return controller.signal;
    };
    window.reportError = (error) => this.errors.push(error);
    window.Element.prototype.scrollIntoView = () => {};
    Object.defineProperty(this.document, "hidden", { get: () => this.isHidden });
  }

  run(...scripts) {
    for (const name of scripts) {
      const url = new URL(name, SCRIPTS);
      new vm.Script(readFileSync(url, "utf8"), { filename: url.pathname }).runInContext(
        this.dom.getInternalVMContext(),
      );
    }
  }

  fetch(address, options) {
    return new Promise((resolve, reject) => {
      const request = { address: new URL(address), options, resolve, reject };
      options.signal.addEventListener("abort", () => reject(options.signal.reason));
      this.requests.push(request);
    });
  }

  get panel() {
    return this.window.migrationPanel;
  }

  /** Return the errors so far, which the test expects. */
  takeErrors() {
    return this.errors.splice(0).map(({ message }) => message);
  }

  find(selector) {
    return this.document.querySelector(selector);
  }

  findAll(selector) {
    return [...this.document.querySelectorAll(selector)];
  }

  /** Requests sent so far. */
  get sent() {
    return this.requests.length;
  }

  /** Answer a request, by default the last. */
  async answer(answer, request = this.requests.at(-1)) {
    request.resolve(response(answer));
    await settle();
  }

  /** Lose the connection of the last request. */
  async disconnect() {
    this.requests.at(-1).reject(new TypeError("Failed to fetch"));
    await settle();
  }

  /** Move the page's clock. */
  async wait(milliseconds) {
    this.clock.tick(milliseconds);
    await settle();
  }

  async show(isVisible) {
    this.isHidden = !isVisible;
    this.document.dispatchEvent(new this.window.Event("visibilitychange"));
    await settle();
  }

  /** Send an event that bubbles, as a browser does. */
  send(element, type, options = {}) {
    const { Event, KeyboardEvent, MouseEvent } = this.window;
    const kind = type.startsWith("key") ? KeyboardEvent : type === "click" ? MouseEvent : Event;
    const event = new kind(type, { bubbles: true, cancelable: true, ...options });
    element.dispatchEvent(event);
    return event;
  }
}
