// A conversation that somebody gave feedback in, as it was said.
import { explorer, letter, said } from "./feedback.js";
import { card, el, link, page, version, when, words } from "./parts.js";

export async function conversation({ api, name, id, query }) {
  const found = await api.conversation(name, id);
  const place = query.get("at");
  query.delete("at"); // the rest is the filter
  const about = (m) => found.opinions.filter((o) => o.response_ids.includes(m.response_id));
  const messages = found.messages.map((m) => {
    const text = el("div", { className: m.role === "user" ? "said mine" : "said" }, m.content);
    if (m.html) {
      text.classList.add("rich");
      text.innerHTML = m.html; // sanitised by the server
    }
    const meant = m.response_id && m.response_id === place;
    return el("li", { className: meant ? "meant" : "" }, el("p.row.small.soft", words.roles[m.role] ?? m.role, m.version && version(name, m.version)), text,
      about(m).map((o) => said(o, o.comparison_id && words.answerShown.first({ letter: letter(o.response_ids.indexOf(m.response_id)) }), o.comment || o.text)));
  });
  return page(found.title || words.conversation, { assistant: name, lead: `${found.user} · ${when(found.created)}` },
    link(explorer(name, query), words.backToFeedback), card(words.conversation, el("ol.opinions", { role: "list" }, messages)));
}
