// What the page is made of. Builds and changes elements; knows nothing of the API.

export const $ = (id) => document.getElementById(id);

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export const versionName = (version) => (version === "base" ? "the base model" : version);

/** Runs `change` and keeps the end in sight for whoever was reading there. */
export function keepEnd(change) {
  const page = document.scrollingElement;
  const atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
  const result = change();
  if (atEnd) page.scrollTop = page.scrollHeight;
  return result;
}

/** What the person said. */
export const said = (text) => el("p", { className: "said" }, el("span", { className: "sr" }, "You: "), text);

/** An answer that grows, then ends. `letter` for one of several. */
export class Answer {
  constructor(letter = "") {
    this.text = el("div", { className: "text", textContent: "" });
    this.foot = el("div", { className: "foot" });
    this.node = el("article", { className: "answer", "aria-label": `Answer${letter && ` ${letter}`}`, "aria-busy": "true" });
    if (letter) this.node.append(el("h3", { textContent: letter }));
    this.node.append(this.text, this.foot);
  }

  add(piece) {
    keepEnd(() => this.text.append(piece));
  }

  /** `html` was sanitised by the server. */
  end({ html, finish_reason: why }) {
    keepEnd(() => {
      if (html) {
        this.text.innerHTML = html;
        this.text.classList.add("rich");
      }
      this.node.setAttribute("aria-busy", "false");
      if (why === "length") this.tell("Cut at the length limit");
      if (why === "aborted") this.tell("Stopped");
    });
  }

  tell(words) {
    this.foot.append(el("span", { className: "tell", textContent: words }));
  }
}

// Drawn, because not every machine has a font with the sign.
function thumbIcon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M3 10.5h3.5v10H3zM9 20.5v-9.8l3.9-7.2c1.8 0 2.7 1.2 2.4 2.9l-.6 3.1h4.4c1.3 0 2.1 1.1 1.8 2.3l-1.7 6.9c-.3 1.1-1.2 1.8-2.3 1.8z");
  svg.append(path);
  return svg;
}

/**
 * Thumbs of one answer. `give(value)` stores and returns the vote's id, `takeBack(id)` undoes it;
 * `held` is the vote that holds already.
 */
export function thumbs(give, takeBack, held = { value: null, id: null }) {
  const button = (value, label) =>
    el("button", { type: "button", className: `thumb ${value}`, "aria-label": label, title: label,
      onclick: () => turn(value) }, thumbIcon());
  const up = button("up", "Good answer");
  const down = button("down", "Bad answer");

  function show() {
    up.setAttribute("aria-pressed", held.value === "up");
    down.setAttribute("aria-pressed", held.value === "down");
  }

  async function turn(value) {
    up.disabled = down.disabled = true;
    try {
      if (held.value === value) {
        await takeBack(held.id);
        held = { value: null, id: null };
      } else {
        held = { value, id: await give(value) };
      }
      show();
    } catch {
      // Whoever gave us `give` has told the person; the thumb stays as it was.
    } finally {
      up.disabled = down.disabled = false;
    }
  }
  show();
  return el("span", { role: "group", "aria-label": "Rate this answer", className: "thumbs" }, up, down);
}

const CHOICES = [
  ["a", "A is better", "A"],
  ["b", "B is better", "B"],
  ["tie", "Tie", "T"],
  ["both_bad", "Both bad", "X"],
];

/** Buttons and keys of a blind vote; `give(choice)` stores it and may throw to let the person try again. */
export function ballot(give) {
  const buttons = CHOICES.map(([choice, label, key]) =>
    el("button", { type: "button", "aria-keyshortcuts": key, onclick: () => vote(choice) },
      label, el("kbd", { textContent: key, "aria-hidden": "true" })));
  const node = el("div", { className: "ballot", role: "group", "aria-label": "Which answer is better?" }, ...buttons);

  async function vote(choice) {
    for (const b of buttons) b.disabled = true;
    try {
      await give(choice);
      node.remove();
      document.removeEventListener("keydown", onKey);
    } catch {
      for (const b of buttons) b.disabled = false;
    }
  }
  function onKey(event) {
    if (!node.isConnected) return document.removeEventListener("keydown", onKey);
    const elsewhere = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, input, select");
    const found = CHOICES.find(([, , key]) => key === event.key.toUpperCase());
    if (elsewhere || !found || buttons[0].disabled) return;
    event.preventDefault();
    vote(found[0]);
  }
  document.addEventListener("keydown", onKey);
  return { node, focus: () => buttons[0].focus({ preventScroll: true }) };
}
