// One question with the answer that is shown: the tools of both, their alternatives, what went wrong.
import { hint } from "./api.js";
import { Answer, copyButton } from "./answer.js";
import { button, el, keepEnd } from "./dom.js";
import { rate, reword } from "./rating.js";
import { chat as words, common } from "./strings.js";

export class Turn {
  #views = new Map(); // message id -> Answer

  /** `talk` is asked for what the tools do. */
  constructor(talk, question) {
    this.talk = talk;
    this.question = question;
    this.said = el("div", { className: "said" }, el("span", { className: "sr" }, words.you), question.content);
    this.tools = el("div", { className: "tools" });
    this.slot = el("div", { className: "slot" });
    this.trouble = el("div", { className: "trouble" });
    this.node = el("section", { className: "turn" }, this.said, this.tools, this.slot, this.trouble);
  }

  /** Whatever takes the answer's place: an Answer, a Duel. */
  show(view) {
    this.clear();
    this.#put(view);
  }

  #put(view) {
    keepEnd(() => this.slot.replaceChildren(view.node));
    this.view = view;
  }

  /** What is shown gives way to what is chosen next. */
  clear() {
    this.trouble.replaceChildren();
    this.view = null;
    this.broken = false;
  }

  /** A finished answer gets its tools. */
  settle(answer, message) {
    this.#views.set(message.id, answer);
    const again = [
      button(words.again, () => this.talk.again(this, message), { sign: "again" }),
      button(words.compareNew, () => this.talk.again(this, message, 2), { sign: "pair" }),
    ];
    keepEnd(() => equip(answer, message, this.talk.votes, again));
  }

  /** Shows a stored answer (null: there is none), and what else there is to step to. */
  arrange(message) {
    if (message) {
      const stored = this.#views.get(message.id) ?? this.#restore(message);
      if (!this.broken && !this.view?.holds?.(message.id)) this.#put(stored);
      this.#step(stored.foot, message.id, words.answer);
    } else if (!this.view && !this.trouble.firstChild) this.fail(words.noAnswer, () => this.talk.take(this), words.askAgain);
    this.tools.replaceChildren(button(words.edit, () => this.#write(), { sign: "edit" }));
    this.#step(this.tools, this.question.id, words.question);
  }

  #restore(message) {
    const answer = new Answer();
    answer.end({ ...message, text: message.content });
    this.settle(answer, message);
    return answer;
  }

  #step(where, id, what) {
    where.querySelector(".stepper")?.remove();
    const ids = this.talk.thread.alternatives(id);
    const at = ids.indexOf(id);
    if (ids.length < 2) return;
    const go = (to, label, sign) =>
      button(label, () => this.talk.choose(ids[to], sign), { sign, disabled: to < 0 || to >= ids.length });
    where.append(el("span", { className: "stepper", role: "group", "aria-label": words.alternatives(what) },
      go(at - 1, words.before, "left"), el("span", { textContent: words.nth(at + 1, ids.length) }), go(at + 1, words.after, "right")));
  }

  /** Asks the question in other words: a branch. */
  #write() {
    const field = el("textarea", { value: this.question.content, rows: 3, maxLength: 8000, "aria-label": words.edit });
    const close = () => {
      form.replaceWith(this.said);
      this.tools.hidden = false;
      this.tools.querySelector("button")?.focus();
    };
    const send = () => {
      if (!field.value.trim() || this.talk.running) return;
      close();
      this.talk.say(field.value, { parent: this.question.parent });
    };
    const form = el("form", { className: "rewrite" }, field, el("div", { className: "row" },
      el("button", { className: "primary", textContent: words.resend }), button(common.cancel, close, { className: "quiet" })));
    form.onsubmit = (event) => {
      event.preventDefault();
      send();
    };
    field.onkeydown = (event) => {
      if (event.key === "Escape") close();
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        send();
      }
    };
    this.said.replaceWith(form);
    this.tools.hidden = true;
    field.focus();
  }

  /** Keeps what was said before the failure; an empty answer goes. */
  fail(why, retry, label = common.retry) {
    this.view?.end({});
    this.broken = Boolean(this.view?.source);
    if (!this.broken) this.view = this.slot.replaceChildren() ?? null;
    const node = el("div", { className: "problem", role: "alert" }, el("span", { textContent: why }), button(label, retry));
    keepEnd(() => this.trouble.replaceChildren(node));
  }
}

/** Gives an answer its tools: rate, copy, reword, and `more` buttons. `votes` are the person's own, by kind and answer. */
export function equip(answer, message, votes, more = []) {
  const { response_id: id } = message;
  const problem = el("p", { className: "problem", role: "alert", hidden: true });
  const tell = (said) => {
    problem.hidden = !said;
    problem.textContent = said;
  };
  const { thumbs, panel } = rate(id, votes, tell);
  const other = reword(id, votes, () => answer.source, tell);
  answer.foot.prepend(thumbs, copyButton(words.copy, () => answer.source, () => hint(id, "copy")), other.opener, ...more);
  answer.foot.after(panel, other.panel, problem);
}
