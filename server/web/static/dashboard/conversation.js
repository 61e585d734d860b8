// A conversation that somebody gave feedback in, as it was said.
import { explorer, letter, said } from "./feedback.js";
import { card, el, link, page, version, when, words } from "./parts.js";

export async function conversation({ api, name, id, query }) {
  const found = await api.conversation(name, id);
  const place = query.get("at");
  query.delete("at"); // the rest is the filter
  const messages = found.messages.map((m) => {
    const opinions = found.opinions.filter((o) => o.response_ids.includes(m.response_id)), compared = opinions.find((o) => o.comparison_id);
    const text = el("div", { className: m.role === "user" ? "said mine" : "said" }, m.content);
    if (m.html) {
      text.classList.add("rich");
      text.innerHTML = m.html; // sanitised by the server
    }
    const meant = place && m.response_id === place;
    return el("li", { className: meant ? "meant" : "" }, el("p.row.small.soft", words.roles[m.role] ?? m.role, m.version && version(name, m.version),
      compared && words.answerShown.first({ letter: letter(compared.response_ids.indexOf(m.response_id)) })), text, opinions.map((o) => said(o, o.comment || o.text)));
  });
  return page(found.title || words.conversation, { assistant: name, lead: `${found.user} · ${when(found.created)}` },
    link(explorer(name, query), words.backToFeedback), card(words.conversation, el("ol.opinions", { role: "list" }, messages)));
}
