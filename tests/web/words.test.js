import assert from "node:assert/strict";
import { test } from "node:test";
import { areaPath, linear, linePath, roundTop, ticks } from "#viz/scale";
import { play, readReplay } from "#viz/state";
import {
  agendaWords,
  between,
  caption,
  chanceCaption,
  changeWords,
  countWords,
  futureName,
  futureWords,
  placeWords,
  reasonWords,
  termWords,
} from "#viz/telling";
import {
  cut,
  inTen,
  listedShort,
  monthName,
  percent,
  sinceOpening,
  span,
  weight,
} from "#viz/words";
import { madeUp } from "./made_up.js";

const replay = await readReplay(madeUp());
const one = play(replay, "one", 0);
const plain = (/** @type {string} */ text) => text.replaceAll("\u00a0", " ");

test("months have names across years", () => {
  assert.equal(monthName("2019-11", 0), "November 2019");
  assert.equal(monthName("2019-11", 2), "January 2020");
  assert.equal(monthName("2015-12", 12), "December 2016");
});

test("spans and openings read as people say them", () => {
  assert.deepEqual([0, 1, 12, 27].map(span), ["0 months", "1 month", "1 year", "2 years 3 months"]);
  assert.equal(sinceOpening(5, 3), "opens in 2 months");
  assert.equal(sinceOpening(5, 5), "opens this month");
  assert.equal(sinceOpening(5, 18), "1 year 1 month after opening");
  assert.equal(sinceOpening(null, 3), "never opens to councils");
});

test("what is not quite none or all is not called so", () => {
  assert.deepEqual(
    [0, 0.001, 0.375, 0.999, 1].map((x) => plain(percent(x))),
    ["0%", "under 1%", "38%", "over 99%", "100%"],
  );
  assert.deepEqual([0, 0.02, 0.31, 0.97, 1].map(inTen), [
    "in no future",
    "in fewer than 1 in 20 futures",
    "in about 3 in 10 futures",
    "in nearly all futures",
    "in all futures",
  ]);
  assert.equal(plain(between(0.12, 0.24)), "12 to 24%");
  assert.equal(plain(between(0.12, 0.121)), "12%");
});

test("weights of terms are for or against, by strength", () => {
  assert.deepEqual([2, 1, 0.3, 0.1, 0.01, -0.8].map(weight), [
    "strongly for",
    "clearly for",
    "somewhat for",
    "slightly for",
    "hardly counted",
    "clearly against",
  ]);
});

test("a month is told by counts, band and names", () => {
  assert.equal(plain(countWords(one, 2)), "1 of 2 councils is in (50%)");
  assert.equal(plain(placeWords(one, 2)), "Like most futures: half have 20 to 60%");
  assert.equal(plain(placeWords(one, 3)), "More than 19 in 20 futures: half have 20 to 60%");
  assert.equal(placeWords(one, 0), "");
  assert.equal(changeWords(replay, one, 5, 3), "A leaves.");
  assert.equal(listedShort(["a", "b", "c", "d"], 2), "a, b and 2 more");
});

test("a caption tells of an event, else what the scenario is, an attack, or who joins", () => {
  assert.equal(caption(replay, one, 0).words, "What it is.");
  assert.deepEqual(caption(replay, one, 1), {
    head: "Opening",
    words: "Councils can join",
    event: true,
  });
  assert.equal(caption(replay, play(replay, "three", 0), 4).words, "What it is.");
  // Once its month is over, it is told with that month.
  assert.deepEqual(caption(replay, one, 2), { head: "", words: "First", event: true });
  assert.equal(caption(replay, one, 3).head, "January 2020");
});

test("a future is named by its role, and luck only where councils are the same", () => {
  assert.deepEqual(
    [0, 1].map((i) => futureName(replay, i)),
    ["A typical future", "Another future, 1 of 1"],
  );
  assert.equal(
    futureWords(replay, 0, ["one", "two"]),
    "A typical future, one of 1,000 (seed 7). Same luck for both.",
  );
  assert.equal(
    futureWords(replay, 0, ["one", "three"]),
    "A typical future, one of 1,000 (seed 7).",
  );
});

test("why a council decided is told largest first", () => {
  const decision = { month: 3, yes: true, chance: 0.7, agenda: [0.2, 0.8], terms: [0.5, -2] };
  assert.equal(
    plain(agendaWords(replay, decision)),
    "What put it on the agenda: others (80%) and routine (20%).",
  );
  assert.deepEqual(
    termWords(replay, decision).map(({ words, said }) => `${words}: ${said}`),
    ["Control given up: strongly against", "The business case: somewhat for"],
  );
});

test("scales, ticks and paths", () => {
  assert.equal(linear([10, 20], [0, 100])(15), 50);
  assert.equal(linear([1, 1], [7, 9])(1), 7);
  assert.deepEqual(ticks(1, 4), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(ticks(0.05, 2), [0, 0.025, 0.05]);
  assert.deepEqual([0.03, 0.5, 0.97].map(roundTop), [0.05, 0.6, 1]);
  assert.equal(linePath([0, 1, 2, 3], [5, Number.NaN, 5, 6]), "M0 5M2 5L3 6");
  assert.equal(areaPath([0, 1], [0, 0], [2, 3]), "M0 2L1 3L1 0L0 0Z");
});

test("texts are cut by whole letters, and say so", () => {
  assert.equal(cut("abc", 3), "abc");
  assert.equal(cut("a😀cd", 3), "a😀…");
});

test("while months fly by no names are shown, since nobody could read them", () => {
  const two = play(replay, "two", 0);
  const late = {
    ...two,
    scenario: { ...two.scenario, data: { ...two.scenario.data, notes: [] } },
    run: { ...two.run, moments: [] },
  };
  assert.equal(caption(replay, late, 5).words, "A leaves.");
  assert.equal(caption(replay, late, 5, true).words, "");
});

test("before it opens a scenario is told by what it is; what is announced then goes without saying", () => {
  const two = play(replay, "two", 0);
  const noted = (/** @type {string} */ kind) => {
    const notes = [{ month: 0, kind, words: "Something" }];
    const data = { ...two.scenario.data, notes };
    const run = { ...two.run, moments: [] };
    return caption(replay, { ...two, scenario: { ...two.scenario, data }, run }, 1).words;
  };
  assert.equal(noted("launch"), "What it is.");
  assert.equal(noted("event"), "Something");
});

test("whom the end came before is not said to have taken no interest", () => {
  const ended = { ...one, run: { ...one.run, cancelled: 3 } };
  assert.equal(reasonWords(replay, ended, 2, 2), "reason 2");
  assert.equal(reasonWords(replay, ended, 2, 3), "had not considered it when it was cancelled");
  assert.equal(reasonWords(replay, ended, 4, 3), "reason 4");
});

test("over a map of chances it is said that the counter is of one future", () => {
  const { head, words } = chanceCaption(one.scenario.data);
  assert.equal(head, "All 1,000 futures");
  assert.match(words, /counter and the line are still of one/);
});
