// Several blind answers to one question, side by side: choose or rank, then see who was who.
import { giveFeedback, takeBack } from "./api.js";
import { Answer, versionName } from "./answer.js";
import { announce, button, el, keepEnd } from "./dom.js";
import { explain } from "./http.js";
import { ranking } from "./ranking.js";
import { chat as words, common } from "./strings.js";

export const letter = (i) => "ABCDEFGH"[i];

export class Duel {
  #ends = [];

  /** `voted(message_ids, chosen)` hears of a vote; `chosen` is a place, null where there is none. */
  constructor(n, voted) {
    this.voted = voted;
    this.cards = Array.from({ length: n }, (_, i) => {
      const card = new Answer(words.letter(letter(i)));
      card.node.prepend(el("h3", { className: "letter", textContent: letter(i) }));
      return card;
    });
    this.ballot = el("div", { className: "ballot", role: "group", tabIndex: -1 });
    this.node = el("div", { className: `duel of${n}` }, el("div", { className: "cards" }, ...this.cards.map((c) => c.node)), this.ballot);
    this.node.onkeydown = (event) => this.#onKey(event);
  }

  /** For a failure: what was said is kept. */
  get source() {
    return this.cards.some((card) => card.source);
  }

  end(done) {
    if (done.candidate === undefined) return this.cards.forEach((card) => card.end({}));
    this.#ends[done.candidate] = done;
    this.cards[done.candidate].end(done);
  }

  holds = (message) => this.#ends.some((end) => end?.message_id === message);

  get ends() {
    return this.#ends;
  }

  /** Opens the vote. The keys act while the focus is here, so it comes here unless somebody is writing. */
  ask(comparison) {
    this.comparison = comparison;
    this.#choices();
    const at = document.activeElement;
    if (at === document.body || (at.matches("textarea") && !at.value)) this.ballot.focus({ preventScroll: true });
    announce(words.complete(this.cards.length));
  }

  #choices() {
    const n = this.cards.length;
    const choice = (value, label, key) =>
      button(label, () => this.#vote({ kind: "comparison", choice: value }), { "aria-keyshortcuts": key, className: "choice" });
    this.keys = {};
    const all = [
      ...this.cards.map((_, i) => [letter(i).toLowerCase(), words.better(letter(i)), letter(i)]),
      ["tie", words.tie(n), "T"], ["both_bad", words.allBad(n), "X"],
    ].map(([value, label, key]) => {
      const node = choice(value, label, key);
      node.append(el("kbd", { textContent: key, "aria-hidden": "true" }));
      this.keys[key] = node;
      return node;
    });
    if (n > 2) {
      this.keys.R = button(words.rankAll, () => this.#rank(), { "aria-keyshortcuts": "R", className: "choice primary" });
      this.keys.R.append(el("kbd", { textContent: "R", "aria-hidden": "true" }));
      all.push(this.keys.R);
    }
    this.#fill(words.which, el("div", { className: "row" }, ...all));
  }

  #rank() {
    const back = () => {
      this.#choices();
      this.ballot.focus({ preventScroll: true });
    };
    const places = ranking(this.cards.map((card) => card.text.textContent), letter);
    this.keys = {};
    this.#fill(words.rankThem, places.node, el("div", { className: "row" },
      button(words.rankDone, () => this.#vote({ kind: "ranking", order: places.order() }), { className: "primary" }),
      button(common.cancel, back, { className: "quiet" })));
    places.focus();
  }

  #fill(title, ...rest) {
    this.ballot.setAttribute("aria-label", title);
    keepEnd(() => this.ballot.replaceChildren(el("p", { className: "asks", textContent: title }), ...rest));
  }

  async #vote(opinion) {
    const buttons = [...this.ballot.querySelectorAll("button")];
    for (const b of buttons) b.disabled = true;
    try {
      this.#reveal(await giveFeedback({ ...opinion, comparison_id: this.comparison }), chosenBy(opinion));
    } catch (error) {
      for (const b of buttons) b.disabled = false;
      this.ballot.querySelector(".problem")?.remove();
      this.ballot.append(el("p", { className: "problem", role: "alert", textContent: explain(error) }));
    }
  }

  #reveal({ id, versions, message_ids }, chosen) {
    this.keys = {};
    const names = versions.map(versionName);
    this.cards.forEach((card, i) => {
      card.tell(names[i], versions[i]);
      card.node.classList.toggle("chosen", i === chosen);
    });
    const who = new Set(versions).size > 1 ? words.revealed(names.map((name, i) => [letter(i), name])) : words.oneVersion(names[0]);
    const said = `${words.youChose(chosen === null ? "" : letter(chosen))} ${who}`;
    const undo = button(common.undo, async () => {
      try {
        await takeBack(id);
        this.#told(words.voteUndone);
      } catch (error) {
        this.#told(explain(error));
      }
    }, { className: "quiet" });
    this.#told(said, undo);
    this.voted(message_ids, chosen);
  }

  #told(said, ...rest) {
    this.ballot.removeAttribute("aria-label");
    keepEnd(() => this.ballot.replaceChildren(el("p", { className: "told" }, said), ...rest));
    announce(said);
    this.ballot.focus({ preventScroll: true });
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, input, select")) return;
    const found = this.keys?.[event.key.toUpperCase()];
    if (!found || found.disabled) return;
    event.preventDefault();
    found.click();
  }
}

function chosenBy({ choice, order }) {
  if (order) return order[0].length === 1 ? order[0][0] : null;
  return choice.length === 1 ? letter0(choice) : null;
}

const letter0 = (choice) => choice.charCodeAt(0) - "a".charCodeAt(0);
