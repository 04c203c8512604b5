/** Six moments on paper, made when somebody prints. */

import { monthAt } from "#viz/clock";
import { html } from "#viz/dom";
import { Hexmap } from "#viz/hexmap";
import { mapKey } from "#viz/panel";
import { statusesAt } from "#viz/state";
import { countWords } from "#viz/telling";
import { monthName, sinceOpening } from "#viz/words";

const MOMENTS = 6;

/**
 * @typedef {object} Printed
 * @property {import("#viz/state").Replay} replay
 * @property {import("#viz/state").Played[]} played
 * @property {import("#viz/clock").Count} count
 * @property {[number, number]} range of the clock
 * @property {string[]} story
 */

/**
 * Positions of the clock for a strip: from the first opening to the end, evenly; the headline
 * month takes the place of the one nearest to it.
 * @param {Printed} printed
 */
export function stripPositions({ replay, played, count, range }) {
  const opens = played.map((each) => each.scenario.data.opens).filter((month) => month !== null);
  const from = count === "opening" ? 0 : Math.max(range[0], Math.min(...opens, range[1]));
  const at = Array.from({ length: MOMENTS }, (_, i) =>
    Math.round(from + ((range[1] - from) * i) / (MOMENTS - 1)),
  );
  const headline = from + (replay.data.headline_months ?? range[1]);
  if (headline < range[1]) {
    const far = at.map((position) => Math.abs(position - headline));
    far[0] = far[MOMENTS - 1] = Number.POSITIVE_INFINITY;
    at[far.indexOf(Math.min(...far))] = headline;
  }
  return at;
}

/**
 * @param {Printed} printed
 */
function strip(printed) {
  const { replay, played, count } = printed;
  const { data } = replay;
  const names = data.statuses.map((status) => status.name);
  return html(
    "section",
    { class: "print" },
    html("h1", { text: data.title }),
    html("p", { text: data.question }),
    ...printed.story.map((text) => html("p", { text })),
    ...played.map((each, side) => {
      const { title, colour, councils, opens, map } = each.scenario.data;
      return html(
        "div",
        { class: "strip-of", style: `--colour:${colour}` },
        html("h2", { text: title }),
        html(
          "div",
          { class: "six" },
          ...stripPositions(printed).map((position, k) => {
            const { month } = monthAt(count, data.months, opens, position);
            const hexmap = new Hexmap({
              id: `print-${side}-${k}`,
              councils: councils.map((i) => data.councils[i]),
              frame: data.maps[map],
              chosen: () => {},
              describe: () => "",
            });
            hexmap.showStates(Array.from(statusesAt(each, month), (code) => names[code]));
            return html(
              "figure",
              {},
              hexmap.element,
              html(
                "figcaption",
                {},
                html("b", { text: monthName(data.starts, month) }),
                html("br"),
                sinceOpening(opens, month),
                html("br"),
                countWords(each, month),
              ),
            );
          }),
        ),
      );
    }),
    html("div", { class: "map-key" }, mapKey(replay, played, "map")),
    html("p", { class: "source", text: data.source }),
  );
}

/**
 * @param {HTMLElement} root
 * @param {() => Printed} ask for what is to be printed
 */
export function printOnDemand(root, ask) {
  let made = /** @type {HTMLElement | null} */ (null);
  addEventListener("beforeprint", () => {
    made?.remove();
    made = strip(ask());
    root.append(made);
  });
  addEventListener("afterprint", () => {
    made?.remove();
    made = null;
  });
}
