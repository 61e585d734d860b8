// Several blind answers to one question, side by side: choose or rank, then see who was who.
import { giveFeedback, takeBack } from "./api.js";
import { Answer } from "./answer.js";
import { announce, button, el, keepEnd, problem, stamp } from "./dom.js";
import { explain } from "./http.js";
import { ranking } from "./ranking.js";
import { listed, versionName, words } from "./words.js";

const letter = (i) => "ABCDEFGH"[i];

export class Duel {
  ends = []; // how each candidate ended

  /** `voted(message_ids, chosen)` hears of a vote; `chosen` is a place, -1 where there is none. */
  constructor(n, voted) {
    Object.assign(this, { voted }, stamp("t-duel"));
    this.answers = Array.from({ length: n }, (_, i) => new Answer(letter(i)));
    this.cards.append(...this.answers.map((answer) => answer.node));
    this.node.onkeydown = (event) => this.#onKey(event);
  }

  get source() {
    return this.answers.some((answer) => answer.source);
  }

  /** One candidate's end; or that of all, as they are. */
  end(done) {
    if (done.candidate === undefined) return this.answers.forEach((answer) => answer.end({}));
    this.ends[done.candidate] = done;
    this.answers[done.candidate].end(done);
  }

  holds = (message) => this.ends.some((end) => end.message_id === message);

  /** Opens the vote. The keys act while the focus is here, so it comes here unless somebody is writing. */
  ask(comparison) {
    this.comparison = comparison;
    const at = document.activeElement;
    this.#choices(at === document.body || (at.id === "text" && !at.value));
    announce(words.complete({ n: this.answers.length }));
  }

  #choices(focus) {
    const n = this.answers.length;
    const vote = (choice) => () => this.#vote({ kind: "comparison", choice });
    const choices = this.answers.map((_, i) => [letter(i), words.better({ letter: letter(i) }), vote(letter(i).toLowerCase())]);
    choices.push(["T", words.tie({ n }), vote("tie")], ["X", words.allBad({ n }), vote("both_bad")]);
    if (n > 2) choices.push(["R", words.rank, () => this.#rank()]);
    const row = el("div.row", ...choices.map(([key, label, act]) => {
      const made = button(label, act, { "aria-keyshortcuts": key });
      made.append(el("kbd", { ariaHidden: "true" }, key));
      return made;
    }));
    this.#show(words.which, row);
    if (focus) this.ballot.focus({ preventScroll: true });
  }

  #rank() {
    const order = ranking(this.answers.map((answer) => answer.text.textContent), letter);
    const done = button(words.rankDone, () => this.#vote({ kind: "ranking", order: order.groups() }), { className: "primary" });
    const back = button(words.cancel, () => this.#choices(true), { className: "quiet" });
    this.#show(words.rankThem, order.node, el("div.row", done, back));
    order.focus();
  }

  #show(said, ...rest) {
    this.told.textContent = said;
    keepEnd(() => this.rest.replaceChildren(...rest));
  }

  #vote({ kind, ...said }) {
    return this.#send(giveFeedback({ kind, comparison_id: this.comparison, ...said }), (held) => this.#reveal(held, chosenBy(said)));
  }

  #undo(id) {
    return this.#send(takeBack(id), () => {
      for (const { node } of this.answers) node.classList.remove("chosen");
      this.#show(words.voteUndone);
      announce(words.voteUndone);
    });
  }

  /** Nothing can be pressed meanwhile; after a failure everything can again. */
  async #send(sent, then) {
    this.node.inert = true;
    this.rest.querySelector(".problem")?.remove();
    const tell = (error) => this.rest.append(problem(error.status === 404 ? words.gone : explain(error)));
    const act = await sent.then((held) => () => then(held), (error) => () => tell(error));
    this.node.inert = false;
    if (document.activeElement.id !== "text") this.ballot.focus({ preventScroll: true });
    keepEnd(act);
  }

  #reveal({ id, versions, message_ids: ids }, chosen) {
    const names = versions.map(versionName);
    this.answers.forEach((answer, i) => {
      answer.tell(names[i], versions[i]);
      answer.node.classList.toggle("chosen", i === chosen);
    });
    const who = new Set(versions).size > 1 ? words.revealed({ names: listed(names.map((name, i) => words.was({ letter: letter(i), name }))) }) : words.oneVersion({ name: names[0], n: names.length });
    this.#show(`${letter(chosen) ? words.youChose({ letter: letter(chosen) }) : words.thankYou} ${who}`, button(words.undo, () => this.#undo(id), { className: "quiet" }));
    announce(this.told.textContent);
    this.voted(ids, chosen);
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea")) return;
    const key = event.key.toUpperCase();
    const found = [...this.rest.querySelectorAll("[aria-keyshortcuts]")].find((b) => b.getAttribute("aria-keyshortcuts") === key);
    if (found) event.preventDefault();
    found?.click();
  }
}

/** The place of the one that was best. */
function chosenBy({ choice, order }) {
  if (order) return order[0].length === 1 ? order[0][0] : -1;
  return choice.length === 1 ? "abcdefgh".indexOf(choice) : -1;
}
