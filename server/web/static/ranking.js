// Puts K answers in order, ties possible: dragged, or moved step by step with buttons or arrow keys.
import { announce, el, name, stamp } from "./dom.js";
import { listed, words } from "./words.js";

/** `groups()` is places in `texts`, the best first, ties together. */
export function ranking(texts, letter) {
  let groups = texts.map((_, i) => [i]);
  const node = el("ol.ranks", { role: "list", ariaLabel: words.ranks });
  const placeOf = (item) => groups.findIndex((group) => group.includes(item));

  /** Out of a tie into a place of its own, or from that into a tie with the next. */
  function step(item, by) {
    const at = placeOf(item);
    const alone = groups[at].length === 1;
    if (!alone) move(item, at, by, by);
    else if (groups[at + by]) move(item, at + by, 0, by);
  }

  /** To a place: before it (`side` -1), behind it (1) or into it (0). */
  function move(item, at, side, by = -1) {
    const rest = groups.map((group) => group.filter((i) => i !== item));
    if (side) rest.splice(side < 0 ? at : at + 1, 0, [item]);
    else rest[at] = [...rest[at], item].sort();
    groups = rest.filter((group) => group.length);
    show();
    node.querySelector(`[data-item="${item}"] [data-by="${by}"]`).focus();
    const now = placeOf(item);
    const told = { letter: letter(item), at: now + 1, n: groups.length };
    const ties = groups[now].filter((i) => i !== item).map(letter);
    announce(ties.length ? words.tied({ ...told, ties: listed(ties) }) : words.placed(told));
  }

  function show() {
    node.replaceChildren(...groups.map((group, at) => {
      const { node: place, nth, items } = stamp("t-place");
      nth.textContent = at + 1;
      items.append(...group.map(row));
      return place;
    }));
  }

  function row(item) {
    const { node: made, who, text, up, down } = stamp("t-item");
    made.dataset.item = item;
    who.textContent = letter(item);
    text.textContent = texts[item].slice(0, 120);
    name(up, words.moveUp({ letter: letter(item) }));
    name(down, words.moveDown({ letter: letter(item) }));
    up.onclick = () => step(item, -1);
    down.onclick = () => step(item, 1);
    made.onkeydown = (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(item, by);
    };
    made.onpointerdown = (event) => event.target.closest("button") || drag(made, item, event);
    return made;
  }

  function drag(made, item, { pointerId, clientY: from }) {
    let goal = null;
    made.setPointerCapture(pointerId);
    made.classList.add("dragged");
    made.onpointermove = ({ clientY: y }) => {
      made.style.translate = `0 ${y - from}px`;
      goal = placeAt(y);
      [...node.children].forEach((place, at) => (place.dataset.drop = goal[0] === at ? goal[1] : ""));
    };
    made.onpointerup = () => (goal ? move(item, ...goal) : show());
    made.onpointercancel = show;
  }

  /** The upper and lower parts of a place mean beside it, its middle means a tie. */
  function placeAt(y) {
    const boxes = [...node.children].map((place) => place.getBoundingClientRect());
    const at = boxes.findIndex((box) => y < box.bottom);
    if (at < 0) return [boxes.length - 1, 1];
    const share = (y - boxes[at].top) / boxes[at].height;
    return [at, share < 0.3 ? -1 : share > 0.7 ? 1 : 0];
  }

  show();
  return { node, groups: () => groups, focus: () => node.querySelector("button").focus() };
}
