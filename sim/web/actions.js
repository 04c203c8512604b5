/** What each key and button does to a stage. */

import { SPEEDS } from "#viz/controls";
import { momentsOf } from "#viz/state";

/** @typedef {import("#viz/stage").Stage} Stage */

/**
 * Do what a key or a button says; what is unknown does nothing.
 * @param {Stage} stage
 * @param {string} name
 */
export function act(stage, name) {
  const { session, clock } = stage;
  const { now } = session;
  const at = now.position;

  const step = (/** @type {number} */ to) => {
    clock.pause();
    clock.go(to);
  };
  const faster = (/** @type {number} */ by) => {
    const speed = SPEEDS[SPEEDS.findIndex(({ value }) => value === now.speed) + by];
    if (speed) session.set({ speed: speed.value });
  };
  const moments = () =>
    stage.played
      .flatMap((played) => momentsOf(played).map(({ month }) => month - stage.offset(played)))
      .sort((a, b) => a - b);

  /** @type {Record<string, () => void>} */
  const actions = {
    toggle: () => (clock.playing ? clock.pause() : clock.play()),
    next: () => step(at + 1),
    back: () => step(at - 1),
    yearOn: () => step(at + 12),
    yearBack: () => step(at - 12),
    first: () => step(clock.first),
    last: () => step(clock.last),
    nextMoment: () => step(moments().find((moment) => moment > at) ?? clock.last),
    lastMoment: () => step(moments().findLast((moment) => moment < at) ?? clock.first),
    alone: () => stage.change({ shown: now.shown.length > 1 ? now.shown.slice(0, 1) : stage.pair }),
    swap: () => stage.change({ shown: [...now.shown].reverse() }),
    map: () => session.set({ view: "map" }),
    network: () => session.set({ view: now.view === "network" ? "map" : "network" }),
    chance: () => {
      if (stage.hasChances) session.set({ view: now.view === "chance" ? "map" : "chance" });
    },
    origins: () =>
      session.set({ chart: now.chart === "origins" ? "futures" : "origins", drawer: "curve" }),
    count: () => stage.change({ count: now.count === "calendar" ? "opening" : "calendar" }),
    another: () => stage.chooseFuture((now.future + 1) % stage.replay.data.futures.length),
    faster: () => faster(1),
    slower: () => faster(-1),
    labels: () => stage.root.classList.toggle("labelled"),
    changes: () => session.set({ drawer: now.drawer === "changes" ? "curve" : "changes" }),
    find: () => {
      stage.leave();
      session.set({ drawer: "council" });
      stage.drawer.finder.focus();
    },
    fullScreen: () => fullScreen(stage),
    presenter: () => {
      if (stage.link.open()) stage.link.send(now);
      else
        stage.say(
          "The browser keeps this page from opening a second window. Allow pop-ups for it, then press P again.",
        );
    },
    help: () => (stage.help.open ? stage.help.close() : stage.help.showModal()),
    close: () => {
      stage.comeBack();
      session.set({ drawer: "curve", council: null });
    },
  };
  actions[name]?.();
}

/** @param {Stage} stage */
function fullScreen(stage) {
  const refused = () =>
    stage.say("The browser keeps this page from filling the screen; F11 may do it.");
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.fullscreenEnabled) document.documentElement.requestFullscreen().catch(refused);
  else refused();
}
