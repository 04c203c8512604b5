/** What is said of a month: counts, the future against all futures, changes, reasons. Pure. */

import {
  breachedOf,
  captionAt,
  isCancelled,
  joinersIn,
  leaversIn,
  NEVER_CONSIDERED,
  placeInBand,
  sameLuck,
} from "#viz/state";
import { counted, listed, listedShort, monthName, percent, sentence, weight } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/state").Played} Played */
/** @typedef {import("#viz/state").Decision} Decision */

/** How a caption is headed, by its kind. */
const HEADS = new Map([
  ["launch", "Launch"],
  ["opening", "Opening"],
  ["breach", "Cyber attack"],
  ["duty", "Duty"],
  ["review", "Review"],
  ["cancelled", "Cancelled"],
  ["event", "Event"],
]);

/** For how many months a caption stays, unless another comes: long enough to be read at full pace. */
const HELD = 18;
/** The same before a scenario opens, when the caption tells what it is. */
const HELD_BEFORE = 6;

/**
 * Names of councils.
 * @param {Replay} replay
 * @param {number[]} councils
 * @param {number} most
 */
export function named(replay, councils, most) {
  return listedShort(
    councils.map((council) => replay.data.councils[council].name),
    most,
  );
}

/**
 * "12 of 32 councils are in (38%)".
 * @param {Played} played
 * @param {number} month
 */
export function countWords(played, month) {
  const all = played.scenario.data.eligible;
  const joined = played.run.joined[month];
  return `${joined} of ${counted(all, "council")} ${joined === 1 ? "is" : "are"} in (${percent(joined / all)})`;
}

const PLACES = {
  below: "fewer than 19 in 20 futures",
  lower: "fewer than most futures",
  middle: "like most futures",
  upper: "more than most futures",
  above: "more than 19 in 20 futures",
};

/**
 * How the future shown compares with all at a month.
 * @param {Played} played
 * @param {number} month
 */
export function bandWords(played, month) {
  const band = played.scenario.data.band;
  const share = played.run.joined[month] / played.scenario.data.eligible;
  return PLACES[placeInBand(band, month, share)];
}

/**
 * "12 to 24%".
 * @param {number} low
 * @param {number} high
 */
export function between(low, high) {
  const [from, to] = [percent(low), percent(high)];
  return from === to ? from : `${from.replace(/%$/, "")} to ${to}`;
}

/**
 * The same as a sentence, with the figures of the band.
 * @param {Played} played
 * @param {number} month
 */
export function placeWords(played, month) {
  const { band, opens } = played.scenario.data;
  if (opens === null || month < opens) return "";
  const half = between(band.q25[month], band.q75[month]);
  return sentence(`${bandWords(played, month)}: half have ${half}`);
}

/**
 * Which future this is.
 * @param {Replay} replay
 * @param {number} index
 */
export function futureName(replay, index) {
  const { futures } = replay.data;
  const { role, seed } = futures[index];
  const known = {
    typical: "A typical future",
    low: "A low future",
    high: "A high future",
    asked: "The future asked for",
  }[role];
  if (known) return known;
  const others = futures.filter((future) => future.role === role);
  return `Another future, ${others.findIndex((future) => future.seed === seed) + 1} of ${others.length}`;
}

/**
 * Which future is shown, of how many, and whether two scenarios have the same luck.
 * @param {Replay} replay
 * @param {number} index
 * @param {string[]} shown
 */
export function futureWords(replay, index, shown) {
  const { seed } = replay.data.futures[index];
  const [a, b] = shown;
  const all = replay.byName.get(a)?.data.futures ?? 0;
  const luck = b !== undefined && sameLuck(replay, a, b) ? " Same luck for both." : "";
  return `${futureName(replay, index)}, one of ${all.toLocaleString("en-GB")} (seed ${seed}).${luck}`;
}

/**
 * Who changed in a month, in a sentence or two; empty where nobody did.
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} month
 * @param {number} most names
 */
export function changeWords(replay, played, month, most) {
  const joiners = joinersIn(replay, played, month);
  const leavers = leaversIn(replay, played, month);
  const parts = [];
  if (joiners.length)
    parts.push(`${named(replay, joiners, most)} ${joiners.length === 1 ? "joins" : "join"}.`);
  if (leavers.length)
    parts.push(`${named(replay, leavers, most)} ${leavers.length === 1 ? "leaves" : "leave"}.`);
  return parts.join(" ");
}

/**
 * The caption of a scenario at a month: what happened of late, before it opens, what the scenario
 * is, and else who joins and leaves.
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} month
 * @param {boolean} [hurried] do months pass too fast for names to be read?
 * @returns {{head: string, words: string, event: boolean}}
 */
export function caption(replay, played, month, hurried = false) {
  const { opens, says } = played.scenario.data;
  const before = (opens === null || month < opens) && says.length > 0;
  const note = captionAt(played, month, before ? HELD_BEFORE : HELD);
  // What is announced is what the scenario is.
  if (note && !(before && note.kind === "launch")) {
    const kind = HEADS.get(note.kind) ?? "";
    // What is over is told with its month: "the last twelve months" are those before it.
    const then = note.month < month ? monthName(replay.data.starts, note.month) : "";
    const head = [then, note.words.startsWith(kind) ? "" : kind].filter(Boolean).join(", ");
    return { head, words: note.words, event: true };
  }
  if (before) return { head: "", words: says[0], event: false };
  if (hurried) return { head: "", words: "", event: false };
  const breached = breachedOf(played, month, 1);
  if (breached.length)
    return {
      head: HEADS.get("breach") ?? "",
      words: `${named(replay, breached, 3)}.`,
      event: true,
    };
  const words = changeWords(replay, played, month, 3);
  return { head: "", words, event: false };
}

/**
 * What stands over a map of chances: the counter beside it is of one future, the map of all.
 * @param {import("#viz/types").Scenario} data
 */
export function chanceCaption({ futures }) {
  const all = futures.toLocaleString("en-GB");
  const words = `the fuller a hexagon, the more of them have this council in by now. The counter and the line are still of one.`;
  return { head: `All ${all} futures`, words, event: true };
}

/**
 * Why a council stands where it does; that the end came before it considered is no want of interest.
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} reason its code
 * @param {number} month
 */
export function reasonWords(replay, played, reason, month) {
  if (reason === NEVER_CONSIDERED && isCancelled(played, month))
    return "had not considered it when it was cancelled";
  return replay.data.reasons[reason].words;
}

/**
 * What put the question on the agenda, largest share first.
 * @param {Replay} replay
 * @param {Decision} decision
 */
export function agendaWords(replay, decision) {
  const all = decision.agenda.reduce((a, b) => a + b, 0);
  const shares = replay.data.agenda
    .map(({ words }, i) => ({ words, share: all > 0 ? decision.agenda[i] / all : 0 }))
    .filter(({ share }) => share >= 0.05)
    .sort((a, b) => b.share - a.share);
  if (shares.length === 0) return "Nothing in particular put the question on its agenda.";
  const said = shares.map(({ words, share }) => `${words} (${percent(share)})`);
  return `What put it on the agenda: ${listed(said)}.`;
}

/**
 * The terms of a decision, largest first.
 * @param {Replay} replay
 * @param {Decision} decision
 * @returns {{words: string, logOdds: number, said: string}[]}
 */
export function termWords(replay, decision) {
  return replay.data.terms
    .map(({ words }, i) => ({ words: sentence(words), logOdds: decision.terms[i] }))
    .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds))
    .map((term) => ({ ...term, said: weight(term.logOdds) }));
}
