/** Wires a page: reads the data, then shows the stage, or the presenter's notes. */

import { shapes } from "#viz/hexmap";
import { HASH, Notes } from "#viz/presenter";
import { Stage } from "#viz/stage";
import { readReplay } from "#viz/state";

const root = /** @type {HTMLElement} */ (document.getElementById("replay"));
const text = document.getElementById("replay-data")?.textContent ?? "";

try {
  const replay = await readReplay(JSON.parse(text));
  document.body.prepend(shapes());
  if (location.hash === HASH) new Notes(replay, root);
  else new Stage(replay, root);
  root.removeAttribute("aria-busy");
} catch (error) {
  root.textContent = `This page cannot be shown: ${error instanceof Error ? error.message : error}`;
  throw error;
}
