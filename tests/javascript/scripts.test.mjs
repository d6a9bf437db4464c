// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Page, SCRIPTS } from "./page.mjs";

const MAX_BYTES = 30 * 1024;
const TEMPLATE = new URL("../../templates/migration_panel/_scripts.html", import.meta.url);
const STYLES = new URL("../../static/migration_panel/scss/", import.meta.url);

const listed = [...readFileSync(TEMPLATE, "utf8").matchAll(/js\/(\w+\.js)/g)].map(([, name]) => name);
const contents = (folder) => readdirSync(folder).map((name) => readFileSync(new URL(name, folder)));

test("pages load every script once", () => {
  assert.deepEqual(listed.toSorted(), readdirSync(SCRIPTS).sort());
});

test("pages load common.js first", () => {
  assert.equal(listed[0], "common.js");
});

test("pages load the scripts without an error, one after the other and again with a tab", () => {
  const page = new Page("", listed);
  page.run(...listed);
  assert.deepEqual(page.takeErrors(), []);
});

test("scripts and style are under 30 KB gzipped", () => {
  // Horizon joins the scripts into one file and minifies it, and compiles the partials into one smaller file.
  const scripts = gzipSync(Buffer.concat(contents(SCRIPTS))).length;
  const style = gzipSync(Buffer.concat(contents(STYLES))).length;
  assert.ok(scripts + style < MAX_BYTES, `${scripts} + ${style} bytes`);
});
