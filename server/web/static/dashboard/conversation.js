// A conversation that somebody gave feedback in, as it was said.
import { verdictOf } from "./feedback.js";
import { api, at, card, el, link, page, tag, version, when, words } from "./kit.js";

export default async function conversation({ name, id, query, signal }) {
  const found = await api.conversation(name, id, signal);
  const about = (m) => found.opinions.filter((o) => o.response_ids.includes(m.response_id));
  const said = found.messages.map((m) => {
    const text = el("div", { className: `said ${m.role === "user" ? "mine" : ""} ${m.html ? "rich" : ""}` }, m.html ? "" : m.content);
    if (m.html) text.innerHTML = m.html; // sanitised by the server
    return el("li", { className: m.response_id && m.response_id === query.get("at") ? "meant" : "" }, el("p", { className: "row small soft" }, words.roles[m.role] ?? m.role, m.version && version(name, m.version)), text,
      ...about(m).map((o) => el("p", { className: "row" }, o.kind === "thumb" ? "" : tag(words.kinds[o.kind]), el("b", {}, verdictOf(o)), ...o.tags.map((t) => tag(t)), o.comment || o.text || "")));
  });
  return page(found.title || words.conversation, { assistant: name, lead: `${found.user} · ${when(found.created)}` },
    link(at(name, "feedback"), words.backToFeedback), card(words.conversation, el("ol", { className: "opinions", role: "list" }, ...said)));
}
