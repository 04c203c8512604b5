/** A replay of three councils over six months, written by hand. */

export const MONTHS = 6;

/** Chances of two councils by month, then as a page has them: 250 for all futures. */
const chances = [0, 0, 25, 50, 125, 250, 0, 0, 0, 0, 0, 250];

/** @returns {any} */
export function madeUp() {
  const flat = (/** @type {number} */ value) => Array(MONTHS).fill(value);
  const band = { q05: flat(0), q25: flat(0.2), q50: flat(0.4), q75: flat(0.6), q95: flat(0.9) };
  const scenario = {
    title: "One",
    colour: "#12436D",
    mark: "o",
    map: 0,
    says: ["What it is."],
    notes: [{ month: 1, kind: "opening", words: "Councils can join" }],
    band,
    futures: 1000,
    ties: [[0, 1, 1]],
  };
  const run = {
    // Out of order on purpose; the last changes a reason only.
    events: [
      [1, 3, 2, 0],
      [0, 1, 1, 9],
      [0, 2, 2, 0],
      [0, 4, 3, 0],
      [0, 5, 4, 11],
      [1, 2, 0, 4],
    ],
    joined: [0, 0, 1, 2, 2, 1],
    cancelled: null,
    breaches: [[1, 3]],
    origins: { habit: [0, 0, 1, 2, 2, 1] },
    why: [
      [1, 3, 1, 0.7, [0.2, 0.8], [0.5, -2]],
      [1, 2, 0, 0.2, [1, 0], [-0.1, -1]],
    ],
    moments: [{ month: 2, kind: "first", words: "First", councils: [0] }],
  };
  const other = {
    events: [[2, 4, 3, 0]],
    joined: [0, 0, 0, 0, 1, 1],
    cancelled: null,
    breaches: [],
    origins: null,
    why: null,
    moments: [],
  };
  return {
    version: 1,
    title: "T",
    question: "Q?",
    source: "S",
    starts: "2019-11",
    months: MONTHS,
    headline_months: 3,
    statuses: ["outside", "pledged", "migrating", "live", "left"].map((name) => ({
      name,
      words: name,
    })),
    reasons: Array.from({ length: 13 }, (_, i) => ({ name: String(i), words: `reason ${i}` })),
    agenda: [
      { name: "habit", words: "routine" },
      { name: "peers", words: "others" },
    ],
    terms: [
      { name: "money", words: "the business case" },
      { name: "autonomy", words: "control given up" },
    ],
    councils: ["A", "B", "C"].map((name, i) => ({
      code: name,
      name,
      type: "unitary",
      x: i,
      y: 0,
      size: 1,
    })),
    maps: [],
    scenarios: [
      {
        ...scenario,
        name: "one",
        councils: [0, 1],
        eligible: 2,
        opens: 1,
        chance: btoa(String.fromCharCode(...chances)),
        origins: null,
      },
      {
        ...scenario,
        name: "two",
        title: "Two",
        councils: [0, 1],
        eligible: 2,
        opens: 3,
        chance: null,
        origins: { habit: flat(0.5), peers: flat(0.25) },
      },
      {
        ...scenario,
        name: "three",
        title: "Three",
        notes: [],
        councils: [2],
        eligible: 1,
        opens: null,
        chance: null,
        origins: null,
      },
    ],
    futures: [
      {
        seed: 7,
        role: "typical",
        words: "",
        runs: { one: run, two: { ...run, origins: null, why: null }, three: other },
      },
      { seed: 8, role: "other", words: "", runs: { one: run, two: run, three: other } },
    ],
    same_luck: [["one", "two"], ["three"]],
  };
}
