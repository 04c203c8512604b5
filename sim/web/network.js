/** The ties between councils, drawn under their hexagons; those along which news passes light up. */

import { svg } from "#viz/dom";

/** The strongest ties of one scenario. */
export class Network {
  /**
   * @param {SVGGElement} layer
   * @param {{x: number, y: number}[]} at where each council is drawn, by place
   * @param {[number, number, number][]} ties places of who is heard and who listens, and the weight
   */
  constructor(layer, at, ties) {
    /** @type {SVGPathElement[]} */
    this.lit = [];
    /** Ties along which a council is heard. @type {Map<number, SVGPathElement[]>} */
    this.of = new Map();
    const most = Math.max(...ties.map((tie) => tie[2]), 1e-9);
    const drawn = ties.map(([a, b, weight]) => {
      const line = svg("path", {
        class: "tie",
        d: bow(at[a], at[b]),
        style: `--weight:${Math.sqrt(weight / most).toFixed(2)}`,
      });
      this.of.set(a, [...(this.of.get(a) ?? []), line]);
      return line;
    });
    layer.replaceChildren(...drawn);
  }

  /**
   * Light the ties of councils that have news.
   * @param {number[]} places
   */
  light(places) {
    for (const line of this.lit) line.classList.remove("lit");
    this.lit = places.flatMap((place) => this.of.get(place) ?? []);
    for (const line of this.lit) line.classList.add("lit");
  }
}

/**
 * A slightly bent line, so that ties in a row of hexagons do not lie over each other.
 * @param {{x: number, y: number}} a
 * @param {{x: number, y: number}} b
 */
function bow(a, b) {
  const mx = (a.x + b.x) / 2 + (b.y - a.y) * 0.12;
  const my = (a.y + b.y) / 2 - (b.x - a.x) * 0.12;
  return `M${a.x.toFixed(1)} ${a.y.toFixed(1)}Q${mx.toFixed(1)} ${my.toFixed(1)} ${b.x.toFixed(1)} ${b.y.toFixed(1)}`;
}
