// Puts K answers in order, ties possible: dragged, or moved step by step with buttons or arrow keys.
import { announce, button, el } from "./dom.js";
import { chat as words } from "./strings.js";

/** `order()` is groups of places in the list of texts, the best first. */
export function ranking(texts, letter) {
  let groups = texts.map((_, i) => [i]);
  const node = el("ol", { className: "ranks", role: "list", "aria-label": words.ranks });

  /** One step up or down: out of a tie into a place of its own, or from that into a tie with the next. */
  function step(item, by) {
    const at = groups.findIndex((group) => group.includes(item));
    const rest = groups.map((group) => group.filter((i) => i !== item));
    if (groups[at].length > 1) rest.splice(by < 0 ? at : at + 1, 0, [item]);
    else if (rest[at + by]) rest[at + by].push(item);
    else return;
    put(rest, item, by);
  }

  /** Beside a place (`by` -1 before it, 1 after it) or, with 0, into it. */
  function drop(item, at, by) {
    const rest = groups.map((group) => group.filter((i) => i !== item));
    if (by) rest.splice(by < 0 ? at : at + 1, 0, [item]);
    else rest[at].push(item);
    put(rest, item, 0);
  }

  function put(next, item, by) {
    groups = next.filter((group) => group.length).map((group) => group.sort((a, b) => a - b));
    show();
    node.querySelector(`[data-item="${item}"] [data-by="${by || -1}"]`).focus();
    const at = groups.findIndex((group) => group.includes(item));
    const ties = groups[at].filter((i) => i !== item).map(letter);
    announce(words.placed(letter(item), at + 1, groups.length, ties));
  }

  function show() {
    node.replaceChildren(...groups.map((group, at) =>
      el("li", { className: "place" }, el("span", { className: "nth", textContent: at + 1 }), el("div", { className: "grow" }, ...group.map(row)))));
  }

  function row(item) {
    const mover = (by, label, sign) => {
      const made = button(label(letter(item)), () => step(item, by), { sign });
      made.dataset.by = by;
      return made;
    };
    const made = el("div", { className: "item" }, el("b", { textContent: letter(item) }),
      el("span", { className: "grow soft", textContent: texts[item].slice(0, 120) }),
      mover(-1, words.moveUp, "up"), mover(1, words.moveDown, "down"));
    made.dataset.item = item;
    made.onkeydown = (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(item, by);
    };
    made.onpointerdown = (event) => {
      if (!event.target.closest("button")) drag(event, made, item);
    };
    return made;
  }

  function drag(down, made, item) {
    let goal = null;
    made.setPointerCapture(down.pointerId);
    made.classList.add("dragged");
    made.onpointermove = (event) => {
      made.style.translate = `0 ${event.clientY - down.clientY}px`;
      goal = placeAt(event.clientY);
      [...node.children].forEach((place, at) => {
        place.dataset.drop = goal?.at === at ? goal.by : "";
      });
    };
    made.onpointerup = made.onpointercancel = (event) => {
      made.onpointermove = made.onpointerup = made.onpointercancel = null;
      if (event.type === "pointerup" && goal) drop(item, goal.at, goal.by);
      else show();
    };
  }

  /** The upper and lower quarters of a place mean beside it, its middle means a tie. */
  function placeAt(y) {
    const at = [...node.children].findIndex((place) => y < place.getBoundingClientRect().bottom);
    if (at < 0) return { at: groups.length - 1, by: 1 };
    const { top, height } = node.children[at].getBoundingClientRect();
    const share = (y - top) / height;
    return { at, by: share < 0.3 ? -1 : share > 0.7 ? 1 : 0 };
  }

  show();
  return { node, order: () => groups, focus: () => node.querySelector("button").focus() };
}
