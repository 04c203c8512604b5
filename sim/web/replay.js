/** Wires a page: reads the data, then shows the stage, or the presenter's notes. */

import { addressOf, lookingAt } from "#viz/address";
import { shapes } from "#viz/hexmap";
import { HASH, Notes } from "#viz/presenter";
import { Stage } from "#viz/stage";
import { readReplay, unpackFuture } from "#viz/state";

/** @typedef {import("#viz/state").Replay} Replay */

/** Milliseconds between two changes of the address: browsers refuse more than some in a second. */
const PAUSE = 1000;

const root = /** @type {HTMLElement} */ (document.getElementById("replay"));
const text = document.getElementById("replay-data")?.textContent ?? "";

try {
  const replay = await readReplay(JSON.parse(text));
  document.body.prepend(shapes());
  if (location.hash === HASH) new Notes(replay, root);
  else await showStage(replay);
  root.removeAttribute("aria-busy");
} catch (error) {
  root.textContent = `This page cannot be shown: ${error instanceof Error ? error.message : error}`;
  throw error;
}

/**
 * Show the stage as the address says, and keep the address as the stage is.
 * @param {Replay} replay
 */
async function showStage(replay) {
  const asked = lookingAt(replay, location.hash);
  await unpackFuture(replay, asked.future ?? 0);
  const stage = new Stage(replay, root, asked);
  let waits = false;
  stage.session.listen(() => {
    if (waits) return;
    waits = true;
    setTimeout(() => {
      waits = false;
      history.replaceState(null, "", addressOf(replay, stage.session.now));
    }, PAUSE);
  });
  addEventListener("hashchange", () => stage.goTo(lookingAt(replay, location.hash)));
}
