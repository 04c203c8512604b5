/** Scales, ticks and paths of charts. Pure. */

/**
 * A linear scale from one interval to another.
 * @param {[number, number]} domain
 * @param {[number, number]} range
 */
export function linear(domain, range) {
  const [a, b] = domain;
  const factor = b === a ? 0 : (range[1] - range[0]) / (b - a);
  return (/** @type {number} */ value) => range[0] + (value - a) * factor;
}

/**
 * A top for an axis of shares that leaves little empty: 1 or a round share below it.
 * @param {number} most
 */
export function roundTop(most) {
  return [0.05, 0.1, 0.2, 0.4, 0.6, 0.8].find((top) => most <= top * 0.98) ?? 1;
}

/**
 * Round steps from 0 to a top, the top included where it is one.
 * @param {number} top
 * @param {number} about how many steps
 */
export function ticks(top, about) {
  const rough = top / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? power;
  const count = Math.floor(top / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

const short = (/** @type {number} */ value) => String(Math.round(value * 10) / 10);

/**
 * A line through points, as the `d` of a path. Steps that are not numbers break it.
 * @param {number[]} xs
 * @param {number[]} ys
 */
export function linePath(xs, ys) {
  let path = "";
  let pen = "M";
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(ys[i])) {
      pen = "M";
      continue;
    }
    path += `${pen}${short(xs[i])} ${short(ys[i])}`;
    pen = "L";
  }
  return path;
}

/**
 * The area between two lines.
 * @param {number[]} xs
 * @param {number[]} low
 * @param {number[]} high
 */
export function areaPath(xs, low, high) {
  if (xs.length === 0) return "";
  const there = xs.map((x, i) => `${short(x)} ${short(high[i])}`);
  const back = xs.map((x, i) => `${short(x)} ${short(low[i])}`).reverse();
  return `M${there.join("L")}L${back.join("L")}Z`;
}

/**
 * Corners around a middle, in turn, the first at the top.
 * @param {number[]} radii one a corner
 * @param {number} [turn] by how much of a whole turn they are turned
 * @param {number} [wide] against their height
 * @returns {[number, number][]}
 */
const corners = (radii, turn = 0, wide = 1) =>
  radii.map((r, k) => {
    const angle = 2 * Math.PI * (k / radii.length + turn);
    return [wide * r * Math.sin(angle), -r * Math.cos(angle)];
  });
const same = (/** @type {number} */ count, /** @type {number} */ r) => Array(count).fill(r);
const pairs = (/** @type {number} */ tips, /** @type {number} */ notches) =>
  Array.from({ length: 10 }, (_, k) => (k % 2 ? notches : tips));
/** Four arms: two corners at the end of each, and one between them and the next. */
const arms = (/** @type {number} */ turn) => {
  const [half, end] = [0.4, 1.15];
  return [0, 1, 2, 3].flatMap((k) => {
    const angle = 2 * Math.PI * (k / 4 + turn);
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return [
      [-half, -end],
      [half, -end],
      [half, -half],
    ].map(([x, y]) => /** @type {[number, number]} */ ([x * c - y * s, x * s + y * c]));
  });
};

/** Outlines of the marks of scenarios, by the names that figures give them, half a side being 1. */
const SHAPES = new Map([
  ["s", corners(same(4, Math.SQRT2), 1 / 8)],
  ["^", corners(same(3, 1.35))],
  ["v", corners(same(3, 1.35), 1 / 2)],
  [">", corners(same(3, 1.35), 1 / 4)],
  ["<", corners(same(3, 1.35), -1 / 4)],
  ["D", corners(same(4, 1.35))],
  ["d", corners(same(4, 1.35), 0, 0.6)],
  ["p", corners(same(5, 1.2))],
  ["h", corners(same(6, 1.2))],
  ["8", corners(same(8, 1.15), 1 / 16)],
  ["*", corners(pairs(1.4, 0.55))],
  ["P", arms(0)],
  ["X", arms(1 / 8)],
]);

/**
 * The mark of a scenario about a point, as figures draw it; a circle where none is known.
 * @param {string} mark
 * @param {number} x
 * @param {number} y
 * @param {number} r half its size
 */
export function markPath(mark, x, y, r) {
  const shape = SHAPES.get(mark);
  if (shape)
    return `M${shape.map(([a, b]) => `${short(x + r * a)} ${short(y + r * b)}`).join("L")}Z`;
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}
