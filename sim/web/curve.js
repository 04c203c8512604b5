/**
 * Shares over time: the band of all futures, one future in step with the clock, and where members
 * came from. Drawn in the pixels of its place, so that type keeps its size.
 */

import { html, svg } from "#viz/dom";
import { areaPath, linear, linePath, markPath, roundTop, ticks } from "#viz/scale";
import { cut } from "#viz/words";

/** @typedef {import("#viz/types").Band} Band */

/**
 * What is drawn of one scenario. `x[i]` is the position on the clock of its month `i`.
 * @typedef {object} Series
 * @property {string} title
 * @property {string} colour
 * @property {string} mark
 * @property {number[]} x
 * @property {Band} band
 * @property {number[]} share of councils that are members in the future shown
 * @property {number | null} opens position on the clock
 */

/**
 * Areas over one another, of one scenario.
 * @typedef {object} Stack
 * @property {string} title
 * @property {string} colour
 * @property {string} mark
 * @property {number[]} x
 * @property {number[][]} layers by cause and month, as shares of councils
 */

/** @typedef {{top: number, width: number, height: number, last: boolean, most: number}} Place */

/** Room about a plot, in widths of the page's own type. */
const EDGE = { top: 1.9, right: 0.9, bottom: 1.9, left: 3.2 };
/** Fill of each cause, in order: members from the start are grey. */
export const LAYER_COLOURS = [
  "#BFBFBF",
  "#12436D",
  "#28A197",
  "#801650",
  "#F46A25",
  "#A285D1",
  "#3D3D3D",
];

/** A chart that fills its element; pointing at a month goes there. */
export class Curve {
  /**
   * @param {HTMLElement} element
   * @param {(position: number) => void} [go] to a position of the clock
   */
  constructor(element, go = () => {}) {
    this.element = element;
    /** @type {(Series[] | Stack)[]} */
    this.plots = [];
    /** @type {[number, number]} */
    this.domain = [0, 1];
    /** @type {{at: number, text: string}[]} */
    this.labels = [];
    this.position = 0;
    this.em = 16;
    /** @type {((position: number) => void)[]} */
    this.moving = [];
    new ResizeObserver(() => this.redraw()).observe(element);
    const point = (/** @type {PointerEvent} */ event) => {
      const [left, right] = this.across(element.clientWidth);
      const at = event.clientX - element.getBoundingClientRect().left;
      const [first, last] = this.domain;
      if (event.buttons === 1)
        go(Math.round(first + ((last - first) * (at - left)) / (right - left)));
    };
    element.addEventListener("pointerdown", point);
    element.addEventListener("pointermove", point);
  }

  /**
   * Left and right end of the axis of time.
   * @param {number} width
   * @returns {[number, number]}
   */
  across(width) {
    return [EDGE.left * this.em, width - EDGE.right * this.em];
  }

  /**
   * Show plots, one above the other, over a range of the clock.
   * @param {[number, number]} domain
   * @param {{at: number, text: string}[]} labels of the axis of time
   * @param {(Series[] | Stack)[]} plots scenarios in one plot each, or over one another
   */
  set(domain, labels, plots) {
    Object.assign(this, { domain, labels, plots });
    this.redraw();
  }

  /** @param {number} position */
  show(position) {
    this.position = position;
    for (const move of this.moving) move(position);
  }

