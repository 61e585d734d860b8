// What people said, one by one: filtered, to read in its conversation, to take away.
import { api, at, button, card, el, empty, label, link, problem, stamp, tab, tag, version, when, words } from "./kit.js";

const FORMATS = ["thumbwheel", "preference", "kto", "sft"];

/** When a day begins where the browser is, or the one so many days later; days of 23 and 25 hours too. */
function seconds(day, later = 0) {
  const [y, m, d] = day.split("-").map(Number);
  return new Date(y, m - 1, d + later) / 1000;
}

/** What a filter of the page is called, asked of the API. */
function wanted(query) {
  const asked = new URLSearchParams(query);
  for (const [side, later] of [["since", 0], ["until", 1]]) if (asked.get(side)) asked.set(side, seconds(asked.get(side), later));
  return asked;
}

export default async function feedback({ name, query, signal }) {
  const versions = await api.versions(name, signal);
  const list = el("ol", { className: "opinions", role: "list" }), foot = el("div", { className: "stack" }), files = el("p", { className: "row small" });
  let asking = new AbortController(), next = null;

  const { node: form, clear } = stamp("t-filter"), fields = form.elements;
  fields.version.append(...[...versions.map((v) => v.name), "base"].map((v) => new Option(label(v), v)));
  fields.kind.append(...Object.entries(words.kinds).map(([kind, said]) => new Option(said, kind)));
  for (const [key, value] of query) if (fields[key]) fields[key].value = value;
  clear.onclick = () => {
    for (const field of fields) if (field.name) field.value = "";
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const said = [...new FormData(form)].filter(([, value]) => value);
    query = new URLSearchParams(said);
    history.replaceState(null, "", at(name, "feedback") + (query.size ? `?${query}` : ""));
    more(true);
  };

  async function more(anew = false) {
    if (anew) {
      asking.abort();
      asking = new AbortController();
      next = null;
    }
    const asked = wanted(query), mine = asking.signal;
    files.replaceChildren(words.export, ...FORMATS.map((format) => link(`/v1/feedback/export?${new URLSearchParams([["assistant", name], ["format", format], ...asked])}`, format, { download: "" })));
    if (next) asked.set("cursor", next);
    foot.replaceChildren(el("p", { className: "soft", role: "status" }, words.loading));
    try {
      const page = await api.feedback(name, asked, mine);
      if (anew) list.replaceChildren();
      list.append(...page.data.map((o) => opinion(name, o)));
      next = page.next;
      const none = !list.children.length && !next;
      foot.replaceChildren(none ? query.size ? empty(words.noneFit) : empty(words.noFeedback, link(`/#${name}`, words.tryChat)) : next ? button(words.more, () => more()) : el("p", { className: "soft", role: "status" }, words.all({ n: list.children.length })));
    } catch (error) {
      if (!mine.aborted) foot.replaceChildren(problem(error, () => more(anew)));
    }
  }
  signal.addEventListener("abort", () => asking.abort());
  await more(true);
  return tab(name, "feedback", words.feedbackLead, card(words.feedback, form, list, foot, files));
}

/** What somebody said, as the explorer and a conversation show it. */
export function verdictOf({ value, choice, order, signal = "" }) {
  if (value) return words.thumb[value];
  if (choice) return words.choices[choice] ?? words.chose({ letter: choice.toUpperCase() });
  return order ? order.map((tied) => tied.map((i) => "ABCDEFGH"[i]).join(" = ")).join(" > ") : signal;
}

function opinion(name, o) {
  return el("li", { className: "stack" },
    el("p", { className: "row" }, o.kind === "thumb" ? "" : tag(words.kinds[o.kind]), el("b", {}, verdictOf(o)), ...o.tags.map((t) => tag(t)), ...o.versions.map((v) => el("span", {}, version(name, v))),
      el("span", { className: "soft small" }, `${o.user} · ${when(o.at)}`)),
    el("div", { className: "pair" }, el("p", { className: "said mine" }, o.prompt_excerpt || "–"), el("p", { className: "said" }, o.text || o.answer_excerpt || "–")),
    o.comment ? el("p", {}, `“${o.comment}”`) : "", o.conversation_id ? el("p", {}, link(`${at(name, "conversations", o.conversation_id)}?at=${o.response_ids[0]}`, words.open)) : "");
}
