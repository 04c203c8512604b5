/** One scenario on the stage: its name, its members, what happens, its map. */

import { choice, html, svg, write } from "#viz/dom";
import { chanceKey, Hexmap, stateKey } from "#viz/hexmap";
import { Network } from "#viz/network";
import { markPath } from "#viz/scale";
import { breachedOf, chancesAt, isCancelled, joinersIn, statusesAt } from "#viz/state";
import { caption, chanceCaption, countWords, placeWords } from "#viz/telling";
import { inTen, monthName, percent, sentence, sinceOpening } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/state").Played} Played */

const ALONE = "";

/** A place on the stage for a scenario. */
export class Panel {
  /**
   * @param {object} options
   * @param {Replay} options.replay
   * @param {number} options.side 0 or 1
   * @param {(name: string | null) => void} options.choose another scenario, or none
   * @param {(council: number) => void} options.follow
   */
  constructor({ replay, side, choose, follow }) {
    this.replay = replay;
    this.side = side;
    this.follow = follow;
    /** @type {Hexmap | null} */
    this.map = null;
    /** @type {Played | null} */
    this.played = null;
    this.month = 0;
    this.drawnName = "";
    const options = replay.scenarios.map(({ data }) => ({ value: data.name, text: data.title }));
    if (side === 1) options.push({ value: ALONE, text: "(nothing beside it)" });
    this.select = choice(
      side === 0 ? "Scenario on the left" : "Scenario on the right",
      options,
      (name) => choose(name === ALONE ? null : name),
      { class: "scenario" },
    );
    // A list cannot break a long title into lines: it lies unseen over one that can.
    this.name = html("span", { class: "scenario-name", "aria-hidden": "true" });
    this.mark = svg("svg", {
      class: "mark-sample",
      viewBox: "-10 -10 20 20",
      "aria-hidden": "true",
    });
    this.number = html("span", { class: "number" });
    this.of = html("span", { class: "of" });
    this.when = html("span", { class: "when" });
    this.band = html("span", { class: "when" });
    this.head = html("b", {});
    this.words = html("span", {});
    this.caption = html("p", { class: "caption" }, this.head, " ", this.words);
    this.place = html("div", { class: "place" });
    this.element = html(
      "section",
      { class: "panel" },
      html(
        "h2",
        { class: "panel-title" },
        this.mark,
        html("span", { class: "chooser" }, this.name, this.select),
      ),
      html(
        "p",
        { class: "counter" },
        this.number,
        html("span", { class: "beside" }, this.of, this.band, this.when),
      ),
      this.caption,
      this.place,
    );
  }

  /**
   * Show a scenario in a future.
   * @param {Played} played
   */
  load(played) {
    this.played = played;
    const { data } = played.scenario;
    this.select.value = data.name;
    if (this.drawnName === data.name) return;
    this.drawnName = data.name;
    this.element.setAttribute("aria-label", data.title);
    write(this.name, data.title);
    this.name.title = data.says.join(" ");
    this.element.style.setProperty("--colour", data.colour);
    this.mark.replaceChildren(svg("path", { d: markPath(data.mark, 0, 0, 7), fill: data.colour }));
    const councils = data.councils.map((i) => this.replay.data.councils[i]);
    const map = new Hexmap({
      id: `council-${this.side}`,
      councils,
      frame: this.replay.data.maps[data.map],
      chosen: (place) => this.follow(data.councils[place]),
      describe: (place) => this.describe(place),
    });
    const place = played.scenario.place;
    this.network = new Network(
      map.ties,
      map.at,
      (data.ties ?? []).map(([a, b, w]) => [place.get(a) ?? 0, place.get(b) ?? 0, w]),
    );
    this.place.replaceChildren(map.element, map.tip);
    this.map = map;
  }

