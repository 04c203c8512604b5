/** The chart beside the maps, with its switches and its key. */

import { switches } from "#viz/controls";
import { bandKey, Curve, layerKey } from "#viz/curve";
import { html } from "#viz/dom";
import { originsOf, sameLuck } from "#viz/state";
import { calendar, sentence } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/state").Played} Played */
/** @typedef {import("#viz/session").Looking} Looking */

/** The chart and what is said of it. */
export class Side {
  /**
   * @param {object} options
   * @param {Replay} options.replay
   * @param {(chart: Looking["chart"]) => void} options.chooseChart
   * @param {(position: number) => void} options.go
   */
  constructor({ replay, chooseChart, go }) {
    this.replay = replay;
    /** @type {Played[]} */
    this.played = [];
    this.charts = switches(
      "What the chart shows",
      [
        { value: "futures", text: "All futures", key: "O" },
        { value: "origins", text: "What brought them", key: "O" },
      ],
      (value) => chooseChart(/** @type {Looking["chart"]} */ (value)),
    );
    const place = html("div", { class: "chart-place" });
    this.curve = new Curve(place, go);
    this.key = html("div", { class: "key-place" });
    this.element = html("div", { class: "charted" }, this.charts.element, place, this.key);
  }

  /**
   * Draw what is shown anew.
   * @param {Played[]} played
   * @param {[number, number]} range of the clock
   * @param {Looking} looking
   */
  load(played, range, looking) {
    this.played = played;
    const { replay } = this;
    const { months, starts } = replay.data;
    const series = played.map((each) => {
      const { title, colour, mark, band, opens, eligible } = each.scenario.data;
      const offset = looking.count === "opening" ? (opens ?? 0) : 0;
      return {
        title,
        colour,
        mark,
        band,
        x: Array.from({ length: months }, (_, month) => month - offset),
        share: each.run.joined.map((joined) => joined / eligible),
        opens: opens === null ? null : opens - offset,
      };
    });
    const stacks = series.flatMap((one, i) => {
      const layers = originsOf(replay, played[i])?.shares;
      return layers ? [{ ...one, layers }] : [];
    });
    // Two scenarios lie over one another where they are of the same councils; else each has a plot.
    const [a, b] = looking.shown;
    const apart = b !== undefined && !sameLuck(replay, a, b);
    const origins = looking.chart === "origins" && stacks.length > 0;
    const plots = origins ? stacks : apart ? series.map((one) => [one]) : [series];
    this.curve.set(range, timeLabels(looking.count, range, starts), plots);
    this.bands = bandKey(series, played[0].scenario.data.futures);
    this.charts.show(looking.chart, new Set(stacks.length ? [] : ["origins"]));
  }

  /**
   * @param {Looking} looking
   * @param {number[]} months of each scenario
   */
  show(looking, months) {
    this.curve.show(looking.position);
    const key = looking.chart === "origins" ? this.originsKey(months) : this.bands;
    if (key && key !== this.key.firstElementChild) this.key.replaceChildren(key);
  }

  /** @param {number[]} months */
  originsKey(months) {
    const { agenda } = this.replay.data;
    const origins = this.played.map((each) => originsOf(this.replay, each));
    const members = agenda.map((_, i) =>
      this.played.map((each, side) => {
        const share = origins[side]?.shares[i]?.[months[side]] ?? 0;
        return share * each.scenario.data.eligible;
      }),
    );
    const mean = origins.some((each) => each?.mean);
    return layerKey(
      agenda.map(({ words }) => sentence(words)),
      members,
      agenda.map((_, i) => origins.some((each) => each?.shares[i]?.some((share) => share > 0))),
      `${mean ? "Mean of all futures" : "This future"}, members${this.played.length > 1 ? " left and right" : ""}:`,
    );
  }
}

/**
 * Labels of the axis of time: years, or years since opening.
 * @param {Looking["count"]} count
 * @param {[number, number]} range
 * @param {string} starts
 */
function timeLabels(count, range, starts) {
  const labels = [];
  for (let at = range[0]; at <= range[1]; at++) {
    if (count === "calendar" && calendar(starts, at).month === 0)
      labels.push({ at, text: String(calendar(starts, at).year) });
    if (count === "opening" && at % 12 === 0) {
      const years = `${at < 0 ? "−" : "+"}${Math.abs(at / 12)}`;
      const text = at === 0 ? "opening" : at === 12 ? "+1 year" : years;
      labels.push({ at, text });
    }
  }
  return labels;
}
