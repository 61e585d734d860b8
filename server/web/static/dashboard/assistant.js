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
  const load = async () => {
    const [found, newest] = await Promise.all([api.assistant(name).then((a) => look(api, a)), api.versions(name, NEWEST)]);
    return (now = { ...found, newest });
  };
  const weeks = overTime(() => now.told, signal);
  const box = await live(signal, load, ({ newest, ...found }, again) => [
    acts(api, found.a, again), el("section.card.stack", { ariaLabel: name }, el("h2.sr", words.overview), glance(found)),
    card(words.overTime, weeks() || empty(words.nothingSaid, link(`/#${name}`, words.tryChat))),
    newest.length > 0 && standings(words.newest, name, newest, found.stands),
  ]);
  return tab(name, "overview", now.a.description, box);
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

const said = (b) => b.responses || b.thumbs_up || b.thumbs_down || b.comparisons;

/** Gives the chart of what `timeline` gives, drawn anew whenever it is asked for; 0 while nobody has said anything. */
function overTime(timeline, signal) {
  const recent = () => {
    const { buckets } = timeline(), first = buckets.findIndex(said);
    return first < 0 ? [] : buckets.slice(Math.max(0, Math.min(first, buckets.length - FEWEST)));
  };
  const names = (near) => [...new Set([near[0], near.at(-1)].map((v) => label(v.name)))].join(" – ");
  const draw = (ink) => {
    const shown = recent(), days = shown.map((b) => date(b.start)), reigns = timeline().versions.filter((v) => v.since);
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
  const rows = () => recent().filter(said)
    .map((b) => [day(b.start), count(b.responses), count(b.thumbs_up), count(b.thumbs_down), count(b.comparisons), count(b.people)]);
  const figure = chart(words.overTime, draw, () => table("weeks", rows()), signal);
  return () => recent().length && (figure.redraw(), figure);
}
