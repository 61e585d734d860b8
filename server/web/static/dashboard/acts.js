// The brake and the wheel: what an operator does, always with a reason.
import { act, announce, button, el, label, may, note, problem, stamp, words } from "./parts.js";

/** Asks for a reason, and for a version where there are some to choose from; does it; says what came of it. */
function ask(what, assistant, versions, done) {
  const { node: dialog, form, title, text, choice, which, reason, failed, no, yes } = stamp("t-ask");
  title.textContent = yes.textContent = words.acts[what].title;
  text.textContent = words.acts[what].does;
  if (versions) which.append(...versions.map((v) => new Option(`${label(v)} – ${v}`, v)));
  else choice.remove();
  no.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  form.onsubmit = async (event) => {
    event.preventDefault();
    yes.disabled = true;
    try {
      const { changed } = await act(assistant, what, Object.fromEntries(new FormData(form)));
      dialog.close();
      announce(changed === false ? words.did.nothing : words.did[what]);
      await done();
    } catch (error) {
      failed.replaceChildren(problem(error));
    }
    yes.disabled = false;
  };
  document.body.append(dialog);
  dialog.showModal();
  reason.focus();
}

/** Buttons for assistant `a`; `done` is called after a change. `only`: a version to promote. */
export function acts(api, a, done, only = "") {
  if (!may("operate")) return note(words.mayLook);
  const others = async () => (await api.versions(a.id)).map((v) => v.name).concat("base").filter((v) => v !== a.champion);
  const opener = (what, versions, props) => button(`${words.acts[what].title} …`, async () => ask(what, a.id, await versions?.(), done), props);
  if (only) return only === a.champion ? note(words.isChampion) : opener("promote", () => [only]);
  return el("div.row", opener("promote", others), (a.challenger || a.previous) && opener("rollback", () => [a.challenger || a.champion], { className: "danger" }), opener(a.held ? "resume" : "hold"), opener("retrain"));
}
