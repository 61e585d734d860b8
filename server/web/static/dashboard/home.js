// All assistants at a glance.
import { glance, look } from "./glance.js";
import { api, at, el, empty, link, live, page, words } from "./kit.js";

const EVERY_S = 10;

export default async function home({ signal }) {
  const load = async () => Promise.all((await api.assistants(signal)).map((a) => look(a, signal)));
  const draw = (all) => all.length === 0 ? [empty(words.noAssistants)] : all.map((found) =>
    el("article", { className: "card stack" }, el("div", {}, el("h2", {}, link(at(found.a.id), found.a.id)), el("p", { className: "soft" }, found.a.description)), ...glance(found)));
  return page(words.assistants, { lead: words.homeLead }, await live(signal, EVERY_S, load, draw));
}
