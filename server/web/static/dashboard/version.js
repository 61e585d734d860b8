// One version: what made it, how it was judged, what it says now and said before, what is risky.
import { acts } from "./acts.js";
import { chart, curves } from "./chart.js";
import { evidence } from "./glance.js";
import { at, count, decided, el, empty, filled, interval, label, lasting, link, live, note, number, page, passed, standing, state, table, tag, version as named, words } from "./parts.js";

const FIRST = 6; // of the answers; the others on demand

export async function version({ api, name, id, signal }) {
  const load = () => Promise.all([api.assistant(name), api.version(name, id)]);
  const draw = ([a, { state: is, run }], again) => [
    el("p.row", state(is), link(`${at(name, "feedback")}?version=${id}`, words.itsFeedback), run && link(at(name, "runs", run), words.itsRun)),
    acts(api, a, again, id),
  ];
  const [now, found, told] = await Promise.all([live(signal, load, draw), api.report(name, id), api.timeline(name)]);
  const { lineage: made, verdict, trial, risks, gates: measured, curves: learned, seconds } = found, stands = standing(told)[id];
  return page(label(id), { assistant: name, lead: id },
    now,
    filled("version", {
      risks: risks.length ? el("ul", risks.map((risk) => el("li", risk))) : note(words.noRisks),
      wins: interval(stands?.wins), thumbs: interval(stands?.thumbs),
      trial: trial && [el("p", link(at(name, "trials", id), words.trialOf({ v: label(id) })), " ", trial.verdict && state(trial.verdict.decision)), evidence(trial.figures)],
      verdict: [verdict ? decided(verdict) : note(words.noVerdict), gates(measured)],
      against: named(name, made.parent), method: found.method || "–", people: count(made.people), rows: counted(found.rows),
      opinions: counted(made.data.counts?.opinions), dropped: counted(made.data.dropped), took: seconds.total && lasting(seconds.total),
      snapshot: made.snapshot, digest: made.sha256.slice(0, 16), base: made.base_hash.slice(0, 16),
      curves: learned.steps.length ? chart(words.curves, curves(() => learned), () => curveTable(learned), signal) : empty(words.noCurves),
      answers: answers(found),
    }));
}

const spaced = (name) => name.replaceAll("_", " ");

export function gates(all) {
  if (!all?.length) return note(words.noGates);
  return table("gates", all.map((g) => [spaced(g.name), passed(g.passed, [words.passed, words.failed]), number(g.value), number(g.limit), g.why]));
}

export function curveTable({ steps, series }) {
  const columns = Object.values(series);
  return table("curves", steps.map((step, i) => [count(step), ...columns.map((values) => number(values[i]))]), Object.keys(series));
}

const counted = (counts) => Object.entries(counts ?? {}).map(([what, n]) => `${words.kinds[what] ?? spaced(what)} ${count(n)}`).join(", ");

function answers({ before_after: all, artifact, lineage: { parent } }) {
  if (!all.length) return empty(artifact ? words.noGolden : words.noArtifact);
  const said = (title, text, passes) => el("div", el("p.row", el("b", title), passed(passes, [words.passes, words.fails])), el("p.said", text || "–"));
  const shown = all.map((s) => el("article.pair", el("div", el("p", tag(s.category)), el("p.said.mine", s.prompt)),
    said(words.before({ v: label(parent) }), s.champion, s.champion_passes), said(words.after, s.candidate, s.candidate_passes)));
  const others = shown.splice(FIRST);
  return [note(words.changesFirst), shown, others.length > 0 && el("details.stack", el("summary", words.others({ n: others.length })), others)];
}
