// One trial: how sure people's votes make us, vote by vote, against the bounds that decide it.
import { acts } from "./acts.js";
import { chart } from "./chart.js";
import { evidence, winRate } from "./glance.js";
import { api, card, count, el, empty, facts, label, link, live, moment, note, number, page, percent, state, table, version, when, words } from "./kit.js";
import { gates } from "./version.js";

const EVERY_S = 5;

export default async function trial({ name, id, signal }) {
  const a = await api.assistant(name, signal);
  let now;
  const draw = (ink) => {
    const x = now.path.map((p) => p.votes), last = x.at(-1);
    const line = (what, colour, title) => ({ name: title, x, y: now.path.map((p) => p[what]), mode: "lines", line: { color: colour, width: 2 }, customdata: now.path.map((p) => when(p.at)), hovertemplate: "%{y:.3g} · %{customdata}" });
    const bound = (y, colour, text) => [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: colour, dash: "dash", width: 1.5 } },
      { xref: "paper", x: 0, xanchor: "left", yanchor: "bottom", y: Math.log10(y), text, showarrow: false, font: { color: colour } }];
    const bounds = [bound(now.promote_at, ink.good, words.promotesAt({ bound: number(now.promote_at) })), bound(now.rollback_at, ink.bad, words.rollsBackAt({ bound: number(now.rollback_at) }))];
    return { data: [line("better", ink.good, words.isBetter), line("worse", ink.bad, words.isWorse)],
      layout: { shapes: bounds.map(([s]) => s), annotations: bounds.map(([, n]) => n), xaxis: { title: { text: words.votes }, range: [0, Math.max(10, last * 1.05)] }, yaxis: { type: "log", dtick: 1 } } };
  };
  const say = () => table(words.wealth, [[words.votes, "n"], words.when, [words.isBetter, "n"], [words.isWorse, "n"]], now.path.map((p) => [count(p.votes), when(p.at), number(p.better), number(p.worse)]));
  const figure = chart(words.wealth, draw, say, signal);
  const box = await live(signal, EVERY_S, async () => (now = await api.trial(name, id, signal)), ({ trial: t }) => {
    figure.redraw();
    const { figures: f, verdict } = t;
    return [
      card(words.soFar, ...(verdict ? [el("p", {}, state(verdict.decision), ` ${verdict.reason} · `, moment(verdict.at))] : [note(words.until({ time: when(t.ends) }))]), ...evidence({ ...f, ...now }),
        facts([words.against, version(name, t.champion)], [words.version, version(name, id)], [words.winRate, winRate(f)],
          [words.share, percent(t.share)], [words.begun, moment(t.began)], f.doubted ? [words.doubted, count(f.doubted)] : null)),
      card(words.guardrails, gates(f.guardrails)),
    ];
  });
  const shown = now.path.length ? figure : empty(words.noTrialVotes, link(`/#${name}`, words.tryChat));
  return page(words.trialOf({ v: label(id) }), { assistant: name, lead: words.trialLead }, a.challenger === id ? acts(a, () => location.reload()) : "", card(words.wealth, shown), box);
}
