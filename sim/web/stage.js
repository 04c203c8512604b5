/** What the room sees: one or two scenarios on one clock, and how the parts hear of changes. */

import { act } from "#viz/actions";
import { Clock, monthAt, range } from "#viz/clock";
import { Controls, switches } from "#viz/controls";
import { choice, html, write } from "#viz/dom";
import { Drawer } from "#viz/drawer";
import { helpDialog } from "#viz/help";
import { actionOf } from "#viz/keys";
import { mapKey, Panel } from "#viz/panel";
import { PresenterLink } from "#viz/presenter";
import { printOnDemand } from "#viz/print";
import { Session, START } from "#viz/session";
import { Side } from "#viz/side";
import { firstShown, momentsOf, play, unpackFuture } from "#viz/state";
import { onSwipe } from "#viz/swipe";
import { changeWords, countWords, futureName, futureWords } from "#viz/telling";
import { monthName, sentence, span } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/state").Played} Played */
/** @typedef {import("#viz/session").Looking} Looking */

/** The stage. */
export class Stage {
  /**
   * @param {Replay} replay
   * @param {HTMLElement} root
   * @param {Partial<Looking>} [asked] where to begin; its future is unpacked
   */
  constructor(replay, root, asked = {}) {
    this.replay = replay;
    this.root = root;
    this.session = new Session({
      shown: firstShown(replay),
      ...START,
      ...asked,
    });
    const { shown, future, view } = this.session.now;
    /** Two scenarios, to come back to from one alone. */
    this.pair = [...new Set([...shown, ...firstShown(replay)])].slice(0, 2);
    this.played = shown.map((name) => play(replay, name, future));
    this.hasChances = replay.scenarios.every(({ chance }) => chance !== null);
    if (view === "chance" && !this.hasChances) this.session.now.view = "map";
    this.clock = new Clock(
      (position) => this.session.set({ position }),
      (playing) => this.session.set({ playing }),
    );

    const { data } = replay;
    const { session } = this;
    const follow = (/** @type {number} */ council) => this.follow(council);
    const go = (/** @type {number} */ month, /** @type {Played} */ played) => {
      this.clock.pause();
      this.clock.go(month - this.offset(played));
    };
    this.panels = [0, 1].map(
      (side) => new Panel({ replay, side, choose: (name) => this.choose(side, name), follow }),
    );
    this.date = html("p", { class: "date" });
    this.which = html("p", { class: "which" });
    this.views = switches(
      "What the maps show",
      [
        { value: "map", text: "Map", key: "M" },
        { value: "network", text: "Network", key: "N" },
        { value: "chance", text: "Chance", key: "C" },
      ],
      (view) => session.set({ view: /** @type {Looking["view"]} */ (view) }),
    );
    this.key = html("div", { class: "map-key" });
    this.side = new Side({
      replay,
      chooseChart: (chart) => session.set({ chart }),
      go: (position) => {
        this.clock.pause();
        this.clock.go(position);
      },
    });
    this.drawer = new Drawer({
      replay,
      chart: this.side.element,
      choose: (drawer) => session.set({ drawer }),
      follow,
      go,
    });
    this.controls = new Controls({
      act: (action) => act(this, action),
      go: (position) => this.clock.go(position),
      speed: (speed) => session.set({ speed }),
    });
    this.counts = switches(
      "What time is counted by",
      [
        { value: "calendar", text: "By date", key: "S" },
        { value: "opening", text: "Since opening", key: "S" },
      ],
      (count) => this.change({ count: /** @type {Looking["count"]} */ (count) }),
    );
    this.futures = choice(
      "Which future is shown",
      data.futures.map((_, i) => ({ value: String(i), text: futureName(replay, i) })),
      (value) => this.chooseFuture(Number(value)),
      { class: "future" },
    );
    this.heard = html("p", { class: "visually-hidden", role: "status" });
    this.notice = html("p", { class: "notice", role: "alert", hidden: true });
    this.help = helpDialog(replay);
    this.link = new PresenterLink((action) => act(this, action));
    /** @type {HTMLElement | SVGElement | null} */
    this.left = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.announcing = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.noticed = undefined;

    this.build();
    session.listen((now, changed) => this.update(now, changed));
    this.change({});
    this.update(session.now, new Set(["shown"]));
    printOnDemand(root, () => ({
      replay,
      played: this.played,
      count: session.now.count,
      range: [this.clock.first, this.clock.last],
      story: [`${futureWords(replay, session.now.future, session.now.shown)} ${this.how()}`],
    }));
    this.releaseKeys();
    for (const { place } of this.panels)
      onSwipe(place, (way) => act(this, way === "left" ? "next" : "back"));
    document.addEventListener("keydown", (event) => {
      const action = actionOf(event);
      if (action === null || (this.help.open && action !== "help")) return;
      if (action !== "close") event.preventDefault();
      act(this, action);
    });
  }

