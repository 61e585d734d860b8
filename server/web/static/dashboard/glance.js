// An assistant at a glance: who answers, is it better, what is on trial, what waits, why no new version.
import { at, bar, count, el, facts, interval, label, lasting, link, meter, moment, note, number, ruling, standing, state, tag, version, words } from "./parts.js";

/** What `glance` shows. A version that was tried or promoted by hand has no trial. */
export async function look(api, a) {
  const [told, trials, runs] = await Promise.all([api.timeline(a.id), api.trials(a.id), api.runs(a.id, 2)]);
  const of = (version) => trials.find((t) => t.challenger === version);
  const won = of(a.champion);
  return { a, trial: of(a.challenger), won: won?.champion === a.previous ? won : null, told, stands: standing(told), last: runs.find((r) => r.verdict) };
}

/** What a trial's votes say, as an interval; null of none. */
export const winRate = ({ win_rate: won, counted }) => (counted ? interval({ ...won, value: won.rate }) : null);

/** How sure a trial is: the evidence's way to its bound, as its logarithm goes. */
const way = (evidence, bound) => (evidence > 1 && bound ? Math.log(evidence) / Math.log(bound) : 0);

export function evidence({ better, worse, promote_at, rollback_at, counted, people }) {
  if (!counted) return note(words.noTrialVotes);
  const line = (name, e, bound, kind) => meter(name, way(e, bound), words.odds({ e: e < 0.1 ? "< 0.1" : number(e), bound: number(bound) }), kind);
  return [line(words.isBetter, better, promote_at, "better"), line(words.isWorse, worse, rollback_at, "worse"),
    note(words.trialVotes({ n: counted, people: words.persons({ n: people }) }))];
}

function answering({ a, won, told, stands }) {
  const reign = told.versions.findLast((r) => r.name === a.champion);
  const mine = stands[a.champion], before = a.previous && stands[a.previous];
  const wins = mine?.wins, kind = !wins ? "unknown" : wins.low > 0.5 ? "better" : wins.high < 0.5 ? "worse" : "open";
  const v = label(a.previous);
  return [
    el("p.champion", version(a.id, a.champion), " ", a.held && tag(words.heldBecause({ why: a.hold_reason }), "warn")),
    note(reign?.since ? [words.answersSince, moment(reign.since)] : words.answersAlways),
    el(`p.say.${kind}`, words.isItBetter[kind]({ v: label(a.champion) })),
    won && facts([words.wonAgainst({ v }), winRate(won.figures)]),
    mine && facts([words.winRate, interval(wins)], [words.thumbs, interval(mine.thumbs, before?.thumbs?.value)],
      before && [words.thumbsBefore({ v }), interval(before.thumbs)]),
  ];
}

function waiting({ a, last }) {
  const { waiting: have, needed, reason, due } = a.why_not;
  return [
    Object.entries(needed).map(([kind, n]) => meter(words.waiting[kind] ?? kind, (have[kind] ?? 0) / n, words.of({ have: count(have[kind] ?? 0), needed: count(n) }))),
    note(due ? words.due({ why: reason }) : reason),
    last && el("p.small", link(at(a.id, "runs", last.id), words.lastRun), ", ", moment(last.ended), ": ", state(ruling(last.verdict.decision)), ` ${last.verdict.reason}`),
    a.retrain_request && note(words.asked({ who: a.retrain_request })),
  ];
}

const group = (title, ...content) => el("section.stack", el("h3", title), content);

function running({ id, active_run: run }) {
  if (!run) return [];
  const left = run.eta_s ? words.left({ time: lasting(run.eta_s) }) : "";
  return [el("p", link(at(id, "runs", run.id), words.training), ` ${words.phases[run.phase] ?? run.phase} ${left}`), bar(run.fraction, words.training)];
}

/** Three groups, in a grid. */
export function glance({ a, trial, ...found }) {
  const v = label(a.challenger);
  const tried = a.challenger
    ? [el("p", link(at(a.id, "trials", a.challenger), words.trialOf({ v })), ` ${words.shareOf({ percent: Math.round(100 * a.share) })}`), evidence(trial?.figures ?? {})]
    : note(words.noTrial);
  return [
    a.warnings.map((text) => el("p.problem", text)),
    el("div.grid", group(words.answersNow, answering({ a, ...found })), group(words.onTrial, tried),
      group(a.active_run ? words.learning : words.whyNot, running(a), waiting({ a, ...found }))),
  ];
}
