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

/** A plain button. */
export const button = (words, onclick, props = {}) => el("button", { type: "button", onclick, ...props }, words);

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
