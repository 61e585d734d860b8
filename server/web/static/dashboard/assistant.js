// One assistant: at a glance, what operators may do, what people said over time, its versions.
import { acts } from "./acts.js";
import { chart, dashed, named } from "./chart.js";
import { glance, look } from "./glance.js";
import { card, count, day, el, empty, label, link, live, tab, table, words } from "./parts.js";
import { standings } from "./tables.js";

const NEWEST = 6;
const FEWEST = 12; // weeks of a chart

export async function assistant({ api, name, signal }) {
  let now;
  const load = async () => (now = await look(api, await api.assistant(name)));
  const box = await live(signal, load, (found, again) => [
    acts(api, found.a, again), el("section.card.stack", { ariaLabel: name }, el("h2.sr", words.overview), glance(found)),
  ]);
  const newest = await api.versions(name, NEWEST);
  return tab(name, "overview", now.a.description, box, overTime(now, signal), newest.length > 0 && standings(words.newest, name, newest, now.stands));
}

const narrow = () => innerWidth < 700;
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
  const reigns = told.versions.filter((v) => v.since);
  const days = shown.map((b) => date(b.start));
  const names = (near) => [...new Set([near[0], near.at(-1)].map((v) => label(v.name)))].join(" – ");
  const draw = (ink) => {
    const line = (name, what, own) => ({ name, x: days, y: shown.map((b) => b[what]), ...own });
    const bar = (name, what, color) => line(name, what, { type: "bar", marker: { color } });
    const down = bar(words.down, "thumbs_down", ink.bad);
    down.y = down.y.map((n) => -n);
    return {
      data: [
        bar(words.up, "thumbs_up", ink.good), down,
        line(words.comparisons, "comparisons", { mode: "lines+markers", line: { color: ink.accent, width: 2 } }),
        line(words.people, "people", { mode: "lines", line: { color: ink.soft, width: 1.5, dash: "dot" } }),
      ],
      layout: {
        barmode: "relative", xaxis: { nticks: narrow() ? 4 : 12 },
        shapes: reigns.map(({ since }) => dashed("x", date(since), ink.soft, 1)),
        annotations: apart(reigns, (shown.at(-1).start - shown[0].start) / (narrow() ? 2 : 8)).map((near) => named("x", date(near[0].since), names(near), ink.soft)),
      },
    };
  };
  const rows = () => shown.filter(said)
    .map((b) => [day(b.start), count(b.responses), count(b.thumbs_up), count(b.thumbs_down), count(b.comparisons), count(b.people)]);
  return card(words.overTime, chart(words.overTime, draw, () => table("weeks", rows()), signal));
}
