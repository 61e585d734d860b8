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
    tools.problem.textContent = "";
    try {
      if (body) votes.set(slot, { id: (await giveFeedback({ kind, response_id: id, ...body })).id, body });
      else if (votes.has(slot)) {
        await takeBack(votes.get(slot).id, kind, id);
        votes.delete(slot);
      }
      return true;
    } catch (error) {
      tools.problem.textContent = error.status === 404 ? words.gone : explain(error);
      intoSight(tools.problem);
    }
  };
  tools.copy.onclick = async () => (await copyText(tools.copy, answer.source)) && hint(id, "copy");
  rate(tools, () => held("thumb"), (body) => put("thumb", body));
  reword(tools, answer, () => held("edit"), (body) => put("edit", body));
  answer.foot.prepend(...tools.foot.childNodes);
  answer.foot.after(...[...tools.node.children].filter((part) => part !== tools.foot));
  return tools;
}

/** Not behind the box to write in: see `scroll-padding`. */
const intoSight = (node) => node.scrollIntoView({ block: "nearest" });

function rate({ up, down, why, reasons }, held, put) {
  let said = held(); // what is shown; what is stored follows
  let saving = Promise.resolve();
  let about; // the thumb whose reasons are open

  /** Resolves to whether it is stored. */
  function save(next) {
    said = next;
    show();
    saving = saving.then(() => put(next)).then((done) => {
      if (said === next) said = held();
      show();
      return done;
    });
    return saving;
  }

  async function press(value) {
    const off = said?.value === value;
    const saved = save(off ? undefined : { value, tags: [], comment: field()?.value ?? "" });
    open(!off);
    if (await saved) announce(off ? words.undone : words.thanks[value]);
    else if (said?.value !== about && !field()?.value) open(false);
  }

  const field = () => reasons.querySelector("textarea");
  const opinion = () => (said?.value === about ? said : { value: about, tags: [], comment: "" });

  /** Stores what was typed; resolves to whether it is stored. */
  async function keep() {
    const { value: comment } = field();
    const wanted = { ...opinion(), comment };
    const holds = () => said?.value === wanted.value && (said.comment ?? "") === comment;
    await (holds() ? saving : save(wanted));
    return holds();
  }

  function show() {
    up.ariaPressed = said?.value === "up";
    down.ariaPressed = said?.value === "down";
    why.hidden = !said;
    for (const chip of reasons.querySelectorAll(".chip")) chip.ariaPressed = Boolean(said?.tags?.includes(chip.value));
  }

  function open(wanted) {
    if (reasons.contains(document.activeElement)) up.focus();
    about = wanted ? said.value : undefined;
    why.ariaExpanded = wanted;
    reasons.replaceChildren(...(wanted ? [panel()] : []));
    show();
    if (wanted) intoSight(reasons);
  }

  async function close() {
    if (!(await keep())) return;
    open(false);
    why.focus();
    announce(words.noted);
  }

  function panel() {
    const { node, asked, chips, comment, done, undo } = stamp("t-reasons");
    const toggle = (tag) => {
      const { tags = [] } = opinion();
      save({ ...opinion(), tags: tags.includes(tag) ? tags.filter((other) => other !== tag) : [...tags, tag] });
    };
    const chip = ([value, label]) => button(label, () => toggle(value), { className: "chip", value });
    chips.ariaLabel = asked.textContent = words.asked[said.value];
    chips.append(...Object.entries(words.reasons[said.value]).map(chip));
    comment.value = said.comment ?? "";
    comment.onchange = keep;
    done.onclick = close;
    undo.onclick = () => {
      const pressed = about === "up" ? up : down;
      if (said?.value === about) press(about);
      else open(false);
      pressed.focus();
    };
    return node;
  }

  up.onclick = () => press("up");
  down.onclick = () => press("down");
  why.onclick = () => (about ? close() : open(true));
  show();
}

/** The wish for another wording, which teaches as a demonstration. */
function reword({ reword: opener, wording }, answer, held, put) {
  let form; // what is written and not stored yet

  opener.onclick = () => {
    if (form?.node.isConnected) return show();
    form ??= write();
    wording.replaceChildren(form.node);
    form.field.focus();
    intoSight(wording);
  };

  function write() {
    const made = stamp("t-reword");
    const { node, field, cancel } = made;
    field.value = held()?.text ?? answer.source;
    node.onsubmit = (event) => {
      event.preventDefault();
      act({ text: field.value }, words.rewordKept);
    };
    cancel.onclick = () => act();
    return made;
  }

  async function act(body, done) {
    if (done && !(await put(body))) return;
    form = null;
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
