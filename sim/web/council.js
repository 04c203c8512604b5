/** One council: who it is, where it stands, and why it decided as it did. */

import { html, svg, write } from "#viz/dom";
import { changesOf, decisionsOf, statusesAt } from "#viz/state";
import { agendaWords, reasonWords, termWords } from "#viz/telling";
import { monthName, percent, sentence } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/state").Played} Played */

/**
 * A field to find a council by name.
 * @param {object} options
 * @param {import("#viz/types").Council[]} options.councils
 * @param {string} options.id
 * @param {(council: number) => void} options.found
 */
export function finder({ councils, id, found }) {
  const known = new Map(councils.map(({ name }, i) => [name.toLowerCase(), i]));
  const input = html("input", {
    id,
    type: "search",
    list: `${id}-names`,
    placeholder: "Name",
    autocomplete: "off",
    spellcheck: "false",
  });
  const said = html("span", { class: "said", role: "status" });
  const look = (/** @type {boolean} */ sure) => {
    const typed = input.value.trim().toLowerCase();
    const exact = known.get(typed);
    const like = [...known].filter(([name]) => typed && name.includes(typed));
    const only = exact ?? (sure && like.length === 1 ? like[0][1] : undefined);
    if (only !== undefined) {
      write(said, "");
      input.value = "";
      found(only);
    } else if (sure && typed) {
      const some = like.slice(0, 3).map(([, i]) => councils[i].name);
      write(said, some.length ? `Did you mean ${some.join(" or ")}?` : "No council has this name.");
    }
  };
  // Choosing from the list is an input event that completes a name; typing on may still go on.
  input.addEventListener("input", (event) => {
    const typed = /** @type {InputEvent} */ (event).inputType;
    if (typed === undefined || typed === "insertReplacementText") look(false);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") look(true);
  });
  input.addEventListener("change", () => look(false));
  const names = [...councils].sort((a, b) => a.name.localeCompare(b.name, "en-GB"));
  const element = html(
    "div",
    { class: "finder" },
    html("label", { for: id, text: "Find a council" }),
    input,
    html(
      "datalist",
      { id: `${id}-names` },
      ...names.map(({ name }) => html("option", { value: name })),
    ),
    said,
  );
  return { element, focus: () => input.focus() };
}

/** What is told of the council that is followed. */
export class CouncilCard {
  /**
   * @param {object} options
   * @param {Replay} options.replay
   * @param {(month: number, played: Played) => void} options.go to a month
   */
  constructor({ replay, go }) {
    this.replay = replay;
    this.go = go;
    /** @type {number[]} */
    this.months = [];
    /** @type {((months: number[]) => void)[]} */
    this.moving = [];
    this.element = html("div", { class: "council" });
  }

  /**
   * Tell of a council in what is shown.
   * @param {number} council
   * @param {Played[]} played
   */
  load(council, played) {
    const one = this.replay.data.councils[council];
    this.moving = [];
    const facts = [
      sentence(one.type.replaceAll("_", " ")),
      one.county && one.county !== one.name ? `in ${one.county}` : "",
      one.region,
      `${one.population.toLocaleString("en-GB")} people`,
      `about £${one.it_spend_gbp_m.toFixed(1)}m a year on IT`,
      `financial pressure ${one.pressure.toFixed(2)} of 1`,
    ];
    this.element.replaceChildren(
      html("h2", { text: one.name, tabindex: -1 }),
      html("p", { class: "facts", text: facts.filter(Boolean).join(" · ") }),
      ...this.inScenarios(council, played),
    );
  }

  /** @param {number[]} months of each scenario shown */
  show(months) {
    for (const move of this.moving) move(months);
  }

  /**
   * @param {number} council
   * @param {Played[]} played
   */
  inScenarios(council, played) {
    const told = played.flatMap((each, side) => {
      const place = each.scenario.place.get(council);
      return place === undefined ? [] : [this.inScenario(council, each, place, side)];
    });
    if (told.length) return told;
    return [html("p", { text: "It takes no part in the scenarios shown." })];
  }

