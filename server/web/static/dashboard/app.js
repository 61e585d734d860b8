// The shell: which view the address asks for, loading, failures, titles and focus.
import { $, el } from "../dom.js";
import { Lost, Problem } from "../http.js";
import { words } from "../words.js";
import { calls, learnScopes } from "./api.js";
import { ago, empty, link, page, problem } from "./parts.js";

/** By what the address says: the view of all, and of one by its id. */
const VIEWS = {
  "": ["home"], fleet: ["fleet"], a: ["assistant"], versions: ["versions", "version"], runs: ["runs", "run"], feedback: ["feedback"],
  trials: [null, "trial"], conversations: [null, "conversation"], leaderboard: ["leaderboard"], audit: ["audit"],
};
const TABLES = ["fleet", "versions", "runs", "leaderboard", "audit"];
const SLOW_MS = 200;
const RETOLD_MS = 5000;
const main = $("main");
let leave = new AbortController();

/** What the address says: #/a/NAME/versions/ID?QUERY */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [first, name, what = "a", id] = path.split("/").map(decodeURIComponent);
  const view = VIEWS[first === "a" ? what : first]?.[id ? 1 : 0];
  return { view: (first === "a") === Boolean(name) && view, name, id, query: new URLSearchParams(query) };
}

async function make({ view, ...asked }) {
  if (!view) return page(words.nowhere, {}, empty(words.lookThere, link("#/", words.assistants)));
  const module = await import(`./${TABLES.includes(view) ? "tables" : view}.js`);
  return module[view](asked);
}

async function show() {
  if (location.hash && !location.hash.startsWith("#/")) return; // a place within the page
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const wait = setTimeout(() => main.replaceChildren(el("h1.sr", words.product), el("p.empty", { role: "status" }, el("span.ridges"), ` ${words.loading}`)), SLOW_MS);
  main.ariaBusy = "true";
  try {
    const made = await make({ ...place(), signal, api: calls(signal) });
    if (!signal.aborted) tell(made);
  } catch (error) {
    if (signal.aborted) return;
    fail(error, show);
    if (!(error instanceof Problem || error instanceof Lost)) throw error; // a fault of this page's own
  } finally {
    clearTimeout(wait);
    if (!signal.aborted) main.ariaBusy = "false";
  }
}

const fail = (error, again) => tell(page(words.trouble, {}, problem(error, again)));

/** Says anew how long ago every moment was; a log has clocks. */
const retell = () => document.querySelectorAll("time:not(.log *)").forEach((node) => (node.textContent = ago(Date.parse(node.dateTime) / 1000)));

let before;
function tell({ title, content }) {
  const { hash } = location;
  document.title = `${title} · ${words.product}`;
  main.replaceChildren(...content);
  for (const a of document.querySelectorAll(".top nav a")) a.ariaCurrent = a.hash && a.hash === (hash === "#/fleet" ? hash : "#/") ? "page" : null;
  if (before !== undefined && before !== hash) {
    scrollTo(0, 0);
    (main.querySelector("h1") ?? main).focus({ preventScroll: true });
  }
  main.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  before = hash;
}

addEventListener("hashchange", show);
setInterval(retell, RETOLD_MS);
try {
  await learnScopes();
  await show();
} catch (error) {
  fail(error, () => location.reload());
}
