// The brake and the wheel: what an operator does, always with a reason.
import { announce, api, button, common, el, label, note, problem, words } from "./kit.js";

/** Asks for a reason, and for a version where there are some to choose from; does it; says what came of it. */
function ask(what, assistant, versions, done) {
  const [title, text] = words.acts[what];
  const which = versions && el("select", { id: "which", required: true }, ...versions.map((v) => el("option", { value: v }, `${label(v)} – ${v}`)));
  const reason = el("textarea", { id: "reason", required: true, maxLength: 500, rows: 3 });
  const failed = el("div");
  const yes = el("button", { className: "primary" }, title);
  const form = el("form", { className: "stack" }, el("h2", { id: "ask" }, title), el("p", {}, text),
    which && el("label", { htmlFor: "which" }, words.version), which, el("label", { htmlFor: "reason" }, words.reason), reason, note(words.reasonSeen), failed,
    el("div", { className: "actions" }, button(common.cancel, () => dialog.close()), yes));
  const dialog = el("dialog", { "aria-labelledby": "ask", onclose: () => dialog.remove() }, form);
  form.onsubmit = async (event) => {
    event.preventDefault();
    yes.disabled = true;
    const named = which && { [what === "promote" ? "version" : "to"]: which.value };
    try {
      await api.act(assistant, what, { reason: reason.value, ...named });
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
  const act = (what, versions) => button(`${words.acts[what][0]} …`, async () => ask(what, a.id, await versions?.(), done), { className: what === "rollback" ? "danger" : "" });
  if (only) return only === a.champion ? note(words.isChampion) : act("promote", () => [only]);
  return el("div", { className: "row" }, act("promote", others), a.challenger || a.previous ? act("rollback") : null, act(a.held ? "resume" : "hold"), act("retrain"));
}
