/** This month's changes as a table, for those who read rather than look. */

import { html } from "#viz/dom";
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
  const head = ["Council", ...(played.length > 1 ? ["Scenario"] : []), "Was", "Is", "Why"];
  const cell = (/** @type {string} */ text) => html("td", { text });
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
    rows.length === 0
      ? html("p", { text: "No council changed." })
      : html(
          "table",
          {},
          html("thead", {}, html("tr", {}, ...head.map((text) => html("th", { scope: "col", text })))),
          html(
            "tbody",
            {},
            ...rows.map(({ each, change }) =>
              html(
                "tr",
                {},
                html("th", { scope: "row", text: data.councils[change.council].name }),
                ...(played.length > 1 ? [cell(each.scenario.data.title)] : []),
                cell(data.statuses[change.from].words),
                cell(data.statuses[change.to].words),
                cell(data.reasons[change.reason]?.words ?? ""),
              ),
            ),
          ),
        ),
  );
}
