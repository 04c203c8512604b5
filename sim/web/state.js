/**
 * From the data of a replay to the state at a month. Pure: nothing here touches a page.
 *
 * A council is known by its position in `data.councils`; arrays of one scenario go by its position
 * in `scenario.councils` ("place"), since scenarios have different councils.
 */

/** @typedef {import("#viz/types").ReplayData} ReplayData */
/** @typedef {import("#viz/types").Scenario} ScenarioData */
/** @typedef {import("#viz/types").Future} Future */
/** @typedef {import("#viz/types").Run} Run */

/**
 * What a council weighed when it considered.
 * @typedef {object} Decision
 * @property {number} month
 * @property {boolean} yes
 * @property {number} chance that it would say yes
 * @property {number[]} agenda what put the question, in shares
 * @property {number[]} terms in log-odds
 */

/** Statuses in which a council is a member. */
const IN = new Set(["migrating", "live"]);

/** Code of the reason of a council that never considered. */
export const NEVER_CONSIDERED = 2;

/** Codes of reasons that are refusals. */
const REFUSED = new Set([3, 4, 5, 6, 7, 8]);

/**
 * @typedef {object} Scenario
 * @property {ScenarioData} data
 * @property {number[]} councils positions in `data.councils`
 * @property {Map<number, number>} place of each council
 * @property {Uint8Array | null} chance council x month, 250 for all futures
 */

/**
 * @typedef {object} Replay
 * @property {ReplayData} data
 * @property {Scenario[]} scenarios
 * @property {Map<string, Scenario>} byName
 * @property {boolean[]} joinedStatus is a council of this status a member?
 */

/**
 * @typedef {object} Change
 * @property {number} council
 * @property {number} month
 * @property {number} from status before
 * @property {number} to status after
 * @property {number} reason
 */

/**
 * One scenario in one future, laid out by months.
 * @typedef {object} Played
 * @property {Scenario} scenario
 * @property {Future} future
 * @property {Run} run
 * @property {Uint8Array} statuses month x place, at the end of each month
 * @property {Change[][]} changes by month
 */

/**
 * Bytes from base64.
 * @param {string} text
 */
export function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/**
 * Unpack gzip, which only large matrices are packed with.
 * @param {Uint8Array<ArrayBuffer>} packed
 */
