// Elements. Everything that comes from the queue is set as text or as an attribute, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export const element = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);
export const shape = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// Touches the page only when something changes, so that a selection and the screen reader's place stay.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function show(node, shown) {
  node.hidden = !shown;
}

export const link = (href, text, attributes = {}) => element("a", { href, rel: "noreferrer", ...attributes }, text);

const keys = new WeakMap(); // element -> what it was last made of

// Replaces what is in `parent` when `key` differs from the last time; focus goes with it when the same href is there.
export function renew(parent, key, make) {
  if (keys.get(parent) === key) return;
  const focused = parent.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  keys.set(parent, key);
  parent.replaceChildren(...make());
  if (focused === null) return;
  for (const anchor of parent.querySelectorAll("a")) if (anchor.getAttribute("href") === focused) anchor.focus();
}
