/** Swipes across an element; up and down still scroll the page, and two fingers magnify it. */

const FAR = 40; // in pixels
const QUICK = 800; // in milliseconds

/**
 * @param {HTMLElement} element
 * @param {(way: "left" | "right") => void} swiped
 */
export function onSwipe(element, swiped) {
  element.style.touchAction = "pan-y pinch-zoom";
  /** @type {{pointer: number, x: number, y: number, time: number} | null} */
  let began = null;
  element.addEventListener("pointerdown", (event) => {
    // A second finger is no swipe any more.
    const alone = event.pointerType === "touch" && event.isPrimary;
    began = alone
      ? { pointer: event.pointerId, x: event.clientX, y: event.clientY, time: event.timeStamp }
      : null;
  });
  element.addEventListener("pointercancel", () => {
    began = null;
  });
  element.addEventListener("pointerup", (event) => {
    if (began?.pointer !== event.pointerId) return;
    const across = event.clientX - began.x;
    const up = Math.abs(event.clientY - began.y);
    const quick = event.timeStamp - began.time < QUICK;
    began = null;
    if (quick && Math.abs(across) > FAR && Math.abs(across) > 2 * up)
      swiped(across < 0 ? "left" : "right");
  });
}
