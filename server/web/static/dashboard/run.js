// One run, live: how far it is, its curves, its log, its verdict.
import { chart, curves } from "./chart.js";
import { announce, bar, cancel, clock, confirmed, decided, el, lasting, may, moment, note, page, percent, problem, ruling, stamp, state, time, version, words } from "./parts.js";
import { curveTable, gates } from "./version.js";

export async function run({ api, name, id, signal }) {
  let now = await api.run(id);
  const seen = { steps: [], series: {} };
  const { node, ...parts } = stamp("t-run");
  const { trouble, doing, stop, log, learning } = parts;
  const figure = chart(words.curves, curves(() => seen), () => curveTable(seen), signal);
  learning.append(figure);

  stop.onclick = async () => {
    if (!(await confirmed({ title: words.cancelRun, text: words.cancelText, yes: words.cancelRun, no: words.goOn }))) return;
    await cancel(id).then(() => {
      stop.hidden = true;
      announce(words.cancelling);
      doing.append(note(words.cancelling));
    }, (error) => trouble.replaceChildren(problem(error)));
  };

  function tell({ phase = now.phase, fraction = now.fraction, eta_s = now.eta_s, message = now.message }) {
    const over = Boolean(now.verdict);
    stop.hidden = over || now.cancelled || !may("operate");
    parts.state.replaceChildren(state(ruling(now.verdict?.decision) ?? now.state));
    parts.reason.textContent = now.reason;
    parts.begun.replaceChildren(moment(now.created));
    parts.took.textContent = now.ended ? lasting(now.ended - now.created) : "";
    parts.version.replaceChildren(version(name, now.version));
    doing.replaceChildren();
    if (over) return;
    const told = [percent(fraction), message, eta_s && words.left({ time: lasting(eta_s) })].filter(Boolean).join(" · ");
    doing.append(bar(fraction, words.progress), el("p", { id: "doing" }, el("b", words.phases[phase] ?? phase), ` ${told}`));
    if (now.cancelled) doing.append(note(words.cancelling));
  }

  function hear({ at, phase, message, figures }) {
    log.append(el("li", clock(at, time(at)), ` ${words.phases[phase] ?? phase} `, el("span.soft", message)));
    if (log.scrollHeight - log.scrollTop - log.clientHeight < 120) log.scrollTop = log.scrollHeight;
    const { step, ...values } = figures ?? {};
    if (step === undefined) return;
    learning.hidden = false;
    seen.steps.push(step);
    for (const [what, value] of Object.entries(values)) (seen.series[what] ??= Array(seen.steps.length - 1).fill(null)).push(value);
    figure.redraw();
  }

  function judge({ decision, reason, figures }) {
    parts.judged.hidden = false;
    parts.verdict.replaceChildren(decided({ decision, reason }), gates(figures.gates));
    announce(`${words.states[ruling(decision)]}: ${reason}`);
  }

  let heard;
  async function listen() {
    trouble.replaceChildren();
    try {
      for await (const { id: place, event, data } of api.follow(id, heard)) {
        heard = place ?? heard;
        if (event === "error") throw Object.assign(new Error(), data.error);
        if (event === "progress") {
          hear(data);
          now.state = "running";
        } else now = data;
        tell(now.verdict ? {} : data);
        if (now.verdict) judge(now.verdict);
      }
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(problem(error, listen));
    }
  }
  tell({});
  listen();
  return page(words.run, { assistant: name, lead: id }, node);
}