  /**
   * A council and its state in words.
   * @param {number} at its place
   */
  describe(at) {
    const { replay, played } = this;
    if (!played) return "";
    const { name } = replay.data.councils[played.scenario.councils[at]];
    if (this.view === "chance") {
      const chances = chancesAt(replay, played.scenario, this.month);
      if (chances) return `${name}: a member ${inTen(chances[at])} (${percent(chances[at])})`;
    }
    return `${name}: ${replay.data.statuses[statusesAt(played, this.month)[at]].words}`;
  }

  /**
   * Show a month.
   * @param {object} at
   * @param {number} at.month
   * @param {boolean} at.over is the clock beyond the horizon?
   * @param {import("#viz/session").Looking} at.looking
   * @param {boolean} at.moved did the month change, and nothing else?
   */
  show({ month, over, looking, moved }) {
    const { replay, played, map } = this;
    if (!played || !map) return;
    const { data } = played.scenario;
    this.month = month;
    this.view = looking.view;
    const all = data.eligible;
    const joined = played.run.joined[month];
    write(this.number, String(joined));
    write(
      this.of,
      `of ${all} councils ${joined === 1 ? "is" : "are"} in, ${percent(joined / all)}`,
    );
    write(this.band, placeWords(played, month));
    const since = sinceOpening(data.opens, month);
    const date = monthName(replay.data.starts, month);
    const end = over ? "the simulation ends here: " : "";
    const stage = isCancelled(played, month)
      ? `cancelled in ${monthName(replay.data.starts, played.run.cancelled ?? 0)}`
      : since;
    write(this.when, `${end}${looking.count === "opening" ? date : stage}`);
    const hurried = looking.playing && looking.speed > 2;
    const chances = looking.view === "chance" ? chancesAt(replay, played.scenario, month) : null;
    const said = chances ? chanceCaption(data) : caption(replay, played, month, hurried);
    write(this.head, said.head ? `${said.head}:` : "");
    write(this.words, said.head ? said.words : sentence(said.words));
    this.caption.title = this.caption.textContent?.trim() ?? "";
    this.caption.classList.toggle("event", said.event);
    map.element.classList.toggle("named", data.opens === null || month < data.opens);
    map.element.setAttribute("data-view", looking.view);
    if (chances) map.showChances(chances);
    else {
      const names = replay.data.statuses.map((status) => status.name);
      map.showStates(Array.from(statusesAt(played, month), (code) => names[code]));
    }
    const news = moved && !chances ? joinersIn(replay, played, month) : [];
    const places = news.map((council) => played.scenario.place.get(council) ?? 0);
    map.flash(places);
    const struck = chances ? [] : breachedOf(played, month, 2);
    map.strike(struck.map((council) => played.scenario.place.get(council) ?? 0));
    this.network?.light(looking.view === "network" ? places : []);
    map.follow(looking.council === null ? undefined : played.scenario.place.get(looking.council));
    map.element.setAttribute(
      "aria-description",
      `${data.title}, ${date}: ${countWords(played, month)}`,
    );
  }
}

const NETWORK =
  "Each hexagon is a council, by spend on IT; lines join those that listen to one another, and light up when one joins";

/**
 * What a hexagon is.
 * @param {Replay} replay
 * @param {Played[]} played
 */
function hexagonWords(replay, played) {
  const counties = played.some(({ scenario }) =>
    scenario.councils.some((council) => replay.data.councils[council].type === "county"),
  );
  return `Each hexagon is a council${counties ? ", a small one a county council" : ""}`;
}

/**
 * What fills and marks of the maps mean.
 * @param {Replay} replay
 * @param {Played[]} played
 * @param {import("#viz/session").Looking["view"]} view
 */
export function mapKey(replay, played, view) {
  if (view === "chance") return chanceKey();
  const asked = new Set(played.flatMap((each) => [...each.statuses]));
  const entries = replay.data.statuses.filter((_, code) => asked.has(code));
  const attacks = played.some((each) => each.run.breaches.length > 0);
  if (attacks) entries.push({ name: "breach", words: "severe cyber attack" });
  const key = stateKey(entries);
  key.append(html("li", { text: view === "network" ? NETWORK : hexagonWords(replay, played) }));
  return key;
}
