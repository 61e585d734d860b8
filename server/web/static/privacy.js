// A person and what is theirs: what is kept, what may be learned from, erasure.
import * as api from "./api.js";
import { $, button, confirmed, el } from "./dom.js";
import { explain } from "./http.js";
import { describe } from "./shaped.js";
import { chat as words, common } from "./strings.js";

/** Opens the dialog; `erased()` hears of an erasure. */
export async function openPrivacy(assistants, erased) {
  const dialog = $("mine");
  const body = $("mine-body");
  body.replaceChildren(el("p", { className: "ridges", role: "status", "aria-label": common.loading }));
  dialog.showModal();
  try {
    const [consent, votes, chats] = await Promise.all([api.getConsent(), api.listFeedback(), api.listConversations("", 200)]);
    const told = await Promise.all(assistants.map((a) => describe(a.id, a.champion)));
    body.replaceChildren(kept(chats.length, votes), learning(consent, assistants), made(told), leaving(body, erased));
  } catch (error) {
    body.replaceChildren(el("p", { className: "problem", role: "alert", textContent: explain(error) }));
  }
}

const part = (title, ...rest) => el("section", { className: "part" }, el("h3", { textContent: title }), ...rest);
const list = (lines) => el("ul", {}, ...lines.map((text) => el("li", { textContent: text })));

function kept(chats, votes) {
  const count = (kind) => votes.filter((v) => v.kind === kind).length;
  const opinions = Object.entries(words.kinds).map(([kind, say]) => [count(kind), say]).filter(([n]) => n).map(([n, say]) => say(n));
  return part(words.kept, list([words.keptChats(chats), words.keptVotes(opinions), ...words.keptMore]));
}

const made = (told) => part(words.made, list(told));

/** One switch for all, and one for each assistant where something else may hold. */
function learning({ consent, assistants: except }, assistants) {
  let everywhere = consent;
  let said = { ...except };
  const problem = el("p", { className: "problem", role: "alert", hidden: true });
  const toggle = (label, set) => {
    const box = el("input", { type: "checkbox", role: "switch" });
    box.onchange = async () => {
      const before = [everywhere, said];
      set(box.checked ? "on" : "off");
      show();
      try {
        await api.putConsent(everywhere, said);
        problem.hidden = true;
      } catch (error) {
        [everywhere, said] = before;
        show();
        problem.hidden = false;
        problem.textContent = explain(error);
      }
    };
    return { box, node: el("label", { className: "switch" }, box, label) };
  };
  const all = toggle(words.learn, (choice) => {
    everywhere = choice;
    said = {};
  });
  const each = assistants.map(({ id }) => [id, toggle(id, (choice) => (said = { ...said, [id]: choice }))]);
  const show = () => {
    all.box.checked = everywhere === "on";
    for (const [id, { box }] of each) box.checked = (said[id] ?? everywhere) === "on";
  };
  show();
  return part(words.learning, el("p", { className: "soft small", textContent: words.learningNote }), all.node,
    el("div", { className: "each", role: "group", "aria-label": words.learningEach }, ...each.map(([, { node }]) => node)), problem);
}

function leaving(body, erased) {
  const erase = async () => {
    const sure = await confirmed({ title: words.eraseTitle, text: words.eraseText, yes: words.eraseYes, no: common.cancel, danger: true });
    if (!sure) return;
    try {
      const { removed, versions } = await api.eraseMe();
      const things = Object.entries(removed).map(([what, n]) => `${n} ${what}`);
      body.replaceChildren(part(words.erased, list([words.erasedThings(things), words.erasedVersions(versions)])));
      body.setAttribute("role", "status");
      sessionStorage.clear();
      localStorage.clear();
      erased();
    } catch (error) {
      body.append(el("p", { className: "problem", role: "alert", textContent: explain(error) }));
    }
  };
  return part(words.erase, el("p", { className: "soft small", textContent: words.eraseNote }), button(words.erase, erase, { className: "danger" }));
}
