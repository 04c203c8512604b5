/** Which key does what: one list, for the keyboard and for the page of help. */

/**
 * @typedef {object} Key
 * @property {string[]} keys as the browser names them
 * @property {string} shown as people call them
 * @property {string} does
 * @property {string} action
 */

/** @type {Key[]} */
export const KEYS = [
  { keys: [" "], shown: "Space", does: "play or pause", action: "toggle" },
  { keys: ["ArrowRight"], shown: "→", does: "one month on", action: "next" },
  { keys: ["ArrowLeft"], shown: "←", does: "one month back", action: "back" },
  { keys: ["ArrowUp"], shown: "↑", does: "a year on", action: "yearOn" },
  { keys: ["ArrowDown"], shown: "↓", does: "a year back", action: "yearBack" },
  { keys: ["Home"], shown: "Home", does: "to the start", action: "first" },
  { keys: ["End"], shown: "End", does: "to the end", action: "last" },
  { keys: ["PageDown", "."], shown: "Page down", does: "to the next moment", action: "nextMoment" },
  { keys: ["PageUp", ","], shown: "Page up", does: "to the moment before", action: "lastMoment" },
  { keys: ["1"], shown: "1", does: "the left scenario alone, or both again", action: "alone" },
  { keys: ["2"], shown: "2", does: "swap left and right", action: "swap" },
  { keys: ["m"], shown: "M", does: "map", action: "map" },
  { keys: ["n"], shown: "N", does: "network, or the map again", action: "network" },
  { keys: ["c"], shown: "C", does: "chance map, or the map again", action: "chance" },
  {
    keys: ["o"],
    shown: "O",
    does: "where members came from, or the futures again",
    action: "origins",
  },
  { keys: ["s"], shown: "S", does: "count by the calendar, or since opening", action: "count" },
  { keys: ["a"], shown: "A", does: "another future", action: "another" },
  { keys: ["+", "="], shown: "+", does: "faster", action: "faster" },
  { keys: ["-"], shown: "−", does: "slower", action: "slower" },
  { keys: ["l"], shown: "L", does: "names of regions, or none", action: "labels" },
  { keys: ["t"], shown: "T", does: "this month's changes as a table", action: "changes" },
  { keys: ["/"], shown: "/", does: "find a council", action: "find" },
  { keys: ["f"], shown: "F", does: "full screen", action: "fullScreen" },
  { keys: ["p"], shown: "P", does: "the presenter's window", action: "presenter" },
  { keys: ["?"], shown: "?", does: "this help", action: "help" },
  { keys: ["Escape"], shown: "Esc", does: "close what is open", action: "close" },
];

/**
 * The action of a key press; null where it belongs to what has the focus.
 * @param {KeyboardEvent} event
 * @returns {string | null}
 */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = /** @type {HTMLElement} */ (event.target);
  const tag = target.tagName ?? "";
  const typing = tag === "INPUT" && /** @type {HTMLInputElement} */ (target).type !== "range";
  if (event.key !== "Escape") {
    if (typing || tag === "TEXTAREA") return null;
    // Lists and buttons keep the keys that work them; a scrubber steps by months as we do.
    if (tag === "SELECT" && event.key !== "?") return null;
    if (event.key === " " && ["BUTTON", "SUMMARY", "A"].includes(tag)) return null;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return KEYS.find(({ keys }) => keys.includes(key))?.action ?? null;
}
