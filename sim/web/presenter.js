/**
 * A second window for whoever presents: what happened, what comes, what to say of the band. It is
 * the same page with `#presenter`, so it has the same data; the two tell each other by messages.
 */

import { monthAt } from "#viz/clock";
import { html, write } from "#viz/dom";
import { momentsOf, play, unpackFuture } from "#viz/state";
import { bandWords, between, caption, changeWords, countWords, futureWords } from "#viz/telling";
import { monthName, sinceOpening, span } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/session").Looking} Looking */

export const HASH = "#presenter";

/** The stage's end of the line. */
export class PresenterLink {
  /** @param {(action: string) => void} act what the presenter's window asks for */
  constructor(act) {
    /** @type {Window | null} */
    this.window = null;
    /** @type {Looking | null} */
    this.last = null;
    addEventListener("message", (event) => {
      if (!this.window || event.source !== this.window) return;
      if (event.data?.hello && this.last) this.send(this.last);
      if (typeof event.data?.action === "string") act(event.data.action);
    });
  }

  /** Open the window; false where the browser does not let us. */
  open() {
    if (this.window && !this.window.closed) {
      this.window.focus();
      return true;
    }
    const address = location.href.split("#")[0] + HASH;
    this.window = window.open(address, "presenter", "width=900,height=760");
    return this.window !== null;
  }

  /** @param {Looking} looking */
  send(looking) {
    this.last = looking;
    // Files have no origin that could be named; the page says nothing that is not in the file.
    if (this.window && !this.window.closed) this.window.postMessage({ looking }, "*");
  }
}

/** What the presenter's window shows. */
export class Notes {
  /**
   * @param {Replay} replay
   * @param {HTMLElement} root
   */
  constructor(replay, root) {
    this.replay = replay;
    this.started = Date.now();
    this.clock = html("p", { class: "elapsed" });
    this.date = html("h1", { text: "Waiting for the stage" });
    this.body = html("div", { class: "notes-body" });
    const button = (/** @type {string} */ text, /** @type {string} */ action) =>
      html("button", { type: "button", text, onclick: () => this.ask(action) });
    this.play = button("Play", "toggle");
    root.classList.add("notes");
    root.replaceChildren(
      html("header", {}, this.date, this.clock),
      html(
        "p",
        { class: "row" },
        button("Back", "back"),
        this.play,
        button("On", "next"),
        button("Moment before", "lastMoment"),
        button("Next moment", "nextMoment"),
        button("Restart the watch", ""),
      ),
      html("main", {}, this.body),
    );
    document.title = `Presenter: ${replay.data.title}`;
    addEventListener("message", (event) => {
      if (event.source === window.opener && event.data?.looking) this.show(event.data.looking);
    });
    addEventListener("keydown", (event) => {
      const action = {
        " ": "toggle",
        ArrowRight: "next",
        ArrowLeft: "back",
        PageDown: "nextMoment",
        PageUp: "lastMoment",
      }[event.key];
      if (!action || (event.target instanceof HTMLButtonElement && event.key === " ")) return;
      event.preventDefault();
      this.ask(action);
    });
    setInterval(() => this.tick(), 1000);
    this.tick();
    if (window.opener) window.opener.postMessage({ hello: true }, "*");
    else write(this.date, "Open this window from the stage, with P");
  }

  /** @param {string} action */
  ask(action) {
    if (action === "") this.started = Date.now();
    else window.opener?.postMessage({ action }, "*");
    this.tick();
  }

  tick() {
    const seconds = Math.floor((Date.now() - this.started) / 1000);
    const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const passed = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    write(this.clock, `${time}, ${passed} since the start`);
  }

  /** @param {Looking} looking */
  async show(looking) {
    await unpackFuture(this.replay, looking.future);
    const { replay } = this;
    const { data } = replay;
    const played = looking.shown.map((name) => play(replay, name, looking.future));
    const months = played.map(
      (each) =>
        monthAt(looking.count, data.months, each.scenario.data.opens, looking.position).month,
    );
    write(this.date, monthName(data.starts, months[0]));
    write(this.play, looking.playing ? "Pause" : "Play");
    this.body.replaceChildren(
      html("p", { text: futureWords(replay, looking.future, looking.shown) }),
      html("p", { class: "quiet", text: data.futures[looking.future].words }),
      ...played.map((each, i) => this.ofScenario(each, months[i])),
    );
  }

  /**
   * @param {import("#viz/state").Played} played
   * @param {number} month
   */
  ofScenario(played, month) {
    const { replay } = this;
    const { starts } = replay.data;
    const { title, colour, opens, band, futures } = played.scenario.data;
    const said = caption(replay, played, month);
    const next = momentsOf(played).find((moment) => moment.month > month);
    const item = (/** @type {string} */ term, /** @type {string} */ text) => [
      html("dt", { text: term }),
      html("dd", { text }),
    ];
    return html(
      "section",
      { style: `--colour:${colour}` },
      html("h2", { text: title }),
      html(
        "dl",
        {},
        ...item(
          "Now",
          `${monthName(starts, month)}, ${sinceOpening(opens, month)}: ${countWords(played, month)}.`,
        ),
        ...item("This month", changeWords(replay, played, month, 8) || "Nobody joins or leaves."),
        ...(said.words ? item("On the stage", said.words) : []),
        ...item(
          "Next",
          next
            ? `In ${span(next.month - month)}, ${monthName(starts, next.month)}: ${next.words}`
            : "No further moment.",
        ),
        ...item(
          "Say of the band",
          `Members here: ${bandWords(played, month)}. Of ${futures.toLocaleString("en-GB")} futures, half have ${between(band.q25[month], band.q75[month])} in by now, and 9 in 10 have ${between(band.q05[month], band.q95[month])}. This is one of them, not a forecast.`,
        ),
      ),
    );
  }
}
