/**
 * What is looked at, written behind the page's address: `#month=2019-04&scenarios=a,b`. Whoever
 * reloads the page, or keeps its address, comes back to the same place. Pure.
 */

import { firstShown } from "#viz/state";
import { calendar } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/session").Looking} Looking */

const VIEWS = ["map", "network", "chance"];
const CHARTS = ["futures", "origins"];
const DRAWERS = ["curve", "changes", "council"];
const COUNTS = ["calendar", "opening"];

/**
 * What the clock's position lacks of the month of the first scenario shown.
 * @param {Replay} replay
 * @param {Pick<Looking, "shown" | "count">} looking
 */
function offset(replay, { shown, count }) {
  return count === "opening" ? (replay.byName.get(shown[0])?.data.opens ?? 0) : 0;
}

/**
 * @param {Replay} replay
 * @param {Looking} looking
 */
export function addressOf(replay, looking) {
  const { data } = replay;
  const at = calendar(data.starts, looking.position + offset(replay, looking));
  const usual = looking.council === null ? "curve" : "council";
  const parts = {
    month: `${at.year}-${String(at.month + 1).padStart(2, "0")}`,
    scenarios: looking.shown.map(encodeURIComponent).join(","),
    seed: data.futures[looking.future].seed,
    view: looking.view === "map" ? null : looking.view,
    count: looking.count === "calendar" ? null : looking.count,
    chart: looking.chart === "futures" ? null : looking.chart,
    read: looking.drawer === usual ? null : looking.drawer,
    council: looking.council === null ? null : data.councils[looking.council].code,
  };
  const said = Object.entries(parts).filter(([, value]) => value !== null);
  return `#${said.map(([key, value]) => `${key}=${value}`).join("&")}`;
}

/**
 * What an address asks for; what it does not say, or what the page does not have, is left out.
 * @param {Replay} replay
 * @param {string} address what stands behind the page's name, with its sign
 * @returns {Partial<Looking>}
 */
export function lookingAt(replay, address) {
  const { data } = replay;
  const asked = new Map(
    address
      .replace(/^#/, "")
      .split("&")
      .map((part) => /** @type {[string, string]} */ (part.split(/=(.*)/s, 2))),
  );
  /** @type {Partial<Looking>} */
  const found = {};
  const named = (asked.get("scenarios") ?? "").split(",").map(decoded);
  const known = [...new Set(named)].filter((name) => replay.byName.has(name));
  if (known.length > 0) found.shown = known.slice(0, 2);
  const future = data.futures.findIndex(({ seed }) => String(seed) === asked.get("seed"));
  if (future >= 0) found.future = future;
  const council = data.councils.findIndex(({ code }) => code === asked.get("council"));
  if (council >= 0) Object.assign(found, { council, drawer: "council" });
  for (const [name, key, values] of /** @type {const} */ ([
    ["view", "view", VIEWS],
    ["count", "count", COUNTS],
    ["chart", "chart", CHARTS],
    ["drawer", "read", DRAWERS],
  ])) {
    const value = asked.get(key);
    if (value !== undefined && values.includes(value)) Object.assign(found, { [name]: value });
  }
  const [, year, month] = /^(\d{4})-(\d{2})$/.exec(asked.get("month") ?? "") ?? [];
  if (year !== undefined) {
    const first = calendar(data.starts, 0);
    const months = (Number(year) - first.year) * 12 + Number(month) - 1 - first.month;
    const { shown = firstShown(replay), count = "calendar" } = found;
    found.position = months - offset(replay, { shown, count });
  }
  return found;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // no text of ours
  }
}
