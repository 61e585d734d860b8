// One question with the answer that is shown: alternatives of both, what went wrong.
import { Answer } from "./answer.js";
import { keepEnd, name, problem, stamp } from "./dom.js";
import { tell } from "./notice.js";
import { equip } from "./rating.js";
import { versionName, words } from "./words.js";

export class Turn {
  #views = new Map(); // message id -> Answer

  /** `talk` is asked for what the tools do. */
  constructor(talk, question) {
    Object.assign(this, { talk, question }, stamp("t-turn"));
    this.said.append(question.content);
    this.edit.onclick = () => this.#write();
  }

  /** Whatever takes the answer's place from now on: an Answer, a Duel. */
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
    keepEnd(() => {
      const { again, pair } = equip(answer, message.response_id, this.talk.votes);
      again.onclick = () => this.talk.again(this, message);
      pair.onclick = () => this.talk.again(this, message, 2);
    });
  }

  /** Shows a stored answer (none: says so), and what else there is to step to. */
  arrange(message) {
    if (message) {
      const stored = this.#views.get(message.id) ?? this.#restore(message);
      if (!this.broken && !this.view?.holds?.(message.id)) this.#put(stored);
      this.#step(stored.foot, message);
    } else if (!this.view && !this.trouble.firstChild) this.fail(words.noAnswer, () => this.talk.take(this), words.askAgain);
    this.#step(this.tools, this.question);
  }

  #restore(message) {
    const answer = new Answer();
    answer.end({ ...message, text: message.content });
    if (message.version) answer.tell(versionName(message.version), message.version);
    this.settle(answer, message);
    return answer;
  }

  #step(where, { id, role }) {
    where.querySelector(".stepper")?.remove();
    const ids = this.talk.thread.alternatives(id);
    const index = ids.indexOf(id);
    if (ids.length < 2) return;
    const { node, before, at, after } = stamp("t-stepper");
    name(node, words.alternatives[role]);
    at.textContent = words.nth({ at: index + 1, n: ids.length });
    for (const [button, to] of [[before, index - 1], [after, index + 1]]) {
      button.disabled = !ids[to];
      button.onclick = () => this.talk.choose(ids[to], button.dataset.part);
    }
    where.append(node);
  }

  /** Asks the question in other words: a branch. */
  #write() {
    const { node, field, cancel } = stamp("t-rewrite");
    const close = () => {
      node.replaceWith(this.asked);
      this.edit.focus();
    };
    node.onsubmit = (event) => {
      event.preventDefault();
      if (!field.value.trim()) return;
      if (this.talk.running) return tell(words.wait);
      close();
      if (!this.question.id) this.talk.forget();
      this.talk.say(field.value, this.question.parent);
    };
    node.onkeydown = ({ key }) => {
      if (key === "Escape") close();
    };
    cancel.onclick = close;
    field.value = this.question.content;
    this.asked.replaceWith(node);
    field.focus();
  }

  /** Keeps what was said before the failure; an empty answer goes. */
  fail(why, retry, label = words.retry) {
    this.view?.end({});
    this.broken = Boolean(this.view?.source);
    if (!this.broken) {
      this.slot.replaceChildren();
      this.view = null;
    }
    keepEnd(() => this.trouble.replaceChildren(problem(why, label, retry)));
  }
}

/** Enter sends a form's text, Shift+Enter breaks the line. */
addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("textarea[data-enter]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
