// What people said, one by one: filtered, to read in its conversation, to take away.
import { at, button, card, el, empty, findFeedback, label, link, note, problem, stamp, tab, tag, version, when, words } from "./parts.js";

const FORMATS = ["thumbwheel", "preference", "kto", "sft"];

/** When a day begins where the browser is, or the one so many days later; days of 23 and 25 hours too. */
function seconds(day, later) {
  const [y, m, d] = day.split("-").map(Number);
  return new Date(y, m - 1, d + later) / 1000;
}

/** What a filter of the page is called, asked of the API. */
function wanted(query) {
  const asked = new URLSearchParams(query);
  for (const [side, later] of [["since", 0], ["until", 1]]) if (asked.get(side)) asked.set(side, seconds(asked.get(side), later));
  return asked;
}

/** Where what fits a filter of the page is listed. */
export const explorer = (name, query) => at(name, "feedback") + (query.size ? `?${query}` : "");

export async function feedback({ api, name, query, signal }) {
  const versions = await api.versions(name);
  const list = el("ol.opinions", { role: "list" }), foot = el("div.stack"), files = el("p.row.small");
  let asking = new AbortController(), next;

  const { node: form, clear } = stamp("t-filter"), fields = form.elements;
  fields.version.append(...[...versions.map((v) => v.name), "base"].map((v) => new Option(label(v), v)));
  fields.kind.append(...Object.entries(words.kinds).map(([kind, said]) => new Option(said, kind)));
  for (const [key, value] of query) if (fields[key]) fields[key].value = value;
  (form.oninput = () => (fields.until.min = fields.since.value))();
  clear.onclick = () => {
    for (const field of fields) if (field.name) field.value = "";
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    query = new URLSearchParams([...new FormData(form)].map(([key, value]) => [key, value.trim()]).filter(([, value]) => value));
    history.replaceState(null, "", explorer(name, query));
    more(true);
  };

  const told = (text) => el("p.soft", { role: "status" }, text);

  /** What stands below the list. */
  function below() {
    const n = list.children.length;
    if (next) return button(words.more, () => more());
    if (n) return told(words.all({ n }));
    return query.size ? empty(words.noneFit) : empty(words.noFeedback, link(`/#${name}`, words.tryChat));
  }

  async function more(anew = false) {
    if (anew) {
      asking.abort();
      asking = new AbortController();
      next = null;
    }
    const asked = wanted(query), mine = asking.signal;
    const file = (format) => link(`/v1/feedback/export?${new URLSearchParams([["assistant", name], ["format", format], ...asked])}`, format, { download: "" });
    files.replaceChildren(words.export, ...FORMATS.map(file));
    if (next) asked.set("cursor", next);
    foot.replaceChildren(told(words.loading));
    try {
      const page = await findFeedback(name, asked, mine);
      if (anew) list.replaceChildren();
      const first = list.children.length;
      list.append(...page.data.map((o) => opinion(name, o, query)));
      next = page.next;
      foot.replaceChildren(below());
      if (!anew) (list.children[first] ?? foot.querySelector("button"))?.focus();
    } catch (error) {
      if (!mine.aborted) foot.replaceChildren(problem(error, () => more(anew)));
    }
  }
  signal.addEventListener("abort", () => asking.abort());
  await more(true);
  return tab(name, "feedback", words.feedbackLead, card(words.feedback, form, list, foot, files));
}

/** What the answers shown side by side are called, from the first. */
export const letter = (i) => "ABCDEFGH"[i];

function verdict({ value, choice, order, signal }) {
  if (value) return value === "up" ? words.up : words.down;
  if (choice) return words.choices[choice] ?? words.chose({ letter: choice.toUpperCase() });
  return order ? order.map((tied) => tied.map(letter).join(" = ")).join(" > ") : signal;
}

/** What somebody said in one line, as the explorer and a conversation show it. */
export const said = (o, ...more) => el("p.row", o.kind !== "thumb" && tag(words.kinds[o.kind]), el("b", verdict(o)), o.tags.map((t) => tag(t)), more);

/** Which version said which of the answers; one name where one said them all. */
const answerers = (name, { versions }) => {
  const several = new Set(versions).size > 1;
  return versions.slice(0, several ? 8 : 1).map((v, i) => el("span", several && `${letter(i)} `, version(name, v)));
};

/** Which of several answers is shown, and why that one. */
function shown({ choice, order, kind }) {
  const best = order?.[0][0] ?? "abcdefgh".indexOf(choice), how = best < 0 ? "first" : kind;
  return note(words.answerShown[how]({ letter: letter(best) ?? "A" }));
}

const opinion = (name, o, query) => el("li.stack", { tabIndex: -1 },
  said(o, answerers(name, o), el("span.soft.small", `${o.user} · ${when(o.at)}`)),
  el("div.pair", el("p.said.mine", o.prompt_excerpt || "–"), el("div", o.comparison_id && shown(o), el("p.said", o.text || o.answer_excerpt || "–"))),
  o.comment && el("p", `“${o.comment}”`),
  o.conversation_id && el("p", link(`${at(name, "conversations", o.conversation_id)}?${new URLSearchParams([["at", o.response_ids[0]], ...query])}`, words.open)));
