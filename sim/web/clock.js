/**
 * One clock for all that is shown. It counts months of the calendar, or months since opening, in
 * which case scenarios that open at different times start together.
 */

/** @typedef {"calendar" | "opening"} Count */

/**
 * First and last position of a clock.
 * @param {Count} count
 * @param {number} months of the horizon
 * @param {(number | null)[]} opens of the scenarios shown
 * @returns {[number, number]}
 */
export function range(count, months, opens) {
  const known = opens.filter((month) => month !== null);
  if (count === "calendar" || known.length === 0) return [0, months - 1];
  // From the month in which all of them exist to the end of the one that opens first.
  return [-Math.min(...known), months - 1 - Math.min(...known)];
}

/**
 * The month of a scenario at a position of the clock, and whether it lies beyond the horizon.
 * @param {Count} count
 * @param {number} months of the horizon
 * @param {number | null} opens
 * @param {number} position
 */
export function monthAt(count, months, opens, position) {
  const month = count === "opening" && opens !== null ? opens + position : position;
  return {
    month: Math.max(0, Math.min(months - 1, month)),
    over: month > months - 1,
  };
}

/** Plays positions one after another. Time comes from outside, so that tests need none. */
export class Clock {
  /**
   * @param {(position: number) => void} show called when the position changes
   * @param {(playing: boolean) => void} changed called when it starts or stops
   * @param {(callback: (now: number) => void) => number} [frame]
   * @param {(handle: number) => void} [cancel]
   */
  constructor(
    show,
    changed,
    frame = (callback) => requestAnimationFrame(callback),
    cancel = (handle) => cancelAnimationFrame(handle),
  ) {
    this.show = show;
    this.changed = changed;
    this.frame = frame;
    this.cancel = cancel;
    this.position = 0;
    this.first = 0;
    this.last = 0;
    /** Months a second. */
    this.speed = 4;
    /** @type {number | null} */
    this.handle = null;
    /** @type {number | null} */
    this.due = null;
  }

  get playing() {
    return this.handle !== null;
  }

  /**
   * Set the range, and a position in it, which is given back; nothing is shown.
   * @param {[number, number]} range
   * @param {number} position
   */
  within([first, last], position) {
    this.first = first;
    this.last = last;
    this.due = null;
    this.position = Math.max(first, Math.min(last, Math.round(position)));
    return this.position;
  }

  /**
   * Go to a position; playing goes on from there.
   * @param {number} position
   */
  go(position) {
    this.show(this.within([this.first, this.last], position));
  }

  /** Start; at the end, from the beginning. */
  play() {
    if (this.playing) return;
    if (this.position >= this.last) this.go(this.first);
    this.due = null;
    this.handle = this.frame((now) => this.tick(now));
    this.changed(true);
  }

  pause() {
    if (this.handle === null) return;
    this.cancel(this.handle);
    this.handle = null;
    this.changed(false);
  }

  /** @param {number} now milliseconds */
  tick(now) {
    const step = 1000 / this.speed;
    if (this.due === null) this.due = now + step;
    if (now >= this.due) {
      // A slow machine falls behind rather than skip a month; after a long pause, such as a
      // hidden window, it does not catch up.
      this.due = now - this.due > step ? now + step : this.due + step;
      const due = this.due;
      this.position += 1;
      this.show(this.position);
      this.due = due;
    }
    if (this.position >= this.last) {
      this.handle = null;
      this.changed(false);
      return;
    }
    this.handle = this.frame((later) => this.tick(later));
  }
}
