// Who changed what, and why.
import { api, at, card, empty, label, link, live, tab, table, when, words } from "./kit.js";

const EVERY_S = 10;

/** What is new of "champion=support-p000001-1a2b3c4d previous=base candidate=": champion v1, before the base model. */
const told = (change) => [...change.matchAll(/\b(\w+)=(\S+)/g)].flatMap(([, what, is]) => words.changes[what] ? `${words.changes[what]} ${label(is)}` : []).join(", ");

export default async function audit({ name, signal }) {
  const draw = (all) => [all.length ? table(words.audit, [words.when, words.who, words.what, words.why, words.change], all.map((e) => [when(e.at), e.by, words.states[e.action] ?? e.action, e.reason, told(e.change)])) : empty(words.noAudit, link(at(name), name))];
  return tab(name, "audit", words.auditLead, card(words.audit, await live(signal, EVERY_S, () => api.audit(name, signal), draw)));
}
