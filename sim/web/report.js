// Tables are sorted by a button in each head. Without this script everything is read all the same.
"use strict";

/** What a cell is sorted by: its number, else its words; null where there is nothing. */
function valueOf(cell) {
  const words = cell.textContent.trim();
  if (cell.dataset.by !== undefined) return Number(cell.dataset.by);
  if (words === "" || words === "–") return null;
  return /^-?\d[\d,]*(\.\d+)?(e[-+]?\d+)?$/.test(words) ? Number(words.replaceAll(",", "")) : words;
}

/** Numbers stand before words; who has nothing comes last, whichever way one sorts. */
function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en-GB", { numeric: true }));
}

function sort(table, head) {
  const column = head.cellIndex;
  const upwards = head.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", upwards ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => [valueOf(row.cells[column]), row]);
  rows.sort(([a], [b]) => compare(a, b, upwards ? 1 : -1));
  body.append(...rows.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sorts")) {
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, head));
    head.append(button);
  }
}

// What fits need not be stopped at on the way through the page.
const frames = document.querySelectorAll(".scroll, .picture");
function stops() {
  for (const frame of frames) {
    if (frame.scrollWidth > frame.clientWidth + 1) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  }
}
addEventListener("resize", stops);
addEventListener("toggle", stops, true);
stops();

// Browsers that cannot open what is closed by a style open it before they print.
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details:not(.data)")) one.open = true;
});
