/**
 * Elements made from JavaScript. Text is always set as text, so what a file says is never markup.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Attributes by name; `on...` are listeners, `text` is the text, false and null leave one out.
 * @typedef {Record<string, unknown>} Attributes
 */

/**
 * @param {Element} element
 * @param {Attributes} attributes
 * @param {(Node | string | null)[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = String(value);
    else if (name.startsWith("on"))
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
}

/**
 * Make an HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/**
 * Make an SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElementTagNameMap[K]} */ (document.createElementNS(SVG, tag));
  fill(element, attributes, children);
  return element;
}

/**
 * A list to choose from.
 * @param {string} label what is chosen, for those who hear the page
 * @param {{value: string, text: string}[]} options
 * @param {(value: string) => void} chosen
 * @param {Attributes} [attributes]
 */
export function choice(label, options, chosen, attributes = {}) {
  const select = html("select", { "aria-label": label, ...attributes });
  for (const { value, text } of options) select.append(html("option", { value, text }));
  select.addEventListener("change", () => chosen(select.value));
  return select;
}

/**
 * Set text only where it differs, so that nothing is laid out or announced twice.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
