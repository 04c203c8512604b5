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
 * The mark of a scenario about a point, as figures draw it: "o", "s", "^", "D".
 * @param {string} mark
 * @param {number} x
 * @param {number} y
 * @param {number} r half its size
 */
export function markPath(mark, x, y, r) {
  if (mark === "s") return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`;
  if (mark === "^") {
    const h = 1.25 * r;
    return `M${x} ${y - h}L${x + h} ${y + 0.9 * r}L${x - h} ${y + 0.9 * r}Z`;
  }
  if (mark === "D") {
    const h = 1.35 * r;
    return `M${x} ${y - h}L${x + h} ${y}L${x} ${y + h}L${x - h} ${y}Z`;
  }
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}