  redraw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    this.moving = [];
    if (width < 60 || height < 60 || this.plots.length === 0) return;
    this.em = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const picture = svg("svg", {
      class: "chart",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      "aria-hidden": "true",
    });
    const dated = (EDGE.bottom - 0.5) * this.em; // what the labels of time take, under the last plot only
    const each = (height - dated) / this.plots.length;
    const most = roundTop(Math.max(0.01, ...this.plots.map(highest))); // one axis for all plots
    this.plots.forEach((plot, i) => {
      const last = i === this.plots.length - 1;
      const place = { top: i * each, width, height: last ? each + dated : each, last, most };
      const drawn = Array.isArray(plot)
        ? this.drawSeries(plot, place)
        : this.drawStack(plot, place);
      picture.append(drawn);
    });
    this.element.replaceChildren(picture);
    this.show(this.position);
  }

  /**
   * Axes of a plot.
   * @param {Place} place
   * @param {number} titles how many stand above it
   */
  frame({ top, width, height, last, most }, titles) {
    const { em } = this;
    const [left, right] = this.across(width);
    const ceiling = top + (EDGE.top + 1.25 * (titles - 1)) * em;
    const floor = top + height - (last ? EDGE.bottom : 0.5) * em;
    const x = linear(this.domain, [left, right]);
    const y = linear([0, most], [floor, ceiling]);
    const group = svg("g", {});
    for (const tick of ticks(most, floor - ceiling < 4.2 * em ? 2 : 4)) {
      group.append(
        svg("path", { class: tick === 0 ? "axis" : "grid", d: `M${left} ${y(tick)}H${right}` }),
        svg("text", {
          class: "tick",
          x: left - 0.45 * em,
          y: y(tick) + 0.28 * em,
          "text-anchor": "end",
          text: `${Math.round(tick * 1000) / 10}%`,
        }),
      );
    }
    // Labels that meet are left out, but never that of the opening.
    /** @type {[number, number][]} */
    const taken = [];
    for (const { at, text } of [...this.labels].sort(
      (a, b) => Number(b.at === 0) - Number(a.at === 0),
    )) {
      const place = x(at);
      const half = (text.length * 0.26 + 0.3) * em;
      group.append(svg("path", { class: "axis", d: `M${place} ${floor}v5` }));
      const meets = taken.some(([from, to]) => place - half < to && place + half > from);
      if (!last || meets || place + half > width) continue;
      taken.push([place - half, place + half]);
      group.append(
        svg("text", {
          class: "tick",
          x: place,
          y: floor + 1.25 * em,
          "text-anchor": "middle",
          text,
        }),
      );
    }
    return { x, y, group, ceiling, floor };
  }

  /**
   * @param {Series[]} series
   * @param {Place} place
   */
  drawSeries(series, place) {
    const { x, y, group, ceiling, floor } = this.frame(place, series.length);
    const { top, height } = place;
    const past = svg("rect", { x: 0, y: top, width: 0, height });
    const clip = `clip-${Math.random().toString(36).slice(2)}`;
    const bands = svg("g", { class: "bands" });
    for (const { colour, x: at, band, opens } of series) {
      const xs = at.map(x);
      const level = (/** @type {number[]} */ values) => values.map(y);
      bands.append(
        svg("path", {
          d: areaPath(xs, level(band.q05), level(band.q95)),
          fill: colour,
          class: "band90",
        }),
        svg("path", {
          d: areaPath(xs, level(band.q25), level(band.q75)),
          fill: colour,
          class: "band50",
        }),
        svg("path", { d: linePath(xs, level(band.q50)), stroke: colour, class: "median" }),
      );
      if (opens !== null && opens >= this.domain[0])
        group.append(
          svg("path", { class: "opening", stroke: colour, d: `M${x(opens)} ${ceiling}V${floor}` }),
        );
    }
    group.append(
      svg("defs", {}, svg("clipPath", { id: clip }, past)),
      svg("g", { class: "to-come" }, bands),
      svg("g", { "clip-path": `url(#${clip})` }, bands.cloneNode(true)),
    );
    const now = svg("path", { class: "now", d: `M0 ${ceiling}V${floor}` });
    group.append(now, this.titles(series, ceiling, place.width));
    const heads = series.map((one) => {
      const line = svg("path", { class: "line", stroke: one.colour });
      const head = svg("path", { class: "head", fill: one.colour });
      group.append(line, head);
      return { one, line, head };
    });
    this.moving.push((position) => {
      const place = x(position);
      past.setAttribute("width", String(Math.max(0, place)));
      now.setAttribute("d", `M${place} ${ceiling}V${floor}`);
      for (const { one, line, head } of heads) {
        const count = one.x.filter((at) => at <= position).length;
        const xs = one.x.slice(0, count).map(x);
        const ys = one.share.slice(0, count).map(y);
        line.setAttribute("d", linePath(xs, ys));
        const there = count > 0;
        head.setAttribute("d", there ? markPath(one.mark, xs[count - 1], ys[count - 1], 6) : "");
      }
    });
    return group;
  }

  /**
   * @param {Stack} stack
   * @param {Place} place
   */
  drawStack(stack, place) {
    const { top, height } = place;
    const { x, y, group, ceiling, floor } = this.frame(place, 1);
    const past = svg("rect", { x: 0, y: top, width: 0, height });
    const clip = `clip-${Math.random().toString(36).slice(2)}`;
    const areas = svg("g", { class: "layers" });
    let low = stack.x.map(() => 0);
    stack.layers.forEach((layer, i) => {
      const high = low.map((value, month) => value + (layer[month] ?? 0));
      const d = areaPath(stack.x.map(x), low.map(y), high.map(y));
      areas.append(svg("path", { d, fill: LAYER_COLOURS[i] }));
      low = high;
    });
    const now = svg("path", { class: "now" });
    group.append(
      svg("defs", {}, svg("clipPath", { id: clip }, past)),
      svg("g", { class: "to-come" }, areas),
      svg("g", { "clip-path": `url(#${clip})` }, areas.cloneNode(true)),
      now,
      this.titles([stack], ceiling, place.width),
    );
    this.moving.push((position) => {
      past.setAttribute("width", String(Math.max(0, x(position))));
      now.setAttribute("d", `M${x(position)} ${ceiling}V${floor}`);
    });
    return group;
  }

  /**
   * The names of what a plot shows, above it.
   * @param {{title: string, colour: string, mark: string}[]} shown
   * @param {number} ceiling
   * @param {number} width
   */
  titles(shown, ceiling, width) {
    const { em } = this;
    const lines = svg("g", {});
    const room = Math.floor((width - (EDGE.left + 1.5) * em) / (0.57 * em)); // in letters
    shown.forEach(({ title, colour, mark }, i) => {
      const y = ceiling - (0.6 + 1.25 * (shown.length - 1 - i)) * em;
      const left = EDGE.left * em;
      lines.append(
        svg("path", {
          d: markPath(mark, left + 0.35 * em, y - 0.32 * em, 0.35 * em),
          fill: colour,
        }),
        svg("text", { class: "plot-title", x: left + 1.05 * em, y, text: cut(title, room) }),
      );
    });
    return lines;
  }
}

