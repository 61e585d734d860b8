// Who changed what, and why.
import { dashboard as words } from "../strings.js";
import * as api from "./api.js";
import { when } from "./format.js";
import { at, card, empty, head, link, live, table } from "./parts.js";

const EVERY_S = 10;

export default async function audit({ name, signal }) {
  const draw = (all) => [all.length ? table(words.audit, [words.when, words.who, words.what, words.why, words.change], all.map((e) => [when(e.at), e.by, words.states[e.action] ?? e.action, e.reason, e.change])) : empty(words.noAudit, link(at(name), name))];
  return { title: `${name}: ${words.audit}`, nodes: [head(name, { assistant: name, tab: "audit", lead: words.auditLead }), card(words.audit, await live(signal, EVERY_S, () => api.audit(name, signal), draw))] };
}
