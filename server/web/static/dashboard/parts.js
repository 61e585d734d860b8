// What the views are made of. Builds elements; asks the API nothing.
import { button, el, svg } from "../dom.js";
import { explain } from "../http.js";
import { words } from "../words.js";
import { ago, label, percent, time, when } from "./format.js";

export const at = (name, ...rest) => `#/${["a", name, ...rest].map(encodeURIComponent).join("/")}`;
export const link = (href, text, props = {}) => el("a", { href, ...props }, text);
export const version = (assistant, name) =>
  !name ? "–" : name === "base" ? label(name) : link(at(assistant, "versions", name), label(name), { title: name });
export const note = (text) => el("p", { className: "soft small" }, text);
export const tag = (text, kind = "") => el("span", { className: `tag ${kind}` }, text);
export const moment = (s) => (s ? el("time", { dateTime: new Date(s * 1000).toISOString(), title: when(s) }, ago(s)) : "–");
export const card = (title, ...nodes) => el("section", { className: "card stack" }, el("h2", {}, title), ...nodes);
export const empty = (text, ...todo) => el("div", { className: "empty stack" }, el("p", {}, text), ...todo);

const KINDS = { promote: "good", champion: "good", trial: "warn", hold: "warn", reject: "bad", rejected: "bad", rollback: "bad", rolled_back: "bad" };
/** A state or a decision, in words and in colour. */
export const state = (name) => tag(words.states[name] ?? name, KINDS[name]);

const TABS = ["overview", "versions", "runs", "feedback", "leaderboard", "audit"];

const head = (...nodes) => el("header", { className: "head stack" }, ...nodes);
const name = (title, lead) => [el("h1", { tabIndex: -1 }, title), lead ? el("p", { className: "soft" }, lead) : ""];

/** A page; `assistant` is where it belongs. */
export const page = (title, { assistant = "", lead = "" }, ...nodes) => ({
  title: assistant ? `${title} · ${assistant}` : title,
  nodes: [head(assistant ? el("p", { className: "crumb" }, link(at(assistant), assistant)) : "", ...name(title, lead)), ...nodes],
});

/** One of an assistant's tabs. */
export const tab = (assistant, what, lead, ...nodes) => ({
  title: `${words[what]} · ${assistant}`,
  nodes: [head(...name(assistant, lead), el("nav", { className: "tabs", "aria-label": assistant }, ...TABS.map((t) =>
    link(t === TABS[0] ? at(assistant) : at(assistant, t), words[t], t === what ? { "aria-current": "page" } : {})))), ...nodes],
});

/** `heads`: words, or [words, "n"] for numbers. */
export function table(caption, heads, rows) {
  const cell = (tag, content, kind, more) => el(tag, { className: kind ?? "", ...more }, content ?? "–");
  const names = heads.map((h) => (Array.isArray(h) ? h : [h]));
  const body = rows.map((row) => el("tr", {}, ...row.map((c, i) => cell(i ? "td" : "th", c, names[i][1], i ? {} : { scope: "row" }))));
  return el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
    el("table", {}, el("caption", { className: "sr" }, caption),
      el("thead", {}, el("tr", {}, ...names.map(([n, k]) => cell("th", n, k, { scope: "col" })))), el("tbody", {}, ...body)));
}

export const facts = (...pairs) =>
  el("dl", { className: "facts" }, ...pairs.filter(Boolean).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value ?? "–"))));

/** A share with its interval, drawn from 0 to 1 and said. `middle`: what it is compared with. */
export function interval(found, middle = 0.5) {
  if (!found) return el("span", { className: "soft" }, words.noVotes);
  const { value, low, high } = found;
  const x = (v) => 4 + 112 * Math.min(1, Math.max(0, v));
  const line = (x1, x2, y1, y2, kind) => svg("line", { x1, x2, y1, y2, class: kind });
  const drawn = svg("svg", { viewBox: "0 0 120 16", class: "interval", "aria-hidden": "true" },
    line(4, 116, 8, 8, "axis"), line(x(middle), x(middle), 2, 14, "axis"), line(x(low), x(high), 8, 8, "span"), svg("circle", { cx: x(value), cy: 8, r: 4 }));
  const kind = low > middle ? "better" : high < middle ? "worse" : "open";
  return el("span", { className: `share ${kind}` }, drawn, el("span", {}, el("b", {}, percent(value)), ` ${words.range({ low: percent(low), high: percent(high) })}`));
}

/** How far something is, of 1. */
export const bar = (fraction, words_) => el("progress", { max: 1, value: Math.min(1, Math.max(0, fraction)), "aria-label": words_ });

/** What went wrong, what to do, and a way to try again. */
export const problem = (error, again) =>
  el("div", { className: "problem", role: "alert" }, el("span", {}, explain(error)), again && button(words.retry, again));

const FOCUS = "a, button, summary, input, select";

/** A box with what `draw` makes of what `load` brings, now and whenever it has changed. */
export async function live(signal, seconds, load, draw) {
  const late = el("p", { className: "problem", hidden: true });
  const box = el("div", { className: "stack" });
  let before = "", told = 0;
  const look = async () => {
    const found = await load();
    told = Date.now() / 1000;
    late.hidden = true;
    const now = JSON.stringify(found, (key, value) => (key === "at" ? 0 : value));
    if (now === before || signal.aborted) return;
    before = now;
    const place = [...box.querySelectorAll(FOCUS)].indexOf(document.activeElement);
    box.replaceChildren(...draw(found, look));
    if (place >= 0) box.querySelectorAll(FOCUS)[place]?.focus();
  };
  await look();
  const again = () => document.hidden || look().catch((error) => {
    if (signal.aborted) return;
    late.textContent = words.stale({ time: time(told), why: explain(error) });
    late.hidden = false;
  });
  const timer = setInterval(again, seconds * 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  return el("div", { className: "stack" }, late, box);
}
