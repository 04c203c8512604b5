import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  breachedOf,
  captionAt,
  chancesAt,
  changesOf,
  decisionsOf,
  firstShown,
  joinersIn,
  leaversIn,
  momentsOf,
  originsOf,
  placeInBand,
  play,
  readReplay,
  refusersIn,
  sameLuck,
  statusesAt,
  unpackFuture,
} from "#viz/state";
import { MONTHS, madeUp } from "./made_up.js";

const replay = await readReplay(madeUp());
const one = play(replay, "one", 0);

test("statuses are those after all events up to a month", () => {
  const at = Array.from({ length: MONTHS }, (_, month) => [...statusesAt(one, month)]);
  assert.deepEqual(at, [
    [0, 0],
    [1, 0],
    [2, 0],
    [2, 2],
    [3, 2],
    [4, 2],
  ]);
});

test("members counted from statuses are the members that the data have", () => {
  for (let month = 0; month < MONTHS; month++) {
    const count = [...statusesAt(one, month)].filter((code) => replay.joinedStatus[code]).length;
    assert.equal(count, one.run.joined[month], `month ${month}`);
  }
});

test("councils go by their place in the scenario, wherever they stand in the data", () => {
  const three = play(replay, "three", 0);
  assert.deepEqual([...statusesAt(three, 4)], [3]);
  assert.deepEqual(joinersIn(replay, three, 4), [2]);
});

test("joining is becoming a member, moving on is not; leaving is told apart", () => {
  assert.deepEqual(joinersIn(replay, one, 2), [0]);
  assert.deepEqual(joinersIn(replay, one, 4), []);
  assert.deepEqual(leaversIn(replay, one, 5), [0]);
});

test("a reason alone is no change of state, and a refusal once an offer is open", () => {
  assert.deepEqual(
    changesOf(one, 1).map(({ month }) => month),
    [3],
  );
  assert.deepEqual(refusersIn(one, 2), [[1, 4]]);
  assert.deepEqual(refusersIn(play(replay, "two", 0), 2), []);
});

test("the same run is laid out once", () => {
  assert.equal(play(replay, "one", 0), one);
});

test("chances are shares of futures", () => {
  assert.deepEqual(chancesAt(replay, replay.scenarios[0], 4), [0.5, 0]);
  assert.deepEqual(chancesAt(replay, replay.scenarios[0], 5), [1, 1]);
  assert.equal(chancesAt(replay, replay.scenarios[1], 5), null);
});

test("chances of another number of councils are refused", async () => {
  const data = madeUp();
  data.scenarios[0].chance = btoa("abc");
  await assert.rejects(readReplay(data), /one: 3 chances for 2 councils/);
});

test("packed runs and chances are those that were packed", async () => {
  const data = madeUp();
  const plain = madeUp();
  for (const future of data.futures) {
    future.runs_gz = gzipSync(JSON.stringify(future.runs)).toString("base64");
    delete future.runs;
  }
  const chance = Buffer.from(data.scenarios[0].chance, "base64");
  data.scenarios[0].chance_gz = gzipSync(chance).toString("base64");
  delete data.scenarios[0].chance;
  const unpacked = await readReplay(data);
  assert.deepEqual(unpacked.data.futures[0].runs, plain.futures[0].runs);
  assert.equal(unpacked.data.futures[1].runs, undefined);
  await unpackFuture(unpacked, 1);
  assert.deepEqual(unpacked.data.futures[1].runs, plain.futures[1].runs);
  assert.deepEqual(chancesAt(unpacked, unpacked.scenarios[0], 4), [0.5, 0]);
});

test("a share lies in the band, at its edges too", () => {
  const { band } = replay.scenarios[0].data;
  const places = [-0.1, 0, 0.2, 0.5, 0.6, 0.7, 0.9, 0.95].map((x) => placeInBand(band, 0, x));
  assert.deepEqual(places, [
    "below",
    "lower",
    "middle",
    "middle",
    "middle",
    "upper",
    "upper",
    "above",
  ]);
});

test("decisions of a council are in order of time, or not known", () => {
  assert.deepEqual(
    decisionsOf(one, 1)?.map(({ month, yes }) => [month, yes]),
    [
      [2, false],
      [3, true],
    ],
  );
  assert.deepEqual(decisionsOf(one, 0), []);
  assert.equal(decisionsOf(play(replay, "two", 0), 1), null);
});

test("origins are of this future, else the mean of all, else none", () => {
  assert.deepEqual(originsOf(replay, one), {
    shares: [[0, 0, 0.5, 1, 1, 0.5], []],
    mean: false,
  });
  assert.equal(originsOf(replay, play(replay, "two", 0))?.mean, true);
  assert.equal(originsOf(replay, play(replay, "three", 0)), null);
});

test("moments are notes and moments in order; a caption stays for a while", () => {
  assert.deepEqual(
    momentsOf(one).map(({ month }) => month),
    [1, 2],
  );
  assert.equal(captionAt(one, 0, 3), null);
  assert.equal(captionAt(one, 1, 3)?.words, "Councils can join");
  assert.equal(captionAt(one, 4, 3)?.words, "First");
  assert.equal(captionAt(one, 5, 3), null);
});

test("attacks are shown for as long as asked", () => {
  assert.deepEqual(
    [2, 3, 4, 5].map((month) => breachedOf(one, month, 2)),
    [[], [1], [1], []],
  );
});

test("luck is the same only where councils are", () => {
  assert.ok(sameLuck(replay, "one", "two"));
  assert.ok(!sameLuck(replay, "one", "three"));
});

test("a page opens with the first scenario and one of other councils, or with those named", () => {
  assert.deepEqual(firstShown(replay), ["one", "three"]);
  assert.deepEqual(firstShown({ ...replay, data: { ...replay.data, shown: ["two", "one"] } }), [
    "two",
    "one",
  ]);
  assert.deepEqual(firstShown({ ...replay, scenarios: replay.scenarios.slice(0, 1) }), ["one"]);
});
