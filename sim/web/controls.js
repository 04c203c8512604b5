/** The bar that plays, pauses, steps and scrubs, and small switches. */

import { choice, html, svg } from "#viz/dom";

/** Months a second. */
export const SPEEDS = [
  { value: 1, text: "1 month/s" },
  { value: 2, text: "2 months/s" },
  { value: 4, text: "4 months/s" },
  { value: 8, text: "8 months/s" },
  { value: 16, text: "16 months/s" },
];

/**
 * A few buttons of which one is pressed.
 * @param {string} label
 * @param {{value: string, text: string, key?: string}[]} options
 * @param {(value: string) => void} chosen
 */
export function switches(label, options, chosen) {
  const buttons = options.map(({ value, text, key }) =>
    html("button", {
      type: "button",
      text,
      "data-value": value,
      "aria-pressed": "false",
      title: key ? `Key ${key}` : null,
      onclick: () => chosen(value),
    }),
  );
  return {
    element: html("div", { class: "switches", role: "group", "aria-label": label }, ...buttons),
    /**
     * @param {string} value
     * @param {Set<string>} [unable] options that cannot be chosen now
     */
    show(value, unable = new Set()) {
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(button.dataset.value === value));
        button.disabled = unable.has(button.dataset.value ?? "");
      }
    },
  };
}

const ICONS = {
  play: "M4 2L14 8L4 14Z",
  pause: "M3 2H6.5V14H3ZM9.5 2H13V14H9.5Z",
  back: "M11 2V14L3 8ZM2 2H3.6V14H2Z",
  next: "M5 2V14L13 8ZM12.4 2H14V14H12.4Z",
  first: "M2 2H4V14H2ZM14 2V14L8.5 8ZM9 2V14L3.5 8Z",
  last: "M14 2H12V14H14ZM2 2V14L7.5 8ZM7 2V14L12.5 8Z",
};

/** @param {keyof typeof ICONS} name */
const icon = (name) =>
  svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));

/** The bar at the foot of the stage. */
export class Controls {
  /**
   * @param {object} options
   * @param {(action: string) => void} options.act
   * @param {(position: number) => void} options.go
   * @param {(speed: number) => void} options.speed
   */
  constructor({ act, go, speed }) {
    const button = (
      /** @type {keyof typeof ICONS} */ name,
      /** @type {string} */ label,
      /** @type {string} */ action,
    ) =>
      html(
        "button",
        { type: "button", "aria-label": label, title: label, onclick: () => act(action) },
        icon(name),
      );
    this.play = button("play", "Play", "toggle");
    this.play.append("Play");
    this.play.classList.add("play");
    this.scrub = html("input", {
      type: "range",
      class: "scrub",
      "aria-label": "Month",
      step: 1,
      oninput: () => go(Number(this.scrub.value)),
    });
    // A scrubber has its own steps on these keys; ours are the same or larger.
    this.scrub.addEventListener("keydown", (event) => {
      if (/^(Arrow|Page|Home|End)/.test(event.key)) event.preventDefault();
    });
    this.pins = svg("svg", { class: "pins", "aria-hidden": "true" });
    this.speed = choice(
      "Speed",
      SPEEDS.map(({ value, text }) => ({ value: String(value), text })),
      (value) => speed(Number(value)),
      { class: "speed" },
    );
    this.element = html(
      "div",
      { class: "bar", role: "group", "aria-label": "Time" },
      button("first", "To the start", "first"),
      button("back", "One month back", "back"),
      this.play,
      button("next", "One month on", "next"),
      button("last", "To the end", "last"),
      html("div", { class: "scrubber" }, this.pins, this.scrub),
      this.speed,
    );
  }

  /**
   * @param {[number, number]} range
   * @param {{at: number, colour: string, row: number}[]} pins where something happens
   */
  range([first, last], pins) {
    this.scrub.min = String(first);
    this.scrub.max = String(last);
    const span = Math.max(1, last - first);
    this.pins.replaceChildren(
      ...pins
        .filter(({ at }) => at >= first && at <= last)
        .map(({ at, colour, row }) =>
          svg("rect", {
            x: `${(100 * (at - first)) / span}%`,
            y: 5 * row,
            width: 3,
            height: 4,
            fill: colour,
          }),
        ),
    );
  }

  /**
   * @param {object} at
   * @param {number} at.position
   * @param {string} at.words
   * @param {boolean} at.playing
   * @param {number} at.speed
   */
  show({ position, words, playing, speed }) {
    this.scrub.value = String(position);
    this.scrub.setAttribute("aria-valuetext", words);
    this.speed.value = String(speed);
    const label = playing ? "Pause" : "Play";
    if (this.play.getAttribute("aria-label") === label) return;
    this.play.setAttribute("aria-label", label);
    this.play.title = label;
    this.play.replaceChildren(icon(playing ? "pause" : "play"), label);
  }
}
