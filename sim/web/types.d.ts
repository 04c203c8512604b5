// What the page is given, as `sim/present/replay/` writes it. Months are whole numbers from 0, the
// first month of the horizon; councils are positions in `councils`. In a page, large values are
// packed until `unpack` of `state.js` reads them: their keys then end in `_gz`.

export interface Named {
  name: string;
  words: string;
}

export interface Council {
  code: string;
  name: string;
  type: string;
  region: string;
  nation: string;
  population: number;
  it_spend_gbp_m: number;
  pressure: number;
  x: number;
  y: number;
  county: string;
  /** Of its hexagon, against a whole cell. */
  size: number;
}

/** Lines and names of a map. Lines are x, y, x, y, in widths of a cell, y to the north. */
export interface MapFrame {
  box: [number, number, number, number];
  regions: [number, number, number, number][];
  counties: [number, number, number, number][];
  labels: { text: string; x: number; y: number; align?: string }[];
}

export interface Note {
  month: number;
  kind: string;
  words: string;
}

export interface Moment extends Note {
  councils: number[];
}

export interface Band {
  q05: number[];
  q25: number[];
  q50: number[];
  q75: number[];
  q95: number[];
}

export interface Scenario {
  name: string;
  title: string;
  colour: string;
  mark: string;
  councils: number[];
  /** How many councils can join: what shares are shares of. */
  eligible: number;
  /** Position in `maps`. */
  map: number;
  says: string[];
  opens: number | null;
  notes: Note[];
  band: Band;
  futures: number;
  /** Council x month in bytes, 250 for all futures; in base64, or also gzipped. */
  chance?: string | null;
  chance_gz?: string | null;
  /** Mean share of councils in by now, by what brought them. */
  origins: Record<string, number[]> | null;
  /** Who is heard, who listens, and how much against the strongest. */
  ties: [number, number, number][] | null;
}

/** Council, month, whether it said yes, its chance to, shares of the agenda, terms in log-odds. */
export type Why = [number, number, 0 | 1, number, number[], number[]];

export interface Run {
  events: [number, number, number, number][];
  joined: number[];
  cancelled: number | null;
  /** Severe ones: council, month. */
  breaches: [number, number][];
  /** Members by what brought them. */
  origins: Record<string, number[]> | null;
  why: Why[] | null;
  moments: Moment[];
}

export interface Future {
  seed: number;
  draw?: number | null;
  role: string;
  words: string;
  runs: Record<string, Run>;
}

export interface ReplayData {
  version: number;
  title: string;
  question: string;
  source: string;
  starts: string;
  months: number;
  headline_months: number | null;
  statuses: Named[];
  reasons: Named[];
  agenda: Named[];
  terms: Named[];
  councils: Council[];
  maps: MapFrame[];
  scenarios: Scenario[];
  futures: Future[];
  same_luck: string[][];
  /** The scenarios a page opens with, where they are chosen. */
  shown?: string[];
}
