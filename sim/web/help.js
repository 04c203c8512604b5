/** What the page is and which keys work it. */

import { html } from "#viz/dom";
import { KEYS } from "#viz/keys";

/**
 * @param {import("#viz/state").Replay} replay
 */
export function helpDialog(replay) {
  const dialog = html("dialog", { class: "help", "aria-label": "Help" });
  dialog.append(
    html("h2", { text: "What you see, and the keys" }),
    html("p", {
      text: `Each hexagon is a council. Its fill and mark say where it stands in one simulated future, month by month; behind the curve lies the band of all futures. Simulated, not observed: choose other futures before you believe one.`,
    }),
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
      text: "With the focus on a map, arrows go from council to council and Enter follows one. Printing the page gives six moments.",
    }),
    html("p", { class: "source", text: replay.data.source }),
    html("form", { method: "dialog" }, html("button", { text: "Close" })),
  );
  return dialog;
}
