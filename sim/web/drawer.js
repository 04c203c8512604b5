/** Beside the maps: the curve with moments to jump to, this month's changes, or one council. */

import { changesTables } from "#viz/changes";
import { switches } from "#viz/controls";
import { CouncilCard, finder } from "#viz/council";
import { html } from "#viz/dom";
import { momentsOf } from "#viz/state";
import { shortMonth } from "#viz/words";

/** @typedef {import("#viz/state").Replay} Replay */
/** @typedef {import("#viz/state").Played} Played */
/** @typedef {import("#viz/session").Looking} Looking */

/** What can be read of what is shown. */
export class Drawer {
  /**
   * @param {object} options
   * @param {Replay} options.replay
   * @param {HTMLElement} options.chart
   * @param {(drawer: Looking["drawer"]) => void} options.choose
   * @param {(council: number) => void} options.follow
   * @param {(month: number, played: Played) => void} options.go
   */
  constructor({ replay, chart, choose, follow, go }) {
    this.replay = replay;
    this.chart = chart;
    this.go = go;
    /** @type {Played[]} */
    this.played = [];
    this.tabs = switches(
      "What can be read",
      [
        { value: "curve", text: "Curve", key: "Esc" },
        { value: "changes", text: "This month", key: "T" },
        { value: "council", text: "A council", key: "/" },
      ],
      (value) => choose(/** @type {Looking["drawer"]} */ (value)),
    );
    this.finder = finder({ councils: replay.data.councils, id: "find-council", found: follow });
    this.card = new CouncilCard({ replay, go });
    this.list = html("div", { class: "drawer moments-place" });
    this.body = html("div", { class: "drawer", role: "region", tabindex: 0 });
    this.element = html("div", { class: "side" }, this.tabs.element, chart, this.list, this.body);
  }

  /**
   * Fill it anew.
   * @param {Played[]} played
   * @param {Looking} looking
   * @param {number[]} months of each scenario
   */
  load(played, looking, months) {
    this.played = played;
    this.tabs.show(looking.drawer);
    const curve = looking.drawer === "curve";
    this.chart.hidden = this.list.hidden = !curve;
    this.body.hidden = curve;
    this.body.setAttribute("aria-label", looking.drawer === "council" ? "A council" : "This month");
    if (looking.drawer === "council") {
      const { council } = looking;
      if (council === null) {
        const hint = "Or click a hexagon: this says where the council stands, and why.";
        this.body.replaceChildren(this.finder.element, html("p", { class: "quiet", text: hint }));
      } else {
        this.card.load(council, played);
        this.body.replaceChildren(this.finder.element, this.card.element);
      }
    } else if (curve) this.list.replaceChildren(this.moments(looking.count));
    this.show(looking, months);
  }

  /**
   * @param {Looking} looking
   * @param {number[]} months
   */
  show(looking, months) {
    if (looking.drawer === "council" && looking.council !== null) this.card.show(months);
    if (looking.drawer === "changes")
      this.body.replaceChildren(changesTables(this.replay, this.played, months));
    if (looking.drawer === "curve") this.mark(months);
  }

  /**
   * Mark the moment that came last, and bring it into view.
   * @param {number[]} months
   */
  mark(months) {
    const buttons = [...this.list.querySelectorAll("button")];
    const last = buttons.findLast(
      ({ dataset }) => Number(dataset.month) <= months[Number(dataset.side)],
    );
    if (!last || last.hasAttribute("aria-current")) return;
    for (const button of buttons) button.removeAttribute("aria-current");
    last.setAttribute("aria-current", "true");
    const item = last.parentElement;
    if (item) this.list.scrollTop = item.offsetTop - this.list.offsetTop;
  }

  /** @param {Looking["count"]} count */
  moments(count) {
    const { starts } = this.replay.data;
    const at = (/** @type {number} */ month, /** @type {Played} */ played) =>
      count === "opening" ? month - (played.scenario.data.opens ?? 0) : month;
    const all = this.played
      .flatMap((played, side) => momentsOf(played).map((moment) => ({ ...moment, played, side })))
      .sort((a, b) => at(a.month, a.played) - at(b.month, b.played));
    return html(
      "ol",
      { class: "moments", "aria-label": "Moments" },
      ...all.map(({ month, words, played, side }) =>
        html(
          "li",
          {},
          html(
            "button",
            {
              type: "button",
              "data-month": month,
              "data-side": side,
              style: `--colour:${played.scenario.data.colour}`,
              onclick: () => this.go(month, played),
            },
            html("time", { text: shortMonth(starts, month) }),
            html(
              "span",
              {},
              words,
              this.played.length > 1 ? html("small", { text: played.scenario.data.title }) : null,
            ),
          ),
        ),
      ),
    );
  }
}