async function unzip(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Unpack what was packed of an object: values whose keys end in `_gz`.
 * @param {object} packed
 */
async function unpack(packed) {
  const values = /** @type {Record<string, unknown>} */ (packed);
  for (const [key, value] of Object.entries(values)) {
    if (!key.endsWith("_gz") || key === "chance_gz") continue;
    const text = new TextDecoder().decode(await unzip(bytes(String(value))));
    values[key.slice(0, -3)] = JSON.parse(text);
    delete values[key];
  }
}

/**
 * Chances that are packed, as bytes.
 * @param {ScenarioData} data
 */
async function chancesOf(data) {
  return data.chance_gz ? await unzip(bytes(data.chance_gz)) : null;
}

/**
 * @param {ScenarioData} data
 * @param {number} months
 * @returns {Promise<Scenario>}
 */
async function readScenario(data, months) {
  await unpack(data);
  const chance = data.chance ? bytes(data.chance) : await chancesOf(data);
  if (chance && chance.length !== data.councils.length * months)
    throw new Error(`${data.name}: ${chance.length} chances for ${data.councils.length} councils`);
  const place = new Map(data.councils.map((council, i) => [council, i]));
  return { data, councils: data.councils, place, chance };
}

/**
 * Unpack the runs of a future, where they are packed.
 * @param {Replay} replay
 * @param {number} index
 */
export async function unpackFuture(replay, index) {
  await unpack(replay.data.futures[index]);
}

/**
 * Read the data of a page.
 * @param {ReplayData} data
 * @returns {Promise<Replay>}
 */
export async function readReplay(data) {
  await unpack(data);
  const scenarios = await Promise.all(data.scenarios.map((s) => readScenario(s, data.months)));
  const replay = {
    data,
    scenarios,
    byName: new Map(scenarios.map((scenario) => [scenario.data.name, scenario])),
    joinedStatus: data.statuses.map((status) => IN.has(status.name)),
  };
  await unpackFuture(replay, 0);
  return replay;
}

/** @type {WeakMap<Run, Played>} */
const laidOut = new WeakMap();

/**
 * Lay one run out by months; the same run is laid out once.
 * @param {Replay} replay
 * @param {string} name of the scenario
 * @param {number} future position in `data.futures`
 * @returns {Played}
 */
export function play(replay, name, future) {
  const chosen = replay.data.futures[future];
  const run = chosen.runs[name];
  const known = laidOut.get(run);
  if (known) return known;
  const scenario = /** @type {Scenario} */ (replay.byName.get(name));
  const count = scenario.councils.length;
  const months = replay.data.months;
  /** @type {Change[][]} */
  const changes = Array.from({ length: months }, () => []);
  const statuses = new Uint8Array(count * months);
  const now = new Uint8Array(count);
  const events = [...run.events].sort((a, b) => a[1] - b[1]);
  let next = 0;
  for (let month = 0; month < months; month++) {
    for (; next < events.length && events[next][1] <= month; next++) {
      const [council, , to, reason] = events[next];
      const at = /** @type {number} */ (scenario.place.get(council));
      if (now[at] !== to) changes[month].push({ council, month, from: now[at], to, reason });
      now[at] = to;
    }
    statuses.set(now, month * count);
  }
  const played = { scenario, future: chosen, run, statuses, changes };
  laidOut.set(run, played);
  return played;
}

/**
 * Statuses at the end of a month, by place.
 * @param {Played} played
 * @param {number} month
 */
export function statusesAt(played, month) {
  const count = played.scenario.councils.length;
  return played.statuses.subarray(month * count, (month + 1) * count);
}

/**
 * Chances at a month, by place, from 0 to 1; null where the file has none.
 * @param {Replay} replay
 * @param {Scenario} scenario
 * @param {number} month
 */
export function chancesAt(replay, scenario, month) {
  const chance = scenario.chance;
  if (!chance) return null;
  return scenario.councils.map((_, i) => chance[i * replay.data.months + month] / 250);
}

/**
 * Councils that became members in a month.
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} month
 */
export function joinersIn(replay, played, month) {
  const isIn = replay.joinedStatus;
  return played.changes[month].filter((c) => isIn[c.to] && !isIn[c.from]).map((c) => c.council);
}

/**
 * Councils that a severe attack struck in the months up to one.
 * @param {Played} played
 * @param {number} month
 * @param {number} held for how many months it is shown
 */
export function breachedOf(played, month, held) {
  return played.run.breaches
    .filter(([, at]) => at <= month && at > month - held)
    .map(([council]) => council);
}

/**
 * Councils that stopped being members in a month.
 * @param {Replay} replay
 * @param {Played} played
 * @param {number} month
 */
export function leaversIn(replay, played, month) {
  const isIn = replay.joinedStatus;
  return played.changes[month].filter((c) => isIn[c.from] && !isIn[c.to]).map((c) => c.council);
}

/**
 * Councils that considered in a month and stayed out, with the code of their reason.
 * @param {Played} played
 * @param {number} month
 * @returns {[number, number][]}
 */
export function refusersIn(played, month) {
  const moved = new Set(played.changes[month].map(({ council }) => council));
  const { opens } = played.scenario.data;
  if (opens === null || month < opens) return [];
  return played.run.events
    .filter(([council, at, , reason]) => at === month && !moved.has(council) && REFUSED.has(reason))
    .map(([council, , , reason]) => [council, reason]);
}

/**
 * Has every offer of a scenario been cancelled by the end of a month?
 * @param {Played} played
 * @param {number} month
 */
export function isCancelled(played, month) {
  const { cancelled } = played.run;
  return cancelled !== null && month >= cancelled;
}

/**
 * Where a share lies in the band of all futures.
 * @param {import("#viz/types").Band} band
 * @param {number} month
 * @param {number} share
 * @returns {"below" | "lower" | "middle" | "upper" | "above"}
 */
export function placeInBand(band, month, share) {
  const hair = 1e-9; // the same share of councils, counted twice
  if (share < band.q05[month] - hair) return "below";
  if (share < band.q25[month] - hair) return "lower";
  if (share <= band.q75[month] + hair) return "middle";
  return share <= band.q95[month] + hair ? "upper" : "above";
}

/**
 * When one council considered, and what it weighed; null where the file does not say.
 * @param {Played} played
 * @param {number} council
 * @returns {Decision[] | null}
 */
export function decisionsOf(played, council) {
  if (!played.run.why) return null;
  return played.run.why
    .filter((entry) => entry[0] === council)
    .map(([, month, yes, chance, agenda, terms]) => ({
      month,
      yes: yes === 1,
      chance,
      agenda,
      terms,
    }))
    .sort((a, b) => a.month - b.month);
}

/**
 * The changes of one council, in order.
 * @param {Played} played
 * @param {number} council
 */
export function changesOf(played, council) {
  return played.changes.flat().filter((change) => change.council === council);
}

/**
 * Shares of councils that are members, by what brought them: in this future where it is known, else
 * the mean of all.
 * @param {Replay} replay
 * @param {Played} played
 * @returns {{shares: number[][], mean: boolean} | null} agenda x month
 */
export function originsOf(replay, played) {
  const { origins } = played.run;
  const { eligible, origins: mean } = played.scenario.data;
  const { agenda } = replay.data;
  const of = (/** @type {Record<string, number[]>} */ by, /** @type {number} */ all) =>
    agenda.map(({ name }) => (by[name] ?? []).map((value) => value / all));
  if (origins) return { shares: of(origins, eligible), mean: false };
  return mean ? { shares: of(mean, 1), mean: true } : null;
}

/**
 * Do two scenarios have the same councils, so that each has the same luck in both?
 * @param {Replay} replay
 * @param {string} a
 * @param {string} b
 */
export function sameLuck(replay, a, b) {
  return replay.data.same_luck.some((names) => names.includes(a) && names.includes(b));
}

/**
 * What was said of a scenario last, not long before a month: its notes and the run's own moments.
 * @param {Played} played
 * @param {number} month
 * @param {number} held for how many months it is shown
 */
export function captionAt(played, month, held) {
  const notes = momentsOf(played).filter((n) => n.month <= month && n.month > month - held);
  const last = notes[notes.length - 1];
  if (!last) return null;
  // Of what fell in one month, all is said.
  const told = notes.filter((note) => note.month === last.month).map((note) => note.words);
  const words = told.map((text) => (told.length > 1 ? text.replace(/[^.]$/, "$&.") : text));
  return { month: last.month, kind: last.kind, words: words.join(" ") };
}

/**
 * What can be jumped to: notes of the scenario and moments of the run, in order of time. That
 * councils can join needs no telling in the month in which the first do.
 * @param {Played} played
 */
export function momentsOf(played) {
  const { moments } = played.run;
  const first = new Set(moments.map(({ kind, month }) => `${kind} ${month}`));
  const notes = played.scenario.data.notes.filter(
    ({ kind, month }) => kind !== "opening" || !first.has(`first ${month}`),
  );
  return [...notes, ...moments].sort((a, b) => a.month - b.month);
}

/**
 * The scenarios a page opens with: those the data name, else the first, and beside it the first
 * with other councils.
 * @param {Replay} replay
 */
export function firstShown(replay) {
  if (replay.data.shown?.length) return replay.data.shown.slice(0, 2);
  const [first, ...rest] = replay.scenarios.map(({ data }) => data.name);
  const other = rest.find((name) => !sameLuck(replay, first, name)) ?? rest[0];
  return other === undefined ? [first] : [first, other];
}
