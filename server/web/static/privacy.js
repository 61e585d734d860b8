// A person and what is theirs: what is kept, what may be learned from, erasure.
import * as api from "./api.js";
import { find } from "./conversations.js";
import { $, confirmed, el, problem as trouble, stamp } from "./dom.js";
import { explain } from "./http.js";
import { describe } from "./shaped.js";
import { listed, words } from "./words.js";

const lines = (list, said) => list.replaceChildren(...said.map((textContent) => el("li", { textContent })));

/** Opens the dialog; `erased()` hears of an erasure. */
export async function openPrivacy(assistants, erased) {
  const { node, kept, made, learn, each, erase, problem } = stamp("t-mine");
  const tell = (error) => (problem.textContent = error && explain(error));
  $("mine-body").replaceChildren(el("p.ridges", { role: "status", ariaLabel: words.loading }));
  if (!$("mine").open) $("mine").showModal();
  $("mine-title").focus();
  try {
    const [consent, votes, chats] = await Promise.all([api.getConsent(), api.listFeedback(), find()]);
    lines(made, await Promise.all(assistants.map((a) => describe(a.id, a.champion))));
    lines(kept, [words.keptChats({ n: chats.length }), counted(votes), words.keptMore]);
    switches(learn, each, consent, assistants, tell);
  } catch (error) {
    for (const part of [kept, learn, made]) part.closest("section").remove();
    node.prepend(trouble(explain(error), words.retry, () => openPrivacy(assistants, erased)));
  }
  erase.onclick = async () => {
    if (!(await confirmed({ title: words.eraseTitle, text: words.eraseText, yes: words.eraseYes }))) return;
    try {
      const { removed, versions } = await api.eraseMe();
      const { node: over, list } = stamp("t-erased");
      lines(list, [things(removed), versions.length ? words.erasedVersions({ versions: listed(versions) }) : words.erasedNoVersion]);
      $("mine-body").replaceChildren(over);
      sessionStorage.clear();
      localStorage.clear();
      erased();
      $("mine-title").focus();
    } catch (error) {
      tell(error);
    }
  };
  $("mine-body").replaceChildren(node);
}

function counted(votes) {
  const said = Object.entries(words.kinds)
    .map(([kind, say]) => [votes.filter((vote) => vote.kind === kind).length, say])
    .flatMap(([n, say]) => (n ? [say({ n })] : []));
  return said.length ? words.keptVotes({ said: listed(said) }) : words.keptNoVotes;
}

function things(removed) {
  const said = Object.entries(removed).map(([what, n]) => words.erasedKinds[what]?.({ n }) ?? `${n} ${what}`);
  return said.length ? words.erasedThings({ things: listed(said) }) : words.erasedNothing;
}

/** One switch for all, and one for each assistant where something else may hold. */
function switches(learn, each, { consent, assistants: except }, assistants, tell) {
  let stored = { all: consent, except };
  let said = stored;
  let sending = Promise.resolve();
  const boxes = assistants.map(({ id }) => {
    const { node, box, label } = stamp("t-switch");
    label.textContent = id;
    each.append(node);
    box.onchange = () => say({ ...said, except: { ...said.except, [id]: choice(box) } });
    return [id, box];
  });
  const choice = (box) => (box.checked ? "on" : "off");
  learn.onchange = () => say({ all: choice(learn), except: {} });

  function show() {
    learn.checked = said.all === "on";
    for (const [id, box] of boxes) box.checked = (said.except[id] ?? said.all) === "on";
  }

  /** One after the other: what was chosen last is what holds. */
  function say(next) {
    said = next;
    show();
    sending = sending.then(() => api.putConsent(next.all, next.except)).then(() => {
      stored = next;
      tell("");
    }, (error) => {
      if (said === next) said = stored;
      show();
      tell(error);
    });
  }
  show();
}
