import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, monthAt, range } from "#viz/clock";

/** A clock whose frames come when the test says so. */
function clocked() {
  /** @type {number[]} */
  const shown = [];
  /** @type {boolean[]} */
  const states = [];
  /** @type {((now: number) => void) | null} */
  let waiting = null;
  const clock = new Clock(
    (position) => shown.push(position),
    (playing) => states.push(playing),
    (callback) => {
      waiting = callback;
      return 1;
    },
    () => {
      waiting = null;
    },
  );
  const frame = (/** @type {number} */ now) => {
    const callback = waiting;
    waiting = null;
    callback?.(now);
  };
  clock.speed = 10; // a month in 100 ms
  clock.within([0, 5], 0);
  return { clock, shown, states, frame, waits: () => waiting !== null };
}

test("by the calendar the clock runs over the horizon", () => {
  assert.deepEqual(range("calendar", 120, [29, 38]), [0, 119]);
});

test("since opening it starts where both scenarios exist and goes on for as long as one does", () => {
  assert.deepEqual(range("opening", 120, [29, 38]), [-29, 90]);
  assert.deepEqual(range("opening", 120, [null, null]), [0, 119]);
});

test("scenarios that open at different times open together", () => {
  assert.equal(monthAt("opening", 120, 29, 0).month, 29);
  assert.equal(monthAt("opening", 120, 38, 0).month, 38);
  assert.deepEqual(monthAt("opening", 120, 38, 90), { month: 119, over: true });
  assert.deepEqual(monthAt("calendar", 120, 38, 90), { month: 90, over: false });
  assert.deepEqual(monthAt("opening", 120, null, 7), { month: 7, over: false });
});

test("it shows one month after another at its speed, and stops at the end", () => {
  const { clock, shown, states, frame, waits } = clocked();
  clock.play();
  for (let now = 0; now <= 1000; now += 20) frame(now);
  assert.deepEqual(shown, [1, 2, 3, 4, 5]);
  assert.deepEqual(states, [true, false]);
  assert.ok(!waits());
});

test("a slow machine skips no month, and a hidden window is not caught up with", () => {
  const { clock, shown, frame } = clocked();
  clock.play();
  frame(0);
  frame(100);
  frame(60_000);
  frame(60_020);
  assert.deepEqual(shown, [1, 2]);
});

test("it pauses, and going somewhere while it plays goes on from there", () => {
  const { clock, shown, states, frame } = clocked();
  clock.play();
  frame(0);
  clock.go(3);
  frame(20);
  frame(120);
  clock.pause();
  frame(1000);
  assert.deepEqual(shown, [3, 4]);
  assert.deepEqual(states, [true, false]);
});

test("played at the end it starts again; nothing lies beyond its ends", () => {
  const { clock, shown } = clocked();
  clock.go(99);
  clock.play();
  clock.go(-4);
  assert.deepEqual(shown, [5, 0, 0]);
});
