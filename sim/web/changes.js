/** This month's changes as tables, for those who read rather than look. */

import { html } from "#viz/dom";
import { refusersIn } from "#viz/state";
import { countWords } from "#viz/telling";
import { monthName } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/state").Played} Played */

/**
 * @param {Replay} replay
 * @param {Played[]} played
 * @param {number[]} months of each scenario
 */
export function changesTables(replay, played, months) {
  return html(
    "div",
    { class: "changes" },
    html("h2", { text: "What changed this month" }),
    ...played.map((each, i) => ofScenario(replay, each, months[i])),
  );
}

/**
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} month
 */
function ofScenario(replay, played, month) {
  const { councils, statuses, reasons, starts } = replay.data;
  const { title, colour } = played.scenario.data;
  const row = (
    /** @type {number} */ council,
    /** @type {string} */ was,
    /** @type {string} */ is,
    /** @type {number} */ reason,
  ) =>
    html(
      "tr",
      {},
      html("th", { scope: "row", text: councils[council].name }),
      ...[was, is, reasons[reason]?.words ?? ""].map((text) => html("td", { text })),
    );
  const rows = [
    ...played.changes[month].map(({ council, from, to, reason }) =>
      row(council, statuses[from].words, statuses[to].words, reason),
    ),
    ...refusersIn(played, month).map(([council, reason]) =>
      row(council, "considered it", "stays out", reason),
    ),
  ];
  const head = ["Council", "Was", "Is", "Why"].map((text) => html("th", { scope: "col", text }));
  return html(
    "section",
    { style: `--colour:${colour}` },
    html("h3", { text: title }),
    html("p", { text: `${monthName(starts, month)}: ${countWords(played, month)}.` }),
    rows.length === 0
      ? html("p", { class: "quiet", text: "No council changed or considered it." })
      : html("table", {}, html("thead", {}, html("tr", {}, ...head)), html("tbody", {}, ...rows)),
  );
}
