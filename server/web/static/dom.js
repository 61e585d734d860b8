// Elements, signs, words in the document, what is told aloud. Shared by every page; knows no API.

export const $ = (id) => document.getElementById(id);

/** An element; `props` are properties where it has them, else attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value;
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Puts words where the document asks for them, templates included: data-say (text), data-label
 * (aria-label, and title of a button), data-hint (placeholder); and data-sign, a button's sign.
 */
export function fill(words, root = document) {
  const each = (name, put) => root.querySelectorAll(`[data-${name}]`).forEach((node) => put(node, node.dataset[name]));
  each("say", (node, key) => (node.textContent = words[key]));
  each("hint", (node, key) => (node.placeholder = words[key]));
  each("label", (node, key) => name(node, words[key]));
  each("sign", (node, sign) => node.prepend(icon(sign)));
  for (const template of root.querySelectorAll("template")) fill(words, template.content);
}

/** What somebody hears who does not see it, and a button's tooltip. */
export function name(node, words) {
  node.ariaLabel = words;
  if (node.matches("button")) node.title = words;
}

/** A copy of a template: its `node`, and by their names its parts (data-part). */
export function stamp(template) {
  const node = $(template).content.firstElementChild.cloneNode(true);
  const parts = { node };
  for (const part of node.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
  return parts;
}

/** A plain button; `sign` draws it, and then the words are its name. */
export function button(words, onclick, { sign = "", ...props } = {}) {
  const node = el("button", { type: "button", className: sign && "icon quiet", onclick, ...props }, sign ? icon(sign) : words);
  if (sign) name(node, words);
  return node;
}

// Drawn on a 24 by 24 grid, because not every machine has a font with the signs.
const SIGNS = {
  thumb: "M3 10.5h3.5v10H3zM9 20.5v-9.8l3.9-7.2c1.8 0 2.7 1.2 2.4 2.9l-.6 3.1h4.4c1.3 0 2.1 1.1 1.8 2.3l-1.7 6.9c-.3 1.1-1.2 1.8-2.3 1.8z",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  again: "M20 11a8 8 0 1 0-2.3 6.2M20 5v6h-6",
  edit: "M4 20h4L19.5 8.5l-4-4L4 16zM13 7l4 4",
  teach: "M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12h5",
  pair: "M4 5h6.5v14H4zM13.5 5H20v14h-6.5z",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  menu: "M4 7h16M4 12h16M4 17h16",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  shield: "M12 3l7 3v5.5c0 4.5-3 8-7 9.5-4-1.5-7-5-7-9.5V6z",
  done: "M5 12.5l5 5L19.5 7",
  grip: "M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01",
};

export const icon = (name) =>
  svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "line" }, svg("path", { d: SIGNS[name] }));

/** A part of a drawing, or the whole. */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

let queue = [];

/** Changes the page at the next frame, all changes of one frame together. */
export function onFrame(change) {
  if (queue.push(change) > 1) return;
  requestAnimationFrame(() => {
    const all = queue;
    queue = [];
    keepEnd(() => all.forEach((one) => one()));
  });
}

/** Runs `change` and keeps the end in sight for whoever was reading there. */
export function keepEnd(change) {
  const page = document.scrollingElement;
  const atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 90;
  change();
  if (atEnd) page.scrollTop = page.scrollHeight;
}

/** Says something to who does not see the page. The document has <p id="status" role="status">. */
export const announce = (words) => ($("status").textContent = words);

/** Asks in a dialog; resolves to whether the person said yes. */
export function confirmed({ title, text, yes, no, danger = false }) {
  return new Promise((resolve) => {
    const ok = el("button", { value: "yes", className: danger ? "danger" : "primary", textContent: yes });
    const cancel = el("button", { value: "no", textContent: no, autofocus: true });
    const form = el("form", { method: "dialog" }, el("h2", { id: "ask-title", textContent: title }),
      el("p", { className: "asks", textContent: text }), el("div", { className: "actions" }, cancel, ok));
    const dialog = el("dialog", { className: "ask", "aria-labelledby": "ask-title" }, form);
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}
