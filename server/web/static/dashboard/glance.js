// An assistant at a glance: who answers, is it better, what is on trial, what waits, why no new version.
import { api, at, bar, count, el, facts, interval, label, lasting, link, moment, note, number, standing, state, tag, version, words } from "./kit.js";

/** What `glance` shows. A version that was tried or promoted by hand has no trial. */
export async function look(a, signal) {
  const [told, trials, runs] = await Promise.all([api.timeline(a.id, "week", signal), api.trials(a.id, signal), api.runs(a.id, signal, 2)]);
  const of = (version) => trials.find((t) => t.challenger === version);
  const won = of(a.champion);
  return { a, trial: of(a.challenger), won: won?.champion === a.previous ? won : null, told, stands: standing(told), last: runs.find((r) => r.verdict) };
}

/** What a trial's votes say, as an interval. */
export const winRate = ({ win_rate: won }) => (won ? interval({ ...won, value: won.rate }) : null);

/** How sure a trial is: the evidence's way to its bound, as its logarithm goes. */
export const way = (evidence, bound) => (evidence > 1 && bound ? Math.log(evidence) / Math.log(bound) : 0);

export function evidence({ better, worse, promote_at, rollback_at, counted, people }) {
  if (!counted) return [note(words.noTrialVotes)];
  const line = (name, e, bound, kind) => el("div", { className: `meter ${kind}` }, el("span", {}, name),
    bar(way(e, bound), name), el("span", { className: "small" }, words.odds({ e: e < 0.1 ? "< 0.1" : number(e), bound: number(bound) })));
  return [line(words.isBetter, better, promote_at, "better"), line(words.isWorse, worse, rollback_at, "worse"),
    note(words.trialVotes({ votes: count(counted), people: count(people) }))];
}

function answering({ a, won, told, stands }) {
  const reign = told.versions.findLast((r) => r.name === a.champion);
  const mine = stands[a.champion], before = a.previous && stands[a.previous];
  const wins = mine?.wins, kind = !wins ? "unknown" : wins.low > 0.5 ? "better" : wins.high < 0.5 ? "worse" : "open";
  return [
    el("p", { className: "champion" }, version(a.id, a.champion), " ", a.held ? tag(words.heldBecause({ why: a.hold_reason }), "warn") : ""),
    note(reign?.since ? el("span", {}, words.answersSince, moment(reign.since)) : words.answersAlways),
    el("p", { className: `say ${kind}` }, words.isItBetter[kind]({ v: label(a.champion) })),
    won ? facts([words.wonAgainst({ v: label(a.previous) }), winRate(won.figures)]) : "",
    mine ? facts([words.winRate, interval(wins)], [words.thumbs, interval(mine.thumbs, before?.thumbs?.value ?? 0.5)],
      before ? [words.thumbsBefore({ v: label(a.previous) }), interval(before.thumbs)] : null) : "",
  ];
}

function waiting({ a, last }) {
  const { waiting: have, needed, reason, due } = a.why_not;
  return [
    ...Object.entries(needed).map(([kind, n]) => el("div", { className: "meter" }, el("span", {}, words.waiting[kind] ?? kind),
      bar((have[kind] ?? 0) / n, words.waiting[kind]), el("span", { className: "small" }, words.of({ have: count(have[kind] ?? 0), needed: count(n) })))),
    note(due ? words.due({ why: reason }) : reason),
    last && el("p", { className: "small" }, link(at(a.id, "runs", last.id), words.lastRun), ", ", moment(last.ended), ": ", state(last.verdict.decision), ` ${last.verdict.reason}`),
    a.retrain_request && note(words.asked({ who: a.retrain_request })),
  ].filter(Boolean);
}

const group = (title, nodes) => el("section", { className: "stack" }, el("h3", {}, title), ...nodes);

export function running(a) {
  const run = a.active_run;
  if (!run) return [];
  const left = run.eta_s ? words.left({ time: lasting(run.eta_s) }) : "";
  return [el("p", {}, link(at(a.id, "runs", run.id), words.training), ` ${words.phases[run.phase] ?? run.phase} ${left}`), bar(run.fraction, words.training)];
}

/** Three groups, in a grid. */
export function glance(found) {
  const { a, trial } = found;
  const figures = trial?.figures ?? {};
  const tried = a.challenger
    ? [el("p", {}, link(at(a.id, "trials", a.challenger), words.trialOf({ v: label(a.challenger) })), ` ${words.shareOf({ percent: Math.round(100 * a.share) })}`), ...evidence(figures)]
    : [note(words.noTrial)];
  return [
    ...a.warnings.map((text) => el("p", { className: "problem" }, text)),
    el("div", { className: "grid" }, group(words.answersNow, answering(found)), group(words.onTrial, tried),
      group(a.active_run ? words.learning : words.whyNot, [...running(a), ...waiting(found)])),
  ];
}
