// SPDX-License-Identifier: Apache-2.0
// Runs every test file in one process: loading jsdom takes longer than the tests of a file.
// With Node.js 22.8 or later as the minimum, `node --test --test-isolation=none` replaces this file.

import { readdirSync } from "node:fs";

for (const name of readdirSync(new URL(".", import.meta.url)).sort()) {
  if (name.endsWith(".test.mjs")) await import(new URL(name, import.meta.url));
}
