/**
 * The tile map: one hexagon a council, drawn by symbols, restyled month by month. The state of a
 * council is told by fill and by mark.
 */

import { html, svg, write } from "#viz/dom";

/** @typedef {import("#viz/types").Council} Council */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {import("#viz/types").MapFrame} MapFrame */

/** Length of a cell's width in the picture's own units. */
export const CELL = 20;
const RADIUS = CELL / Math.sqrt(3);

const corner = (/** @type {number} */ k, /** @type {number} */ size) => {
  const angle = ((60 * k - 30) * Math.PI) / 180;
  return `${(size * RADIUS * Math.cos(angle)).toFixed(2)} ${(size * RADIUS * Math.sin(angle)).toFixed(2)}`;
};
const hexagon = (/** @type {number} */ size) =>
  `M${[0, 1, 2, 3, 4, 5].map((k) => corner(k, size)).join("L")}Z`;

/** The shapes that all maps of a page use; put into the page once. */
export function shapes() {
  const m = CELL * 0.24;
  const half = `M${corner(0, 0.94)}L${corner(1, 0.94)}L${corner(2, 0.94)}L${corner(3, 0.94)}Z`;
  const bolt = "M1.5 -7L-4.5 1.2H-0.6L-2 7L4.5 -1.6H0.5Z";
  const symbols = {
    hex: svg("path", { d: hexagon(0.94) }),
    "mark-pledged": svg("circle", { r: CELL * 0.2, class: "stroke" }),
    "mark-migrating": svg("path", { d: half }),
    "mark-left": svg("path", {
      d: `M${-m} ${-m}L${m} ${m}M${-m} ${m}L${m} ${-m}`,
      class: "stroke",
    }),
    "mark-breach": svg("path", { d: bolt, class: "bolt" }),
    ring: svg("path", { d: hexagon(1.08), class: "stroke" }),
  };
  return svg(
    "svg",
    { class: "shapes", "aria-hidden": "true", width: 0, height: 0 },
    svg("defs", {}, ...Object.entries(symbols).map(([id, shape]) => svg("g", { id }, shape))),
  );
}

/**
 * A key of states: a small hexagon and words for each.
 * @param {{name: string, words: string}[]} entries
 */
export function stateKey(entries) {
  return html(
    "ul",
    { class: "key" },
    ...entries.map(({ name, words }) =>
      html(
        "li",
        {},
        svg(
          "svg",
          { viewBox: "-13 -13 26 26", "aria-hidden": "true", class: "sample" },
          svg(
            "g",
            { class: "tile", "data-state": name },
            svg("use", { href: "#hex", class: "cell" }),
            svg("use", { href: `#mark-${name}`, class: "mark" }),
          ),
        ),
        words,
      ),
    ),
  );
}

/** A key of chances. */
export function chanceKey() {
  const samples = { "1 in 10": 0.1, "5 in 10": 0.5, "9 in 10": 0.9 };
  return html(
    "ul",
    { class: "key" },
    html("li", { text: "In so many of all futures, this council is in by this month:" }),
    ...Object.entries(samples).map(([words, share]) =>
      html(
        "li",
        {},
        svg(
          "svg",
          { viewBox: "-13 -13 26 26", "aria-hidden": "true", class: "sample" },
          svg(
            "g",
            { class: "tile", "data-state": "chance" },
            svg("use", { href: "#hex", class: "cell" }),
            svg("use", { href: "#hex", class: "mark", transform: `scale(${Math.sqrt(share)})` }),
          ),
        ),
        words,
      ),
    ),
  );
}

