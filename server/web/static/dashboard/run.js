// One run, live: how far it is, its curves, its log, its verdict.
import { chart, curves } from "./chart.js";
import { announce, api, bar, button, card, confirmed, el, facts, lasting, moment, note, page, percent, problem, state, time, version, when, words } from "./kit.js";
import { curveTable, gates } from "./version.js";

export default async function run({ name, id, signal }) {
  let now = await api.run(id, signal);
  const seen = { steps: [], series: {} };
  const top = el("div", { className: "stack" }), end = el("div", { className: "stack" }), trouble = el("div");
  const log = el("ol", { className: "log", tabIndex: 0, "aria-label": words.log });
  const figure = chart(words.curves, curves(() => seen), () => curveTable(seen), signal);
  const learning = card(words.curves, figure);
  learning.hidden = true;

  const stop = button(words.cancelRun, async () => {
    if (!(await confirmed({ title: words.cancelRun, text: words.cancelText, yes: words.cancelRun, no: words.goOn, danger: true }))) return;
    await api.cancel(id).then(() => {
      stop.hidden = true;
      announce(words.cancelling);
      top.append(note(words.cancelling));
    }, (error) => trouble.replaceChildren(problem(error)));
  }, { className: "danger", hidden: true });

  function tell({ phase = now.phase, fraction = now.fraction, eta_s = now.eta_s, message = now.message }) {
    const over = Boolean(now.verdict);
    stop.hidden = over || now.cancelled || !api.may("operate");
    top.replaceChildren(facts([words.state, state(now.verdict?.decision ?? now.state)], [words.why, now.reason], [words.begun, moment(now.created)],
      now.ended && [words.took, lasting(now.ended - now.created)], [words.version, version(name, now.version)]));
    if (!over) top.append(bar(fraction, words.progress), el("p", { id: "doing" }, el("b", {}, words.phases[phase] ?? phase), ` ${[percent(fraction), message, eta_s ? words.left({ time: lasting(eta_s) }) : ""].filter(Boolean).join(" · ")}`));
    if (now.cancelled && !over) top.append(note(words.cancelling));
  }

  function hear(told) {
    log.append(el("li", {}, el("time", { dateTime: new Date(told.at * 1000).toISOString(), title: when(told.at) }, time(told.at)), ` ${words.phases[told.phase] ?? told.phase} `, el("span", { className: "soft" }, told.message)));
    if (log.scrollHeight - log.scrollTop - log.clientHeight < 120) log.scrollTop = log.scrollHeight;
    const { step, ...figures } = told.figures ?? {};
    if (step === undefined) return;
    learning.hidden = false;
    seen.steps.push(step);
    for (const [what, value] of Object.entries(figures)) (seen.series[what] ??= Array(seen.steps.length - 1).fill(null)).push(value);
    figure.redraw();
  }

  function judge() {
    const { decision, reason, figures } = now.verdict;
    end.replaceChildren(card(words.verdict, el("p", {}, state(decision), ` ${reason}`), gates(figures.gates)));
  }

  async function listen() {
    trouble.replaceChildren();
    try {
      for await (const { event, data } of api.follows(id, signal)) {
        if (event === "progress") {
          hear(data);
          now.state = "running";
        }
        else if (event === "error") throw Object.assign(new Error(), data.error);
        else now = data;
        tell(now.verdict ? {} : data);
        if (now.verdict) {
          judge();
          announce(`${words.states[now.verdict.decision]}: ${now.verdict.reason}`);
        }
      }
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(problem(error, listen));
    }
  }
  tell({});
  listen();
  return page(words.run, { assistant: name, lead: id }, trouble, card(words.progress, top, stop), end, learning, card(words.log, log));
}
