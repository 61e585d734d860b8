// What the views are made of, all of it under one name.
import { el, flat, stamp, problem as trouble } from "../dom.js";
import { explain } from "../http.js";
import { words } from "../words.js";
import { ago, label, percent, time, when } from "./format.js";

export { announce, button, confirmed, el, stamp } from "../dom.js";
export { words } from "../words.js";
export * from "./api.js";
export * from "./format.js";

export const at = (name, ...rest) => `#/${["a", name, ...rest].map(encodeURIComponent).join("/")}`;
export const link = (href, text, props) => el("a", { href }, props, text);
export const version = (assistant, name) =>
  !name ? "–" : name === "base" ? label(name) : link(at(assistant, "versions", name), label(name), { title: name });
export const note = (text) => el("p.soft.small", text);
export const tag = (text, kind = "") => el("span", { className: `tag ${kind}` }, text);
export const clock = (s, text) => el("time", { dateTime: new Date(s * 1000).toISOString(), title: when(s) }, text);
export const moment = (s) => (s ? clock(s, ago(s)) : "–");
export const card = (title, ...content) => el("section.card.stack", el("h2", title), content);
export const empty = (text, ...todo) => el("div.empty.stack", el("p", text), todo);
export const meter = (name, fraction, said, kind = "") => el("div", { className: `meter ${kind}` }, el("span", name), bar(fraction, name), el("span.small", said));

const KINDS = { promote: "good", gated: "good", champion: "good", trial: "warn", hold: "warn", reject: "bad", rejected: "bad", rollback: "bad", rolled_back: "bad" };
/** A state or a decision, in words and in colour. */
export const state = (name) => tag(words.states[name] ?? name, KINDS[name]);
export const passed = (yes, [good, bad]) => tag(yes ? good : bad, yes ? "good" : "bad");
/** What a decision is called in states: a version that was let into a trial need not be on trial any more. */
export const ruling = (decision) => (decision === "trial" ? "gated" : decision);
/** What was decided and why. */
export const decided = ({ decision, reason, at }) => el("p", state(ruling(decision)), ` ${reason}`, at && [" · ", moment(at)]);

const head = (title, lead) => [el("h1", { tabIndex: -1 }, title), lead && el("p.soft", lead)];

/** A page; `assistant` is where it belongs. */
export const page = (title, { assistant, lead }, ...content) => ({
  title: assistant ? `${title} · ${assistant}` : title,
  content: flat([el("header.head.stack", assistant && el("p.crumb", link(at(assistant), assistant)), head(title, lead)), content]),
});

/** One of an assistant's tabs. */
export function tab(assistant, what, lead, ...content) {
  const { node, ...tabs } = stamp("t-tabs");
  node.ariaLabel = assistant;
  for (const [name, a] of Object.entries(tabs)) a.href = name === "overview" ? at(assistant) : at(assistant, name);
  tabs[what].ariaCurrent = "page";
  return {
    title: `${tabs[what].textContent} · ${assistant}`,
    content: flat([el("header.head.stack", head(assistant, lead), node), content]),
  };
}

/** A table by its template, whose heads say which columns are numbers. `more`: heads of further such columns. */
export function table(template, rows, more = []) {
  const { node, heads, body } = stamp(`t-${template}`);
  heads.append(...more.map((head) => el("th.n", { scope: "col" }, head)));
  const cell = (content, i) => el(i ? "td" : "th", { className: heads.children[i].className }, !i && { scope: "row" }, content ?? "–");
  body.append(...rows.map((row) => el("tr", row.map(cell))));
  return node;
}

/** A table in a card of its own, or what is said where there is nothing to list. */
export const listing = (title, template, rows, ...none) => card(title, rows.length ? table(template, rows) : empty(...none));

/** A template with something in each of its parts. */
export function filled(template, contents) {
  const { node, ...parts } = stamp(`t-${template}`);
  for (const [name, content] of Object.entries(contents)) parts[name].append(...flat([content]));
  return node;
}

export const facts = (...pairs) =>
  el("dl.facts", pairs.map((pair) => pair && el("div", el("dt", pair[0]), el("dd", pair[1] ?? "–"))));

/** A share with its interval, drawn from 0 to 1 and said. `middle`: what it is compared with. */
export function interval(found, middle = 0.5) {
  if (!found) return el("span.soft", words.noVotes);
  const { value, low, high } = found;
  const x = (share) => 4 + 112 * Math.min(1, Math.max(0, share));
  const drawn = stamp("t-interval");
  drawn.middle.setAttribute("d", `M${x(middle)} 2v12`);
  drawn.span.setAttribute("d", `M${x(low)} 8H${x(high)}`);
  drawn.dot.setAttribute("cx", x(value));
  drawn.value.append(percent(value));
  drawn.range.append(words.range({ low: percent(low), high: percent(high) }));
  drawn.node.classList.add(low > middle ? "better" : high < middle ? "worse" : "open");
  return drawn.node;
}

/** How far something is, of 1. */
export const bar = (fraction, ariaLabel) => el("progress", { max: 1, value: Math.min(1, Math.max(0, fraction)), ariaLabel });

/** What went wrong, what to do, and a way to try again. */
export const problem = (error, again) => trouble(explain(error), again && words.retry, again);

const FOCUS = "a, button, summary, input, select, .scroll";

/** A box with what `draw` makes of what `load` brings, now and whenever it has changed. Focus and scrolling stay. */
export async function live(signal, load, draw, seconds = 5) {
  const { node, late, box } = stamp("t-live");
  let before, told;
  const look = async () => {
    const found = await load();
    told = Date.now() / 1000;
    late.textContent = "";
    const now = JSON.stringify(found, (key, value) => (key === "at" ? 0 : value));
    if (now === before || signal.aborted) return;
    before = now;
    const all = (what) => [...box.querySelectorAll(what)];
    const place = all(FOCUS).indexOf(document.activeElement), ways = all(".scroll").map((node) => node.scrollLeft);
    box.replaceChildren(...flat([draw(found, look)]));
    all(FOCUS)[place]?.focus();
    all(".scroll").forEach((node, i) => (node.scrollLeft = ways[i]));
  };
  await look();
  const again = () => document.hidden || look().catch((error) => {
    const said = words.stale({ time: time(told), why: explain(error) });
    if (late.textContent !== said) late.textContent = said; // heard once
  });
  const timer = setInterval(again, seconds * 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  return node;
}