/** A map of the councils of one scenario. */
export class Hexmap {
  /**
   * @param {object} options
   * @param {string} options.id starts the ids of its councils
   * @param {Council[]} options.councils in the order of their states
   * @param {MapFrame} options.frame
   * @param {(place: number) => void} options.chosen a council was clicked or chosen by key
   * @param {(place: number) => string} options.describe a council in words, when asked
   */
  constructor({ id, councils, frame, chosen, describe }) {
    this.councils = councils;
    this.describe = describe;
    this.chosen = chosen;
    /** @type {Point[]} */
    this.at = councils.map((council) => ({ x: council.x * CELL, y: -council.y * CELL }));
    /** @type {string[]} */
    this.drawn = councils.map(() => "");
    /** @type {SVGGElement[]} */
    this.fresh = [];
    this.active = -1;
    /** @type {number | undefined} */
    this.followed = undefined;
    this.ties = svg("g", { class: "ties", "aria-hidden": "true" });
    const most = Math.max(...councils.map((council) => council.it_spend_gbp_m), 1e-9);
    this.tiles = councils.map((council, place) => {
      const county = council.type === "county";
      // By area, and never too small to be seen.
      const node = Math.max(0.4, 1.25 * Math.sqrt(council.it_spend_gbp_m / most));
      return svg(
        "g",
        {
          class: county ? "tile county" : "tile",
          id: `${id}-${place}`,
          role: "option",
          "aria-selected": "false",
          "aria-label": council.name,
          "data-place": place,
          transform: `translate(${this.at[place].x.toFixed(2)} ${this.at[place].y.toFixed(2)})`,
        },
        svg(
          "g",
          { class: "body", style: `--size:${council.size};--node:${node.toFixed(3)}` },
          svg("use", { href: "#hex", class: "cell" }),
          svg("use", { class: "mark" }),
        ),
      );
    });
    this.bodies = this.tiles.map((tile) => /** @type {SVGGElement} */ (tile.firstElementChild));
    this.marks = this.bodies.map((body) => /** @type {SVGUseElement} */ (body.lastElementChild));
    this.bolts = svg("g", { class: "bolts", "aria-hidden": "true" });
    this.ring = svg("use", { href: "#ring", class: "ring", visibility: "hidden" });
    const order = [...this.tiles.keys()].sort(
      (a, b) => Number(councils[a].type === "county") - Number(councils[b].type === "county"),
    );
    this.element = svg(
      "svg",
      {
        class: "hexmap",
        viewBox: extent(frame),
        role: "listbox",
        tabindex: 0,
        "aria-label": "Councils on the map; arrow keys go from one to the next, Enter follows one",
      },
      this.ties,
      svg("g", { role: "presentation" }, ...order.map((place) => this.tiles[place])),
      svg(
        "g",
        { class: "outlines", "aria-hidden": "true" },
        lines(frame.regions, "region-line"),
        lines(frame.counties, "county-line"),
        ...(frame.labels.length > 1 ? frame.labels.map(label) : []),
      ),
      this.bolts,
      this.ring,
    );
    this.tip = html("div", { class: "tip", hidden: true });
    this.listen();
  }

