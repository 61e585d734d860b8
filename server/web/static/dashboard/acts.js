// The brake and the wheel: what an operator does, always with a reason.
import { announce, api, button, el, label, note, problem, stamp, words } from "./kit.js";

/** Asks for a reason, and for a version where there are some to choose from; does it; says what came of it. */
function ask(what, assistant, versions, done) {
  const { node: dialog, form, title, text, choice, which, reason, failed, no, yes } = stamp("t-ask");
  const { title: named, does } = words.acts[what];
  title.textContent = yes.textContent = named;
  text.textContent = does;
  if (versions) which.append(...versions.map((v) => el("option", { value: v }, `${label(v)} – ${v}`)));
  else choice.remove();
  no.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  form.onsubmit = async (event) => {
    event.preventDefault();
    yes.disabled = true;
    try {
      await api.act(assistant, what, Object.fromEntries(new FormData(form)));
      dialog.close();
      announce(words.did[what]);
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
export function acts(a, done, only = "") {
  if (!api.may("operate")) return note(words.mayLook);
  const others = async () => (await api.versions(a.id)).map((v) => v.name).concat("base").filter((v) => v !== a.champion);
  const act = (what, versions) => button(`${words.acts[what].title} …`, async () => ask(what, a.id, await versions?.(), done), { className: what === "rollback" ? "danger" : "" });
  if (only) return only === a.champion ? note(words.isChampion) : act("promote", () => [only]);
  return el("div", { className: "row" }, act("promote", others), a.challenger || a.previous ? act("rollback") : null, act(a.held ? "resume" : "hold"), act("retrain"));
}
