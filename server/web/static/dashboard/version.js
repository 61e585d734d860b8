// One version: what made it, how it was judged, what it says now and said before, what is risky.
import { acts } from "./acts.js";
import { chart, curves } from "./chart.js";
import { evidence } from "./glance.js";
import { api, at, card, count, el, empty, facts, interval, label, lasting, link, moment, note, number, page, standing, state, table, tag, version as named, words } from "./kit.js";

const FIRST = 6; // of the answers; the others on demand

export default async function version({ name, id, signal }) {
  const [a, found, told] = await Promise.all([api.assistant(name, signal), api.report(name, id, signal), api.timeline(name, "week", signal)]);
  const { lineage: made, verdict, trial } = found, stands = standing(told)[id];
  return page(label(id), { assistant: name, lead: id },
    el("p", { className: "row" }, state(made.state), link(`${at(name, "feedback")}?version=${id}`, words.itsFeedback), made.run ? link(at(name, "runs", made.run), words.itsRun) : ""),
    acts(a, () => location.reload(), id),
    card(words.risks, found.risks.length ? el("ul", {}, ...found.risks.map((r) => el("li", {}, r))) : note(words.noRisks), note(words.limits)),
    card(words.whatPeopleSay, facts([words.winRate, interval(stands?.wins)], [words.thumbs, interval(stands?.thumbs)]),
      ...(trial ? [el("p", {}, link(at(name, "trials", id), words.trialOf({ v: label(id) })), " ", trial.verdict ? state(trial.verdict.decision) : ""), ...evidence(trial.figures)] : [])),
    card(words.verdict, verdict ? el("p", {}, state(verdict.decision), ` ${verdict.reason} · `, moment(verdict.at)) : note(words.noVerdict), gates(found.gates)),
    lineage(name, found),
    card(words.curves, found.curves.steps.length ? chart(words.curves, curves(() => found.curves), () => curveTable(found.curves), signal) : empty(words.noCurves)),
    card(words.beforeAfter, ...answers(found)));
}

export function gates(all) {
  if (!all?.length) return note(words.noGates);
  return table(words.gates, [words.gate, words.verdict, [words.figure, "n"], [words.limit, "n"], words.why],
    all.map((g) => [g.name.replaceAll("_", " "), tag(g.passed ? words.passed : words.failed, g.passed ? "good" : "bad"), number(g.value), number(g.limit), g.why]));
}

export const curveTable = ({ steps, series }) =>
  table(words.curves, [[words.step, "n"], ...Object.keys(series).map((n) => [n, "n"])], steps.map((s, i) => [count(s), ...Object.values(series).map((v) => number(v[i]))]));

function lineage(name, { lineage: made, method, rows, seconds }) {
  const told = (pairs) => Object.entries(pairs ?? {}).map(([what, n]) => `${words.kinds[what] ?? what.replaceAll("_", " ")} ${count(n)}`).join(", ");
  return card(words.lineage, facts(
    [words.against, named(name, made.parent)], [words.method, method || "–"], [words.people, count(made.people)],
    [words.learnedFrom, told(rows)], [words.opinions, told(made.data.counts?.opinions)], [words.dropped, told(made.data.dropped)],
    seconds.total && [words.took, lasting(seconds.total)], [words.snapshot, el("code", {}, made.snapshot)], [words.digest, el("code", {}, made.sha256.slice(0, 16))], [words.baseHash, el("code", {}, made.base_hash.slice(0, 16))]));
}

function answers({ before_after: all, artifact, lineage: { parent } }) {
  if (!all.length) return [empty(artifact ? words.noGolden : words.noArtifact)];
  const said = (title, text, passes) => el("div", {}, el("p", { className: "row" }, el("b", {}, title), tag(passes ? words.passes : words.fails, passes ? "good" : "bad")), el("p", { className: "said" }, text || "–"));
  const shown = all.map((s) => el("article", { className: "pair" }, el("div", {}, el("p", {}, tag(s.category)), el("p", { className: "said mine" }, s.prompt)),
    said(words.before({ v: label(parent) }), s.champion, s.champion_passes), said(words.after, s.candidate, s.candidate_passes)));
  const others = shown.splice(FIRST);
  return [note(words.changesFirst), ...shown, others.length ? el("details", { className: "stack" }, el("summary", {}, words.others({ n: others.length })), ...others) : ""];
}
