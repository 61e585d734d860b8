// Elements, signs, words in the document, what is told aloud. Shared by every page; knows no API.

export const $ = (id) => document.getElementById(id);

/** All that `content` holds, arrays within it too; what is empty is left out. */
export const flat = (content) => content.flat(Infinity).filter((item) => item || item === 0);

/**
 * An element, with the classes that its tag names ("p.soft"). A plain object among its content is
 * properties where it has them, else attributes.
 */
export function el(tag, ...content) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  node.classList.add(...classes);
  for (const item of flat(content)) {
    if (item.constructor === Object) set(node, item);
    else node.append(item);
  }
  return node;
}

function set(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
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

/** What went wrong, and a way on. */
export const problem = (said, label, onclick) => el("div.problem", { role: "alert" }, el("span", said), label && button(label, onclick));

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

/** Asks in a dialog before something is gone; resolves to whether the person said yes. */
export function confirmed(said) {
  const { node, ...parts } = stamp("t-confirm");
  for (const [part, words] of Object.entries(said)) parts[part].textContent = words;
  document.body.append(node);
  node.showModal();
  return new Promise((resolve) => {
    node.onclose = () => {
      node.remove();
      resolve(node.returnValue === "yes");
    };
  });
}
