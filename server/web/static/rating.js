// What a person thinks of one answer: a thumb with reasons and a comment, and what it should have said.
import { giveFeedback, hint, takeBack } from "./api.js";
import { copyText } from "./answer.js";
import { announce, button, stamp } from "./dom.js";
import { explain } from "./http.js";
import { words } from "./words.js";

/** Gives a stored answer its tools. `votes`: the person's own by kind and answer, kept up to date here. */
export function equip(answer, id, votes) {
  const tools = stamp("t-tools");
  const held = (kind) => votes.get(`${kind}:${id}`)?.body;
  /** Stores an opinion, or takes it back where there is no `body`; raises nothing, tells. */
  const put = async (kind, body) => {
    const slot = `${kind}:${id}`;
    try {
      if (body) votes.set(slot, { id: (await giveFeedback({ kind, response_id: id, ...body })).id, body });
      else if (votes.has(slot)) {
        await takeBack(votes.get(slot).id);
        votes.delete(slot);
      }
      tools.problem.textContent = "";
      return true;
    } catch (error) {
      tools.problem.textContent = explain(error);
    }
  };
  tools.copy.onclick = async () => (await copyText(tools.copy, answer.source)) && hint(id, "copy");
  rate(tools, () => held("thumb"), (body) => put("thumb", body));
  reword(tools, answer, () => held("edit"), (body) => put("edit", body));
  answer.foot.prepend(...tools.foot.childNodes);
  answer.foot.after(...[...tools.node.children].filter((part) => part !== tools.foot));
  return tools;
}

function rate({ up, down, why, reasons }, held, put) {
  let said = held(); // what is shown; what is stored follows
  let saving = Promise.resolve();

  function save(next) {
    said = next;
    show();
    saving = saving.then(() => put(next)).then(() => {
      if (said === next) said = held();
      show();
    });
    return saving;
  }

  function press(value) {
    const off = said?.value === value;
    save(off ? undefined : { value, tags: [], comment: "" });
    open(!off);
    announce(off ? words.undone : words.thanks[value]);
  }

  function show() {
    up.ariaPressed = said?.value === "up";
    down.ariaPressed = said?.value === "down";
    why.hidden = !said;
    for (const chip of reasons.querySelectorAll(".chip")) chip.ariaPressed = Boolean(said?.tags?.includes(chip.value));
  }

  function open(wanted) {
    why.ariaExpanded = wanted;
    reasons.replaceChildren(...(wanted ? [panel()] : []));
    show();
  }

  function panel() {
    const { node, asked, chips, comment, done, undo } = stamp("t-reasons");
    const toggle = (tag) => {
      const tags = said.tags ?? [];
      save({ ...said, tags: tags.includes(tag) ? tags.filter((other) => other !== tag) : [...tags, tag] });
    };
    const chip = ([value, label]) => button(label, () => toggle(value), { className: "chip", value });
    chips.ariaLabel = asked.textContent = words.asked[said.value];
    chips.append(...Object.entries(words.reasons[said.value]).map(chip));
    comment.value = said.comment ?? "";
    done.onclick = async () => {
      if (comment.value !== said.comment) await save({ ...said, comment: comment.value });
      open(false);
      why.focus();
      announce(words.noted);
    };
    undo.onclick = () => {
      const pressed = said.value === "up" ? up : down;
      press(said.value);
      pressed.focus();
    };
    return node;
  }

  up.onclick = () => press("up");
  down.onclick = () => press("down");
  why.onclick = () => open(why.ariaExpanded !== "true");
  show();
}

/** The wish for another wording, which teaches as a demonstration. */
function reword({ reword: opener, wording }, answer, held, put) {
  opener.onclick = () => {
    const { node, field, cancel } = stamp("t-reword");
    field.value = held()?.text ?? answer.source;
    node.onsubmit = (event) => {
      event.preventDefault();
      act({ text: field.value }, words.rewordKept);
    };
    cancel.onclick = () => act(held());
    wording.replaceChildren(node);
    field.focus();
  };

  async function act(body, done) {
    if (done && !(await put(body))) return;
    show();
    opener.focus();
    if (done) announce(done);
  }

  function show() {
    wording.replaceChildren();
    if (!held()) return;
    const { node, mine, undo } = stamp("t-reworded");
    mine.textContent = held().text;
    undo.onclick = () => act(undefined, words.undone);
    wording.append(node);
  }
  show();
}
