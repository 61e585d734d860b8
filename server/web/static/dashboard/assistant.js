// One assistant: at a glance, what operators may do, what people said over time, its versions.
import { acts } from "./acts.js";
import { chart } from "./chart.js";
import { glance, look } from "./glance.js";
import { api, card, count, day, el, empty, label, link, live, tab, table, words } from "./kit.js";
import { standings } from "./versions.js";

const EVERY_S = 5;
const NEWEST = 6;
const FEWEST = 12; // weeks of a chart

export default async function assistant({ name, signal }) {
  const load = async () => look(await api.assistant(name, signal), signal);
  let first;
  const box = await live(signal, EVERY_S, async () => (first = await load()), (found, again) => [acts(found.a, again), el("section", { className: "card stack", ariaLabel: name }, el("h2", { className: "sr" }, words.overview), ...glance(found))]);
  const newest = await api.versions(name, signal, NEWEST);
  return tab(name, "overview", first.a.description, box, overTime(first, signal), ...(newest.length ? [card(words.newest, standings(name, newest, first.stands))] : []));
}

const room = () => (innerWidth < 700 ? 2 : 8); // for versions' names beside one another
const date = (s) => new Date(s * 1000);

/** Who answered one after the other, in groups that began at least so long apart: each has room for a name. */
function apart(reigns, seconds) {
  const groups = [];
  for (const reign of reigns) {
    const near = groups.at(-1);
    if (near && reign.since - near[0].since < seconds) near.push(reign);
    else groups.push([reign]);
  }
  return groups;
}

function overTime({ a, told }, signal) {
  const said = (b) => b.responses || b.thumbs_up || b.thumbs_down || b.comparisons;
  const first = told.buckets.findIndex(said);
  if (first < 0) return card(words.overTime, empty(words.nothingSaid, link(`/#${a.id}`, words.tryChat)));
  const shown = told.buckets.slice(Math.max(0, Math.min(first, told.buckets.length - FEWEST)));
  const days = shown.map((b) => date(b.start));
  const reigns = told.versions.filter((v) => v.since);
  const series = (what, sign = 1) => shown.map((b) => sign * b[what]);
  const draw = (ink) => ({
    data: [
      { name: words.thumb.up, type: "bar", x: days, y: series("thumbs_up"), marker: { color: ink.good } },
      { name: words.thumb.down, type: "bar", x: days, y: series("thumbs_down", -1), marker: { color: ink.bad } },
      { name: words.waiting.comparisons, mode: "lines+markers", x: days, y: series("comparisons"), line: { color: ink.accent, width: 2 } },
      { name: words.people, mode: "lines", x: days, y: series("people"), line: { color: ink.soft, width: 1.5, dash: "dot" } },
    ],
    layout: {
      barmode: "relative", xaxis: { nticks: innerWidth < 700 ? 4 : 12 },
      shapes: reigns.map(({ since }) => ({ type: "line", yref: "paper", y0: 0, y1: 1, x0: date(since), x1: date(since), line: { color: ink.soft, dash: "dash", width: 1 } })),
      annotations: apart(reigns, (shown.at(-1).start - shown[0].start) / room()).map((near) => ({
        x: date(near[0].since), y: 1, yref: "paper", yanchor: "bottom", showarrow: false, text: [near[0], ...near.slice(1).slice(-1)].map((v) => label(v.name)).join(" – "), font: { size: 11, color: ink.soft },
      })),
    },
  });
  const rows = () => shown.filter(said)
    .map((b) => [day(b.start), count(b.responses), count(b.thumbs_up), count(b.thumbs_down), count(b.comparisons), count(b.people)]);
  const heads = [words.week, ...[words.answers, words.thumb.up, words.thumb.down, words.waiting.comparisons, words.people].map((h) => [h, "n"])];
  return card(words.overTime, chart(words.overTime, draw, () => table(words.overTime, heads, rows()), signal));
}
