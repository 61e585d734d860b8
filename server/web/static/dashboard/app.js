// The shell: which view the address asks for, loading, failures, titles and focus.
import { $, el } from "../dom.js";
import { words } from "../words.js";
import { learnScopes } from "./api.js";
import { empty, link, page, problem } from "./parts.js";

const VIEWS = {
  "": ["home"], fleet: ["fleet"], "a": ["assistant"],
  versions: ["versions", "version"], runs: ["runs", "run"], feedback: ["feedback"],
  trials: [null, "trial"], conversations: [null, "conversation"], leaderboard: ["leaderboard"], audit: ["audit"],
};
const SLOW_MS = 200;
const main = $("main");
let leave = new AbortController();

/** What the address says: #/a/NAME/versions/ID?QUERY */
function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [first = "", name = "", what = "a", id = ""] = path.split("/").map(decodeURIComponent);
  const module = (VIEWS[first === "a" ? what : first] ?? [])[id ? 1 : 0];
  return { module: (first === "a") === Boolean(name) ? module : null, name, id, query: new URLSearchParams(query) };
}

async function show() {
  if (location.hash && !location.hash.startsWith("#/")) return; // a place within the page
  leave.abort();
  leave = new AbortController();
  const { signal } = leave, { module, ...asked } = place();
  const wait = setTimeout(() => main.replaceChildren(el("h1", { className: "sr" }, words.product), el("p", { className: "empty", role: "status" }, el("span", { className: "ridges" }), ` ${words.loading}`)), SLOW_MS);
  main.ariaBusy = "true";
  try {
    const { title, nodes } = module ? await (await import(`./${module}.js`)).default({ ...asked, signal })
      : page(words.nowhere, {}, empty(words.lookThere, link("#/", words.assistants)));
    if (signal.aborted) return;
    tell(title, nodes);
  } catch (error) {
    if (signal.aborted) return;
    fail(error, show);
    if (error.status === undefined && error.constructor.name !== "Lost") throw error; // a fault of this page's own
  } finally {
    clearTimeout(wait);
    if (!signal.aborted) main.ariaBusy = "false";
  }
}

function fail(error, again) {
  const { title, nodes } = page(words.trouble, {}, problem(error, again));
  tell(title, nodes);
}

let before = null;
function tell(title, nodes) {
  document.title = `${title} · ${words.product}`;
  main.replaceChildren(...nodes);
  for (const a of document.querySelectorAll(".top nav a")) {
    const here = a.getAttribute("href") === (location.hash === "#/fleet" ? "#/fleet" : "#/");
    if (here) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  if (before !== null && before !== location.hash) {
    scrollTo(0, 0);
    (main.querySelector("h1") ?? main).focus({ preventScroll: true });
  }
  main.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  before = location.hash;
}

addEventListener("hashchange", show);
try {
  await learnScopes();
  await show();
} catch (error) {
  fail(error, () => location.reload());
}
