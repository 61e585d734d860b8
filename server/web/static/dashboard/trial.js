// One trial: how sure people's votes make us, vote by vote, against the bounds that decide it.
import { acts } from "./acts.js";
import { chart, dashed, named } from "./chart.js";
import { evidence, winRate } from "./glance.js";
import { card, count, decided, empty, filled, label, link, live, moment, note, number, page, percent, table, version, when, words } from "./parts.js";
import { gates } from "./version.js";

export async function trial({ api, name, id, signal }) {
  let now;
  const draw = (ink) => {
    const x = now.path.map((p) => p.votes);
    const line = (name, what, color) => ({
      name, x, y: now.path.map((p) => p[what]), mode: "lines", line: { color, width: 2 }, customdata: now.path.map((p) => when(p.at)), hovertemplate: "%{y:.3g} · %{customdata}",
    });
    const bounds = [[now.promote_at, words.promotesAt, ink.good], [now.rollback_at, words.rollsBackAt, ink.bad]];
    return {
      data: [line(words.isBetter, "better", ink.good), line(words.isWorse, "worse", ink.bad)],
      layout: {
        shapes: bounds.map(([at, , color]) => dashed("y", at, color)),
        annotations: bounds.map(([at, say, color]) => named("y", Math.log10(at), say({ bound: number(at) }), color)),
        xaxis: { title: { text: words.votes }, range: [0, Math.max(10, x.at(-1) * 1.05)] }, yaxis: { type: "log", dtick: 1 },
      },
    };
  };
  const say = () => table("wealth", now.path.map((p) => [count(p.votes), when(p.at), number(p.better), number(p.worse)]));
  const figure = chart(words.wealth, draw, say, signal);
  const load = () => Promise.all([api.assistant(name), api.trial(name, id)]);
  const box = await live(signal, load, ([a, found], again) => {
    now = found;
    figure.redraw();
    const { path, trial: { figures, verdict, ...t } } = now;
    const shown = path.length ? figure : empty(words.noTrialVotes, link(`/#${name}`, words.tryChat));
    return [a.challenger === id && acts(api, a, again), card(words.wealth, shown), filled("trial", {
      evidence: [verdict ? decided(verdict) : note(words.until({ time: when(t.ends) })), evidence({ ...figures, ...now })],
      against: version(name, t.champion), version: version(name, id), wins: winRate(figures) ?? "–", share: percent(t.share), begun: moment(t.began),
      doubted: figures.doubted && count(figures.doubted), guardrails: gates(figures.guardrails),
    })];
  });
  return page(words.trialOf({ v: label(id) }), { assistant: name, lead: words.trialLead }, box);
}
