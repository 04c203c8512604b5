/** What is being looked at: one plain object, changed in one place, told to whoever asked. */

/**
 * @typedef {object} Looking
 * @property {string[]} shown names of one or two scenarios
 * @property {number} future position in the data
 * @property {"map" | "network" | "chance"} view
 * @property {import("#viz/clock").Count} count
 * @property {"futures" | "origins"} chart
 * @property {number} speed months a second
 * @property {number | null} council that is followed
 * @property {"curve" | "changes" | "council"} drawer what stands beside the maps
 * @property {number} position of the clock
 * @property {boolean} playing
 */

/**
 * Where a page begins, whatever scenarios it shows.
 * @type {Omit<Looking, "shown">}
 */
export const START = {
  future: 0,
  view: "map",
  count: "calendar",
  chart: "futures",
  speed: 4,
  council: null,
  drawer: "curve",
  position: 0,
  playing: false,
};

/** Holds what is looked at. */
export class Session {
  /** @param {Looking} looking */
  constructor(looking) {
    this.now = looking;
    /** @type {((now: Looking, changed: Set<string>) => void)[]} */
    this.listeners = [];
  }

  /**
   * Change some of it; listeners hear what differs.
   * @param {Partial<Looking>} patch
   */
  set(patch) {
    const before = /** @type {Record<string, unknown>} */ ({ ...this.now });
    this.now = { ...this.now, ...patch };
    const changed = Object.entries(patch).filter(
      ([key, value]) => JSON.stringify(before[key]) !== JSON.stringify(value),
    );
    if (changed.length === 0) return;
    const keys = new Set(changed.map(([key]) => key));
    for (const listener of this.listeners) listener(this.now, keys);
  }

  /** @param {(now: Looking, changed: Set<string>) => void} listener */
  listen(listener) {
    this.listeners.push(listener);
  }
}
