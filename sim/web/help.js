/** What the page is, what its scenarios are, and which keys work it. */

import { html } from "#viz/dom";
import { KEYS } from "#viz/keys";

/**
 * @param {import("#viz/state").Replay} replay
 */
export function helpDialog(replay) {
  const dialog = html("dialog", { class: "help", "aria-label": "Help" });
  const { question } = replay.data;
  dialog.append(
    html(
      "form",
      { method: "dialog", class: "row" },
      html("h2", { text: "What you see" }),
      html("button", { text: "Close" }),
    ),
    html("p", {}, html("b", { text: question })),
    html("p", {
      text: "Each hexagon is a council. Its fill and mark say where it stands in one simulated future, month by month; behind the curve lies the band of all futures. Simulated, not observed: choose other futures before you believe one.",
    }),
    html("h2", { text: "Keys" }),
    html(
      "table",
      {},
      html(
        "tbody",
        {},
        ...KEYS.map(({ shown, does }) =>
          html(
            "tr",
            {},
            html("th", { scope: "row" }, html("kbd", { text: shown })),
            html("td", { text: does }),
          ),
        ),
      ),
    ),
    html("p", {
      text: "With the focus on a map, arrows go from council to council and Enter follows one. On a touch screen, swipe across a map for the month before or after. A click on the curve goes to that month. Printing the page gives six moments.",
    }),
    html("h2", { text: "The scenarios" }),
    html(
      "dl",
      {},
      ...replay.scenarios.flatMap(({ data }) => [
        html("dt", { text: data.title }),
        html("dd", { text: data.says.join(" ") }),
      ]),
    ),
  );
  return dialog;
}
