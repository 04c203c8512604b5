import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, lookingAt } from "#viz/address";
import { START } from "#viz/session";
import { readReplay } from "#viz/state";
import { madeUp } from "./made_up.js";

const data = madeUp();
data.scenarios[2].name = "a,b&c=d é"; // as a file may call it
data.futures.forEach((/** @type {any} */ future) => {
  future.runs["a,b&c=d é"] = future.runs.three;
});
const replay = await readReplay(data);

const start = { ...START, shown: ["one", "two"] };

test("an address says where one is, and nothing that goes without saying", () => {
  assert.equal(
    addressOf(replay, { ...start, position: 2 }),
    "#month=2020-01&scenarios=one,two&seed=7",
  );
});

test("what is written is what is read, in every view", () => {
  for (const patch of [
    {},
    { position: 5, view: "chance", future: 1 },
    { count: "opening", position: -1, chart: "origins" },
    { shown: ["two"], count: "opening", position: 4 },
    { shown: ["a,b&c=d é", "one"], drawer: "changes" },
    { council: 1, drawer: "council", view: "network" },
    { council: 1, drawer: "curve" },
  ]) {
    const looking = /** @type {typeof start} */ ({ ...start, ...patch });
    assert.deepEqual({ ...start, ...lookingAt(replay, addressOf(replay, looking)) }, looking);
  }
});

test("what is not there is left out", () => {
  for (const address of [
    "",
    "#",
    "#presenter",
    "#month=20-1&seed=x&view=all&scenarios=four&read=1",
    "#scenarios=%E0%A4%A",
  ])
    assert.deepEqual(lookingAt(replay, address), {});
  assert.deepEqual(lookingAt(replay, "#scenarios=two,four,two,one,a"), { shown: ["two", "one"] });
  assert.deepEqual(lookingAt(replay, "#month=2020-01"), { position: 2 });
});
