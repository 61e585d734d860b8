// All assistants at a glance.
import { glance, look } from "./glance.js";
import { at, el, empty, link, live, page, words } from "./parts.js";

export async function home({ api, signal }) {
  const load = async () => Promise.all((await api.assistants()).map((a) => look(api, a)));
  const about = ({ a, ...found }) => el("article.card.stack", el("div", el("h2", link(at(a.id), a.id)), el("p.soft", a.description)), glance({ a, ...found }));
  const draw = (all) => (all.length ? all.map(about) : empty(words.noAssistants));
  return page(words.assistants, { lead: words.homeLead }, await live(signal, load, draw, 10));
}
