import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { KEYS } from "#viz/keys";

const folder = new URL("../../sim/web/", import.meta.url);
const modules = readdirSync(folder).filter((name) => name.endsWith(".js"));
const text = (/** @type {string} */ name) => readFileSync(new URL(name, folder), "utf8");

test("modules import one another by bare names only: others do not resolve in one file", () => {
  for (const name of modules)
    for (const [, from] of text(name).matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g))
      assert.match(from, /^#viz\/[\w-]+$/, `${name} imports ${from}`);
});

test("what is imported is there", () => {
  for (const name of modules)
    for (const [, from] of text(name).matchAll(/from "#viz\/([\w-]+)";/g))
      assert.ok(modules.includes(`${from}.js`), `${name} imports ${from}`);
});

test("each key does one thing, and each thing is done", () => {
  const keys = KEYS.flatMap((key) => key.keys);
  assert.equal(new Set(keys).size, keys.length);
  for (const { action } of KEYS)
    assert.match(text("actions.js"), new RegExp(`^    ${action}: `, "m"));
});
