// An assistant's versions, each with what people say of it.
import { api, at, card, empty, interval, label, link, moment, standing, state, tab, table, version, words } from "./kit.js";

export default async function versions({ name, signal }) {
  const [all, told] = await Promise.all([api.versions(name, signal), api.timeline(name, "week", signal)]);
  const stands = standing(told);
  const rows = all.map((v) => [link(at(name, "versions", v.name), label(v.name), { title: v.name }), state(v.state), moment(v.created),
    version(name, v.parent), interval(stands[v.name]?.wins), interval(stands[v.name]?.thumbs)]);
  const base = stands.base && [[words.base, "–", "–", "–", interval(stands.base.wins), interval(stands.base.thumbs)]];
  const heads = [words.version, words.state, words.made, words.against, words.winRate, words.thumbs];
  const body = rows.length ? table(words.versions, heads, rows.concat(base ?? [])) : empty(words.noVersions, link(at(name), words.whyNot));
  return tab(name, "versions", words.versionsLead, card(words.versions, body));
}
