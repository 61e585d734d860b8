// What a person thinks of one answer: a thumb with reasons and a comment, and what it should have said.
import { giveFeedback, takeBack } from "./api.js";
import { announce, button, el } from "./dom.js";
import { explain } from "./http.js";
import { chat as words, common } from "./strings.js";

/** Thumbs for the foot and, below it, why. `votes`: those that hold; `tell(words)` shows a failure. */
export function rate(response_id, votes, tell) {
  const slot = `thumb:${response_id}`;
  let { value, tags = [], comment = "" } = votes.get(slot)?.body ?? {};
  let saving = Promise.resolve();

  const up = button(words.good, () => press("up"), { sign: "thumb", className: "icon quiet thumb" });
  const down = button(words.bad, () => press("down"), { sign: "thumb", className: "icon quiet thumb down" });
  const why = button(words.why, () => open(why.getAttribute("aria-expanded") !== "true"), { className: "quiet small" });
  const panel = el("div", { className: "panel why", hidden: true });

  /** Shows what is wanted at once, stores it behind; what was not stored is shown as it was. */
  function save(next) {
    const before = { value, tags, comment };
    ({ value, tags, comment } = next);
    show();
    saving = saving.then(() => store(next)).then(() => tell(""), (error) => {
      ({ value, tags, comment } = before);
      show();
      tell(explain(error));
    });
    return saving;
  }

  async function store(next) {
    if (next.value) {
      const { id } = await giveFeedback({ kind: "thumb", response_id, ...next });
      votes.set(slot, { id, body: next });
    } else if (votes.has(slot)) {
      await takeBack(votes.get(slot).id);
      votes.delete(slot);
    }
  }

  function press(pressed) {
    const off = value === pressed;
    save(off ? {} : { value: pressed, tags: [], comment: "" });
    open(!off);
    announce(off ? words.undone : words.thanks[pressed]);
  }

  function show() {
    up.setAttribute("aria-pressed", value === "up");
    down.setAttribute("aria-pressed", value === "down");
    why.hidden = !value;
    for (const chip of panel.querySelectorAll(".chip")) chip.setAttribute("aria-pressed", (tags ?? []).includes(chip.value));
  }

  function open(wanted) {
    why.setAttribute("aria-expanded", wanted);
    panel.hidden = !wanted;
    panel.replaceChildren(...(wanted ? reasons() : []));
    show();
  }

  function reasons() {
    const chips = Object.entries(words.reasons[value]).map(([tag, label]) =>
      button(label, () => save({ value, comment, tags: tags.includes(tag) ? tags.filter((t) => t !== tag) : [...tags, tag] }),
        { className: "chip", value: tag }));
    const field = el("textarea", { rows: 2, maxLength: 4000, value: comment, "aria-label": words.comment, placeholder: words.comment });
    const keep = async () => {
      await save({ value, tags, comment: field.value });
      open(false);
      why.focus();
      announce(words.noted);
    };
    return [
      el("div", { className: "row", role: "group", "aria-label": words.asked[value] }, el("span", { className: "soft small" }, words.asked[value]), ...chips),
      field,
      el("div", { className: "row" }, button(words.done, keep, { className: "primary" }),
        button(common.undo, () => { press(value); up.focus(); }, { className: "quiet" })),
    ];
  }

  why.setAttribute("aria-expanded", "false");
  show();
  return { thumbs: el("span", { role: "group", "aria-label": words.rate, className: "thumbs" }, up, down, why), panel };
}

/** The wish for another wording: a button for the foot and, below it, the field or what was said. */
export function reword(response_id, votes, text, tell) {
  const slot = `edit:${response_id}`;
  const mine = () => votes.get(slot)?.body.text;
  const panel = el("div", { className: "panel", hidden: true });
  const opener = button(words.reword, write, { sign: "edit" });

  function write() {
    const field = el("textarea", { value: mine() ?? text(), rows: 4, maxLength: 20000, "aria-label": words.shouldHaveSaid });
    const save = () => act(async () => {
      const said = { text: field.value };
      const { id } = await giveFeedback({ kind: "edit", response_id, ...said });
      votes.set(slot, { id, body: said });
    }, words.rewordKept);
    fillPanel(words.shouldHaveSaid, field, el("div", { className: "row" }, button(words.rewordSave, save, { className: "primary" }),
      button(common.cancel, () => { show(); opener.focus(); }, { className: "quiet" })));
    field.focus();
  }

  async function act(work, done) {
    try {
      await work();
      tell("");
      show();
      announce(done);
      opener.focus();
    } catch (error) {
      tell(explain(error));
    }
  }

  function show() {
    if (!mine()) return (panel.hidden = true);
    const undo = () => act(async () => {
      await takeBack(votes.get(slot).id);
      votes.delete(slot);
    }, words.undone);
    fillPanel(words.youWouldSay, el("p", { className: "mine", textContent: mine() }), button(common.undo, undo, { className: "quiet" }));
  }

  function fillPanel(title, ...rest) {
    panel.hidden = false;
    panel.replaceChildren(el("h3", { textContent: title }), ...rest);
  }

  show();
  return { opener, panel };
}