  build() {
    const { data } = this.replay;
    const button = (
      /** @type {string} */ text,
      /** @type {string} */ action,
      /** @type {string} */ key,
    ) =>
      html("button", {
        type: "button",
        class: action === "help" ? null : "wide",
        text,
        title: `Key ${key}`,
        onclick: () => act(this, action),
      });
    this.root.replaceChildren(
      html(
        "header",
        { class: "top" },
        html(
          "div",
          { class: "title" },
          html("h1", { text: data.title }),
          html("p", { text: data.question }),
        ),
        html("div", { class: "moment" }, this.date, this.which),
        html(
          "div",
          { class: "tools" },
          this.views.element,
          button("Presenter", "presenter", "P"),
          button("Full screen", "fullScreen", "F"),
          button("Help", "help", "?"),
        ),
      ),
      html(
        "main",
        {},
        html(
          "div",
          { class: "maps" },
          html("div", { class: "panels" }, ...this.panels.map((panel) => panel.element)),
          this.key,
        ),
        this.drawer.element,
      ),
      html(
        "footer",
        {},
        html("div", { class: "row" }, this.controls.element, this.counts.element, this.futures),
        html("p", { class: "source", text: data.source }),
      ),
      this.notice,
      this.heard,
      this.help,
    );
  }

  /** After a click, keys belong to the stage again: Space plays, arrows step. */
  releaseKeys() {
    let pointed = false;
    const letGo = () => {
      if (pointed && document.activeElement instanceof HTMLElement) document.activeElement.blur();
    };
    document.addEventListener("keydown", () => {
      pointed = false;
    });
    document.addEventListener("pointerdown", () => {
      pointed = true;
    });
    this.root.addEventListener("change", letGo);
    this.root.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (target.closest("button")) letGo();
    });
  }

  // ------------------------------------------------------------------ time

  /**
   * What the clock's position lacks of the month of a scenario.
   * @param {Played} played
   */
  offset(played) {
    return this.session.now.count === "opening" ? (played.scenario.data.opens ?? 0) : 0;
  }

  /** Months of the scenarios shown. */
  months() {
    return this.at().map(({ month }) => month);
  }

  at() {
    const { count, position } = this.session.now;
    const { months } = this.replay.data;
    return this.played.map((each) => monthAt(count, months, each.scenario.data.opens, position));
  }

  dateWords() {
    const { count, position } = this.session.now;
    if (count === "calendar") return monthName(this.replay.data.starts, position);
    if (position === 0) return "Opening";
    return position < 0 ? `${span(-position)} to opening` : `${span(position)} open`;
  }

  // ------------------------------------------------------------------ changing what is shown

  /**
   * Show other scenarios, another future, or count time in another way.
   * @param {Partial<Looking>} patch
   */
  change(patch) {
    const before = this.session.now;
    const next = { ...before, ...patch };
    const opens = next.shown.map((name) => this.replay.byName.get(name)?.data.opens ?? null);
    if (opens.includes(null)) next.count = "calendar"; // no opening to count from
    if (next.shown.length === 2) this.pair = next.shown;
    const shift = opens[0] ?? 0;
    const moved = next.count === before.count ? 0 : next.count === "opening" ? -shift : shift;
    this.played = next.shown.map((name) => play(this.replay, name, next.future));
    const between = range(next.count, this.replay.data.months, opens);
    const position = this.clock.within(between, before.position + moved);
    this.session.set({ ...patch, count: next.count, position });
  }

  /**
   * @param {number} side
   * @param {string | null} name
   */
  choose(side, name) {
    const shown = [...this.session.now.shown];
    if (name === null) shown.length = 1;
    else shown[side] = name;
    this.change({ shown });
  }

  /** @param {number} future */
  async chooseFuture(future) {
    await unpackFuture(this.replay, future);
    this.change({ future });
  }

  /**
   * Go where an address asks to; what it leaves out of how things look is as in the beginning.
   * @param {Partial<Looking>} asked
   */
  async goTo(asked) {
    const { now } = this.session;
    const { shown = now.shown, future = now.future, position } = asked;
    const { view, count, chart, drawer, council } = { ...START, ...asked };
    await unpackFuture(this.replay, future);
    this.clock.pause();
    this.change({ shown, count, future });
    this.session.set({
      view: view === "chance" && !this.hasChances ? START.view : view,
      chart,
      drawer,
      council,
    });
    if (position !== undefined) this.clock.go(position);
  }

  /** @param {number} council */
  follow(council) {
    this.leave();
    this.session.set({ council, drawer: "council" });
    this.drawer.body.querySelector("h2")?.focus();
  }

  /** Remember what has the focus, before something else is given it. */
  leave() {
    const active = document.activeElement;
    if (active instanceof HTMLElement || active instanceof SVGElement)
      if (!this.drawer.body.contains(active)) this.left = active;
  }

  /** Give the focus back from what was closed. */
  comeBack() {
    const active = document.activeElement;
    if (!(active instanceof HTMLElement) || !this.drawer.body.contains(active)) return;
    active.blur();
    this.left?.focus();
  }

  /** How the future shown was chosen. */
  how() {
    const { words } = this.replay.data.futures[this.session.now.future];
    return words ? sentence(words).replace(/\.?$/, ".") : "";
  }

  // ------------------------------------------------------------------ showing it

  /**
   * @param {Looking} now
   * @param {Set<string>} changed
   */
  update(now, changed) {
    const anew = ["shown", "future", "count"].some((key) => changed.has(key));
    const between = /** @type {[number, number]} */ ([this.clock.first, this.clock.last]);
    this.clock.speed = now.speed;
    if (anew) this.layOut(between);
    if (anew || changed.has("chart")) this.side.load(this.played, between, now);
    if (anew || changed.has("drawer") || changed.has("council"))
      this.drawer.load(this.played, now, this.months());
    if (anew || changed.has("view")) {
      this.views.show(now.view, new Set(this.hasChances ? [] : ["chance"]));
      this.key.replaceChildren(mapKey(this.replay, this.played, now.view));
    }
    this.showMonth(changed.has("position") && !anew);
    this.link.send(now);
    if (!now.playing) this.announceSoon();
  }

  /** @param {[number, number]} between */
  layOut(between) {
    const { future } = this.session.now;
    this.panels.forEach((panel, side) => {
      const played = this.played[side];
      panel.element.hidden = played === undefined;
      if (played) panel.load(played);
    });
    this.root.dataset.panels = String(this.played.length);
    this.futures.value = String(future);
    const never = this.played.some((each) => each.scenario.data.opens === null);
    this.counts.show(this.session.now.count, new Set(never ? ["opening"] : []));
    write(this.which, futureWords(this.replay, future, this.session.now.shown));
    this.which.title = this.how();
    this.controls.range(
      between,
      this.played.flatMap((played, row) =>
        momentsOf(played).map(({ month }) => ({
          at: month - this.offset(played),
          colour: played.scenario.data.colour,
          row,
        })),
      ),
    );
  }

  /** @param {boolean} moved did the month change, and nothing else? */
  showMonth(moved) {
    const { now } = this.session;
    const words = this.dateWords();
    const at = this.at();
    const months = at.map(({ month }) => month);
    write(this.date, words);
    this.date.classList.toggle("long", words.length > 15);
    at.forEach((each, side) => {
      this.panels[side].show({ ...each, looking: now, moved });
    });
    this.side.show(now, months);
    this.drawer.show(now, months);
    this.controls.show({ position: now.position, words, playing: now.playing, speed: now.speed });
  }

  // ------------------------------------------------------------------ saying it

  /**
   * Say something to everybody for a while.
   * @param {string} text
   */
  say(text) {
    write(this.notice, text);
    this.notice.hidden = false;
    clearTimeout(this.noticed);
    this.noticed = setTimeout(() => {
      this.notice.hidden = true;
    }, 12000);
  }

  /** Tell those who hear the page, once time stands still. */
  announceSoon() {
    clearTimeout(this.announcing);
    this.announcing = setTimeout(() => {
      if (this.session.now.playing) return;
      const months = this.months();
      const said = this.played.map((each, i) =>
        [
          `${each.scenario.data.title}: ${countWords(each, months[i])}.`,
          changeWords(this.replay, each, months[i], 5),
        ]
          .filter(Boolean)
          .join(" "),
      );
      write(this.heard, `${this.dateWords()}. ${said.join(" ")}`.trim());
    }, 500);
  }
}
