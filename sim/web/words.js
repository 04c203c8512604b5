/** Months, shares and weights in words. Pure. */

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/**
 * Year and month (from 0) of a month of the horizon.
 * @param {string} starts first month, as "2015-03"
 * @param {number} month
 */
export function calendar(starts, month) {
  const [year, first] = starts.split("-").map(Number);
  const whole = year * 12 + first - 1 + month;
  return { year: Math.floor(whole / 12), month: ((whole % 12) + 12) % 12 };
}

/**
 * "March 2015".
 * @param {string} starts
 * @param {number} month
 */
export function monthName(starts, month) {
  const at = calendar(starts, month);
  return `${MONTHS[at.month]} ${at.year}`;
}

/**
 * "Mar 2015".
 * @param {string} starts
 * @param {number} month
 */
export function shortMonth(starts, month) {
  const at = calendar(starts, month);
  return `${MONTHS[at.month].slice(0, 3)} ${at.year}`;
}

/**
 * "1 council", "2 councils".
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}

/**
 * "2 years 3 months".
 * @param {number} months
 */
export function span(months) {
  const years = Math.floor(months / 12);
  const rest = months % 12;
  const parts = [];
  if (years) parts.push(counted(years, "year"));
  if (rest || !years) parts.push(counted(rest, "month"));
  return parts.join(" ");
}

/**
 * Where a month stands against the opening: "opens in 5 months", "1 year 2 months after opening".
 * @param {number | null} opens
 * @param {number} month
 */
export function sinceOpening(opens, month) {
  if (opens === null) return "never opens to councils";
  if (month < opens) return `opens in ${span(opens - month)}`;
  return month === opens ? "opens this month" : `${span(month - opens)} after opening`;
}

/**
 * "53%"; what is not quite none or all is not called so.
 * @param {number} share from 0 to 1
 */
export function percent(share) {
  if (share > 0 && share < 0.005) return "under 1%";
  if (share < 1 && share > 0.995) return "over 99%";
  return `${Math.round(100 * share)}%`;
}

/**
 * "in about 3 in 10 futures".
 * @param {number} share from 0 to 1
 */
export function inTen(share) {
  const tenths = Math.round(10 * share);
  if (share === 0) return "in no future";
  if (share === 1) return "in all futures";
  if (tenths === 0) return "in fewer than 1 in 20 futures";
  if (tenths === 10) return "in nearly all futures";
  return `in about ${tenths} in 10 futures`;
}

/**
 * "a, b and c".
 * @param {string[]} items
 */
export function listed(items) {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

/**
 * A list cut to its first few: "a, b, c and 4 more".
 * @param {string[]} items
 * @param {number} most
 */
export function listedShort(items, most) {
  if (items.length <= most) return listed(items);
  return `${items.slice(0, most).join(", ")} and ${items.length - most} more`;
}

/**
 * A contribution to log-odds in words. At 1.5 the odds change four- to fivefold, at 0.75 they
 * double, at 0.25 they move by a quarter.
 * @param {number} logOdds
 */
export function weight(logOdds) {
  const size = Math.abs(logOdds);
  if (size < 0.05) return "hardly counted";
  const strength =
    size >= 1.5 ? "strongly" : size >= 0.75 ? "clearly" : size >= 0.25 ? "somewhat" : "slightly";
  return `${strength} ${logOdds > 0 ? "for" : "against"}`;
}

/**
 * First letter large.
 * @param {string} text
 */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * A text no longer than so many letters; what is left out is marked.
 * @param {string} text
 * @param {number} most
 */
export function cut(text, most) {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, Math.max(0, most - 1)).join("")}…`;
}