  /**
   * @param {number} council
   * @param {Played} played
   * @param {number} place of the council in the scenario
   * @param {number} side of the scenario on the stage
   */
  inScenario(council, played, place, side) {
    const { replay } = this;
    const { data } = played.scenario;
    const title = html("h3", { style: `--colour:${data.colour}`, text: data.title });
    const decisions = decisionsOf(played, council);
    const strip = timeline(
      replay,
      played,
      council,
      place,
      decisions?.map(({ month }) => month) ?? [],
    );
    const state = html("p", { class: "state" });
    const why = html("div", { class: "why" });
    const changes = changesOf(played, council);
    const isIn = replay.joinedStatus;
    const now = svg("path", { class: "now" });
    strip.append(now);
    const buttons = decisions?.length
      ? [-1, 1].map((way) =>
          html("button", {
            type: "button",
            text: way < 0 ? "Decision before" : "Next decision",
            onclick: () => {
              const months = decisions.map(({ month }) => month);
              const at = this.months[side];
              const to = way < 0 ? months.filter((m) => m < at).pop() : months.find((m) => m > at);
              if (to !== undefined) this.go(to, played);
            },
          }),
        )
      : [];
    let shown = -2;
    this.moving.push((months) => {
      this.months = months;
      const month = months[side];
      now.setAttribute("d", `M${month + 0.5} -3V15`);
      const status = statusesAt(played, month)[place];
      const since = changes.filter((change) => change.month <= month).pop();
      const words = sentence(replay.data.statuses[status].words);
      const reason = reasonAt(played, council, month);
      const because =
        !isIn[status] && reason !== null ? ` (${reasonWords(replay, played, reason, month)})` : "";
      const from = since ? `, since ${monthName(replay.data.starts, since.month)}` : "";
      write(state, `${words}${from}${because}.`);
      const last = decisions?.filter((decision) => decision.month <= month).pop();
      if ((last?.month ?? -1) === shown) return;
      shown = last?.month ?? -1;
      why.replaceChildren(...this.whyWords(decisions, last ?? null));
    });
    return html("section", {}, title, state, strip, html("p", { class: "row" }, ...buttons), why);
  }

  /**
   * @param {ReturnType<typeof decisionsOf>} decisions
   * @param {import("#viz/state").Decision | null} last
   */
  whyWords(decisions, last) {
    const { replay } = this;
    if (decisions === null)
      return [
        html("p", {
          class: "quiet",
          text: "Why it decided as it did is kept for the typical, the low and the high future; choose one of them to read it.",
        }),
      ];
    if (last === null)
      return [html("p", { class: "quiet", text: "It has not considered joining yet." })];
    const terms = termWords(replay, last);
    const most = Math.max(...terms.map(({ logOdds }) => Math.abs(logOdds)), 1e-9);
    const date = monthName(replay.data.starts, last.month);
    const chance = percent(last.chance);
    return [
      html("p", {
        text: `${date}: it considered joining and said ${last.yes ? "yes" : "no"} (a chance of ${chance} that it would say yes).`,
      }),
      html("p", { class: "quiet", text: agendaWords(replay, last) }),
      html(
        "ol",
        { class: "terms" },
        ...terms.map(({ words, said, logOdds }) =>
          html(
            "li",
            {},
            html("span", { class: "term", text: words }),
            html(
              "span",
              { class: "bar", "aria-hidden": "true" },
              html("i", {
                class: logOdds < 0 ? "against" : "for",
                style: `width:${((50 * Math.abs(logOdds)) / most).toFixed(1)}%`,
              }),
            ),
            html("span", { class: "weight", text: said }),
          ),
        ),
      ),
    ];
  }
}

/**
 * Why a council was in or out at a month, as a code; null where the file does not say.
 * @param {Played} played
 * @param {number} council
 * @param {number} month
 */
function reasonAt(played, council, month) {
  const last = played.run.events.filter((event) => event[0] === council && event[1] <= month).pop();
  return last ? last[3] : null;
}

/**
 * A council's months in a strip: in, on the way, out; a dot wherever it considered.
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} council
 * @param {number} place
 * @param {number[]} considered
 */
function timeline(replay, played, council, place, considered) {
  const { months, statuses } = replay.data;
  const strip = svg("svg", {
    class: "strip",
    viewBox: `0 -4 ${months} 20`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": lifeWords(replay, played, council),
    style: `--colour:${played.scenario.data.colour}`,
  });
  const at = (/** @type {number} */ month) => statusesAt(played, month)[place];
  for (let month = 0; month < months; ) {
    let end = month;
    while (end < months && at(end) === at(month)) end++;
    strip.append(
      svg("rect", {
        x: month,
        y: 0,
        width: end - month,
        height: 12,
        "data-state": statuses[at(month)].name,
      }),
    );
    month = end;
  }
  for (const month of considered)
    strip.append(svg("path", { class: "considered", d: `M${month + 0.5} 12v4` }));
  return strip;
}

/**
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} council
 */
function lifeWords(replay, played, council) {
  const { starts, statuses } = replay.data;
  const said = changesOf(played, council).map(
    ({ month, to }) => `${monthName(starts, month)}: ${statuses[to].words}`,
  );
  return said.length ? said.join("; ") : "Outside in all months";
}
