// The brake and the wheel: what an operator does, always with a reason.
import { act, button, did, el, label, may, note, problem, stamp, words } from "./parts.js";

/**
 * Asks for a reason, and for a version where there are some to choose from; does it; says what came of it.
 * `taken`: what is taken back; then the choice is who answers instead.
 */
function ask(what, assistant, { text = words.acts[what].does, taken, versions }, done) {
  const { node: dialog, form, title, choice, called, which, reason, failed, no, yes, ...said } = stamp("t-ask");
  title.textContent = yes.textContent = words.acts[what].title;
  said.text.textContent = text;
  if (versions) which.append(...versions.map((v) => new Option(v === "base" ? label(v) : `${label(v)} – ${v}`, v)));
  else choice.remove();
  if (taken) {
    which.name = "to";
    called.textContent = words.backTo;
  }
  no.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  form.onsubmit = async (event) => {
    event.preventDefault();
    yes.disabled = true;
    try {
      const { changed } = await act(assistant, what, { version: taken, ...Object.fromEntries(new FormData(form)) });
      dialog.close();
      did(changed === false ? words.did.nothing : words.did[what]);
      await done();
    } catch (error) {
      failed.replaceChildren(problem(error));
    }
    yes.disabled = false;
  };
  did();
  document.body.append(dialog);
  dialog.showModal();
  reason.focus();
}

/** What a rollback takes back, and what may answer then: who did before comes first, the base last. */
async function backwards(api, { id, champion, challenger, standby }) {
  const v = label(challenger || champion);
  if (challenger) return { text: words.endsTrial({ v, champion: label(champion) }), taken: challenger };
  const answered = (await api.versions(id)).filter((found) => found.state === "retired").map((found) => found.name);
  return { text: words.takesBack({ v }), taken: champion, versions: [...new Set([standby, ...answered, "base"])].filter(Boolean) };
}

/** Buttons for assistant `a`; `done` is called after a change. `only`: a version to promote. */
export function acts(api, a, done, only = "") {
  if (!may("operate")) return note(words.mayLook);
  const others = async () => ({ versions: (await api.versions(a.id)).map((v) => v.name).concat("base").filter((v) => v !== a.champion) });
  const opener = (what, prepare, props) => button(`${words.acts[what].title} …`, async () => ask(what, a.id, (await prepare?.()) ?? {}, done), props);
  if (only) return only === a.champion ? note(words.isChampion) : opener("promote", () => ({ versions: [only] }));
  return el("div.row", opener("promote", others), (a.challenger || a.champion !== "base") && opener("rollback", () => backwards(api, a), { className: "danger" }),
    opener(a.held ? "resume" : "hold"), opener("retrain"));
}
