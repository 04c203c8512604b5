/** This month's changes as a table, for those who read rather than look. */

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
export function changesTable(replay, played, months) {
  const { data } = replay;
  const rows = played.flatMap((each, i) =>
    each.changes[months[i]].map((change) => ({ each, change })),
  );
  const refused = played.flatMap((each, i) => refusersIn(each, months[i]).map((r) => ({ each, r })));
  const head = ["Council", ...(played.length > 1 ? ["Scenario"] : []), "Was", "Is", "Why"];
  const cell = (/** @type {string} */ text) => html("td", { text });
  const row = (
    /** @type {Played} */ each,
    /** @type {number} */ council,
    /** @type {string} */ was,
    /** @type {string} */ is,
    /** @type {number} */ reason,
  ) =>
    html(
      "tr",
      {},
      html("th", { scope: "row", text: data.councils[council].name }),
      ...(played.length > 1 ? [cell(each.scenario.data.title)] : []),
      cell(was),
      cell(is),
      cell(data.reasons[reason]?.words ?? ""),
    );
  return html(
    "div",
    { class: "changes" },
    html("h3", { text: "What changed this month", tabindex: -1 }),
    ...played.map((each, i) =>
      html("p", {
        class: "quiet",
        text: `${each.scenario.data.title}, ${monthName(data.starts, months[i])}: ${countWords(each, months[i])}.`,
      }),
    ),
    rows.length + refused.length === 0
      ? html("p", { text: "No council changed." })
      : html(
          "table",
          {},
          html("thead", {}, html("tr", {}, ...head.map((text) => html("th", { scope: "col", text })))),
          html(
            "tbody",
            {},
            ...rows.map(({ each, change: { council, from, to, reason } }) =>
              row(each, council, data.statuses[from].words, data.statuses[to].words, reason),
            ),
            ...refused.map(({ each, r: [council, reason] }) =>
              row(each, council, "considered it", "stays out", reason),
            ),
          ),
        ),
  );
}
