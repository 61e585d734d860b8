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
    reason.value = reason.value.trim();
    if (!form.reportValidity()) return;
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

/** What to ask about. Where that cannot be known, or there is nothing to choose from, it says so instead. */
async function prepared(prepare) {
  try {
    const asked = (await prepare?.()) ?? {};
    if (asked.versions?.length !== 0) return asked;
    did(words.noVersions);
  } catch (error) {
    if (error.name !== "AbortError") did(problem(error)); // else the view was left
  }
}

/** Buttons for assistant `a`; `done` is called after a change. `only`: a version to promote. */
export function acts(api, a, done, only = "") {
  if (!may("operate")) return note(words.mayLook);
  const others = async () => ({ versions: (await api.versions(a.id)).map((v) => v.name).concat("base").filter((v) => v !== a.champion) });
  const opener = (what, prepare, props) => button(`${words.acts[what].title} …`, async ({ currentTarget: pressed }) => {
    did();
    pressed.disabled = true;
    const asked = await prepared(prepare);
    pressed.disabled = false;
    pressed.focus(); // which is where the dialog gives it back to
    if (asked) ask(what, a.id, asked, done);
  }, props);
  if (only) return only === a.champion ? note(words.isChampion) : opener("promote", () => ({ versions: [only] }));
  return el("div.row", opener("promote", others), (a.challenger || a.champion !== "base") && opener("rollback", () => backwards(api, a), { className: "danger" }),
    opener(a.held ? "resume" : "hold"), opener("retrain"));
}