/**
 * The highest share in a plot.
 * @param {Series[] | Stack} plot
 */
function highest(plot) {
  if (Array.isArray(plot))
    return Math.max(...plot.flatMap(({ band, share }) => [...band.q95, ...share]));
  const { x, layers } = plot;
  return Math.max(...x.map((_, month) => layers.reduce((sum, l) => sum + (l[month] ?? 0), 0)));
}

/**
 * The key of the bands and lines.
 * @param {Series[]} series
 * @param {number} futures
 */
export function bandKey(series, futures) {
  const colour = series[0]?.colour ?? "#505A5F";
  const sample = (/** @type {SVGElement[]} */ ...shapes) =>
    svg("svg", { viewBox: "0 0 30 14", class: "sample", "aria-hidden": "true" }, ...shapes);
  const box = { x: 0, y: 0, width: 30, height: 14, fill: colour };
  return html(
    "ul",
    { class: "key" },
    html("li", {}, html("b", { text: "Share of councils in:" })),
    html(
      "li",
      {},
      sample(svg("path", { class: "line", stroke: colour, d: "M0 7H30" })),
      "this future",
    ),
    html(
      "li",
      {},
      sample(svg("path", { class: "median", stroke: colour, d: "M0 7H30" })),
      "middle of all",
    ),
    html(
      "li",
      {},
      sample(svg("rect", { ...box, class: "band90" }), svg("rect", { ...box, class: "band50" })),
      `middle half of ${futures.toLocaleString("en-GB")} futures`,
    ),
    html("li", {}, sample(svg("rect", { ...box, class: "band90" })), "9 in 10 of them"),
  );
}

/**
 * The key of causes, with the members each has brought by now in each scenario.
 * @param {string[]} words
 * @param {number[][]} members cause x scenario
 * @param {boolean[]} known does a cause ever bring anybody? The others are left out.
 * @param {string} head
 */
export function layerKey(words, members, known, head) {
  const entries = words
    .map((text, i) => ({ text, counts: members[i].map(Math.round), colour: LAYER_COLOURS[i], i }))
    .filter(({ i }) => known[i]);
  const item = (/** @type {typeof entries[0]} */ { text, counts, colour }) =>
    html(
      "li",
      {},
      svg(
        "svg",
        { viewBox: "0 0 14 14", class: "sample square", "aria-hidden": "true" },
        svg("rect", { width: 14, height: 14, fill: colour }),
      ),
      `${text}: ${counts.join(" and ")}`,
    );
  return html(
    "ul",
    { class: "key" },
    html("li", {}, html("b", { text: head })),
    ...entries.map(item).reverse(), // as the areas lie over one another
  );
}