  /**
   * Show states.
   * @param {string[]} names of the state of each council
   */
  showStates(names) {
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      if (this.drawn[i] === name) continue;
      this.drawn[i] = name;
      this.tiles[i].dataset.state = name;
      this.marks[i].removeAttribute("transform");
      const marked = name === "pledged" || name === "migrating" || name === "left";
      if (marked) this.marks[i].setAttribute("href", `#mark-${name}`);
      else this.marks[i].removeAttribute("href");
    }
  }

  /**
   * Show chances: the larger the inner hexagon, the greater the share of futures, by area.
   * @param {number[]} chances from 0 to 1
   */
  showChances(chances) {
    for (let i = 0; i < chances.length; i++) {
      const key = `chance ${chances[i]}`;
      if (this.drawn[i] === key) continue;
      this.drawn[i] = key;
      this.tiles[i].dataset.state = "chance";
      this.marks[i].setAttribute("href", "#hex");
      this.marks[i].setAttribute("transform", `scale(${Math.sqrt(chances[i]).toFixed(3)})`);
    }
  }

  /**
   * Let councils light up for a moment.
   * @param {number[]} places
   */
  flash(places) {
    for (const tile of this.fresh) tile.classList.remove("fresh");
    this.fresh = places.map((place) => this.tiles[place]);
    for (const tile of this.fresh) tile.classList.add("fresh");
  }

  /**
   * Mark councils that an attack broke into.
   * @param {number[]} places
   */
  strike(places) {
    if (places.length === 0 && this.bolts.childElementCount === 0) return;
    this.bolts.replaceChildren(
      ...places.map((place) => {
        const { x, y } = this.at[place];
        return svg("use", { href: "#mark-breach", transform: `translate(${x} ${y})` });
      }),
    );
  }

  /**
   * Ring the council that is followed.
   * @param {number | undefined} place
   */
  follow(place) {
    if (place === this.followed) return;
    if (this.followed !== undefined)
      this.tiles[this.followed].setAttribute("aria-selected", "false");
    this.followed = place;
    this.ring.setAttribute("visibility", place === undefined ? "hidden" : "visible");
    if (place === undefined) return;
    this.tiles[place].setAttribute("aria-selected", "true");
    const { x, y } = this.at[place];
    this.ring.setAttribute("transform", `translate(${x} ${y}) scale(${this.councils[place].size})`);
  }

  /**
   * The council nearest in a direction, as arrow keys go.
   * @param {number} from
   * @param {string} key
   */
  neighbour(from, key) {
    const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1] }[key] ?? [0, 1];
    let best = from;
    let least = Number.POSITIVE_INFINITY;
    this.at.forEach((p, i) => {
      const along = (p.x - this.at[from].x) * dx + (p.y - this.at[from].y) * dy;
      const across =
        Math.abs((p.x - this.at[from].x) * dy) + Math.abs((p.y - this.at[from].y) * dx);
      const far = along + across;
      if (along > CELL * 0.2 && far < least) [best, least] = [i, far];
    });
    return best;
  }

  /** @param {number} place */
  point(place) {
    if (this.active >= 0) this.tiles[this.active].classList.remove("active");
    this.active = place;
    this.element.setAttribute("aria-activedescendant", this.tiles[place].id);
    this.tiles[place].classList.add("active");
    this.tiles[place].setAttribute("aria-label", this.describe(place));
    this.showTip(place);
  }

  /** @param {number} place */
  showTip(place) {
    const tile = this.tiles[place].getBoundingClientRect();
    const frame = this.tip.offsetParent?.getBoundingClientRect();
    write(this.tip, this.describe(place));
    this.tip.hidden = false;
    if (!frame) return;
    const wide = this.tip.offsetWidth;
    const middle = tile.left + tile.width / 2 - frame.left;
    const left = Math.max(0, Math.min(frame.width - wide, middle - wide / 2));
    this.tip.style.left = `${left}px`;
    const above = tile.top - frame.top - this.tip.offsetHeight - 6;
    this.tip.style.top = `${above > 0 ? above : tile.bottom - frame.top + 6}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  listen() {
    const placeOf = (/** @type {Event} */ event) => {
      const tile = /** @type {Element} */ (event.target).closest?.(".tile");
      return tile instanceof SVGElement ? Number(tile.dataset.place) : null;
    };
    this.element.addEventListener("click", (event) => {
      const place = placeOf(event);
      if (place !== null) this.chosen(place);
    });
    this.element.addEventListener("pointerover", (event) => {
      const place = event.pointerType === "mouse" ? placeOf(event) : null;
      if (place === null) this.hideTip();
      else this.showTip(place);
    });
    this.element.addEventListener("pointerleave", () => this.hideTip());
    this.element.addEventListener("focus", () => this.point(Math.max(0, this.active)));
    this.element.addEventListener("blur", () => {
      if (this.active >= 0) this.tiles[this.active].classList.remove("active");
      this.hideTip();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.startsWith("Arrow")) this.point(this.neighbour(this.active, event.key));
      else if (event.key === "Enter") this.chosen(this.active);
      else return;
      event.preventDefault();
      event.stopPropagation(); // on the map, arrows go through councils and not through months
    });
  }
}

/**
 * @param {number[][]} segments
 * @param {string} name
 */
function lines(segments, name) {
  const s = (/** @type {number} */ value) => (value * CELL).toFixed(2);
  const d = segments.map(([a, b, c, e]) => `M${s(a)} ${s(-b)}L${s(c)} ${s(-e)}`).join("");
  return svg("path", { class: name, d });
}

/** @param {MapFrame["labels"][0]} place */
function label({ text, x, y, align = "center" }) {
  const rows = text.split("\n");
  return svg(
    "text",
    { class: "region-label", "text-anchor": { left: "start", right: "end" }[align] ?? "middle" },
    ...rows.map((row, i) =>
      svg("tspan", {
        x: (x * CELL).toFixed(1),
        y: (-y * CELL + 6 + 18 * (i - (rows.length - 1) / 2)).toFixed(1),
        text: row,
      }),
    ),
  );
}

/** @param {MapFrame} frame */
function extent({ box, labels }) {
  let [left, bottom, right, top] = box;
  for (const { text, x, y, align } of labels) {
    const rows = text.split("\n");
    const wide = 0.5 * Math.max(...rows.map((row) => row.length));
    const from = x - (align === "right" ? wide : align === "left" ? 0 : wide / 2);
    const half = 0.45 * rows.length;
    [left, right] = [Math.min(left, from), Math.max(right, from + wide)];
    [bottom, top] = [Math.min(bottom, y - half), Math.max(top, y + half)];
  }
  const pad = 0.2;
  const numbers = [left - pad, -top - pad, right - left + 2 * pad, top - bottom + 2 * pad];
  return numbers.map((n) => (n * CELL).toFixed(1)).join(" ");
}
