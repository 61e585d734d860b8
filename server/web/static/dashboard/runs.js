// An assistant's runs.
import { api, at, card, empty, lasting, link, live, percent, state, tab, table, version, when, words } from "./kit.js";

const EVERY_S = 5;

export default async function runs({ name, signal }) {
  const draw = (all) => [all.length ? table(words.runs, [words.begun, words.state, words.took, words.version, words.why], all.map((r) => [
    link(at(name, "runs", r.id), when(r.created)), state(r.verdict?.decision ?? r.state), r.ended ? lasting(r.ended - r.created) : percent(r.fraction), version(name, r.version), r.verdict?.reason ?? r.reason,
  ])) : empty(words.noRuns, link(at(name), words.whyNot))];
  return tab(name, "runs", words.runsLead, card(words.runs, await live(signal, EVERY_S, () => api.runs(name, signal), draw)));
}
