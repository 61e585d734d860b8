// An assistant's versions, each with what people say of it.
import { api, at, card, empty, interval, label, link, moment, standing, state, tab, table, version, words } from "./kit.js";

/** What people say of each of `all`. */
export function standings(name, all, stands) {
  const said = (v) => [interval(stands[v]?.wins), interval(stands[v]?.thumbs)];
  const rows = all.map((v) => [link(at(name, "versions", v.name), label(v.name), { title: v.name }), state(v.state), moment(v.created), version(name, v.parent), ...said(v.name)]);
  if (stands.base) rows.push([label("base"), "–", "–", "–", ...said("base")]);
  const heads = [words.version, words.state, words.made, words.against, words.winRate, words.thumbs];
  return all.length ? table(words.versions, heads, rows) : empty(words.noVersions, link(at(name), words.whyNot));
}

export default async function versions({ name, signal }) {
  const [all, told] = await Promise.all([api.versions(name, signal), api.timeline(name, "week", signal)]);
  return tab(name, "versions", words.versionsLead, card(words.versions, standings(name, all, standing(told))));
}
