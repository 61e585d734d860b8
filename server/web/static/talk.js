// One conversation on the page: what is said, streamed, branched; it goes on while another is shown.
import * as api from "./api.js";
import { Answer, versionName } from "./answer.js";
import { announce, el, keepEnd } from "./dom.js";
import { Duel } from "./duel.js";
import { explain } from "./http.js";
import * as pending from "./pending.js";
import { chat as words } from "./strings.js";
import { Thread } from "./thread.js";
import { Turn, equip } from "./turn.js";

export class Talk {
  #turns = new Map(); // question id -> Turn

  /** `hooks`: changed() when it begins or ends to answer, named() when it got an id, ended(version). */
  constructor(assistant, hooks, { id = "", messages = [], head = "" } = {}, votes = new Map()) {
    Object.assign(this, { assistant, hooks, id, votes, running: null, draft: "" });
    this.thread = new Thread(messages, head);
    this.node = el("div", { className: "log", role: "log", "aria-live": "off", "aria-label": words.conversation });
  }

  get empty() {
    return !this.node.firstChild;
  }

  /** Shows the way through the tree; what is there already stays. */
  render() {
    const path = this.thread.path();
    const shown = path.filter((m) => m.role === "user").map((m) => this.#turn(m));
    const same = shown.findIndex((turn, i) => this.node.children[i] !== turn.node);
    const from = same < 0 ? shown.length : same;
    while (this.node.children.length > from) this.node.lastChild.remove();
    this.node.append(...shown.slice(from).map((turn) => turn.node));
    for (const turn of shown) if (turn !== this.running?.turn) turn.arrange(this.thread.answerTo(turn.question.id));
  }

  #turn(question) {
    if (!this.#turns.has(question.id)) this.#turns.set(question.id, new Turn(this, question));
    return this.#turns.get(question.id);
  }

  /** Another of a message's alternatives. */
  choose(id, sign) {
    if (this.running) return announce(words.wait);
    this.thread.choose(id);
    const message = this.thread.get(id);
    const asks = message.role === "user";
    const turn = this.#turn(asks ? message : this.thread.get(message.parent));
    turn.clear();
    this.render();
    const [same, other] = [`[data-sign="${sign}"]`, ""].map((which) =>
      (asks ? turn.tools : turn.slot).querySelector(`.stepper button:enabled${which}`));
    (same ?? other)?.focus();
  }

  /** `n` answers to it, below `parent`: where the conversation stands, unless said otherwise. */
  async say(content, { parent = this.thread.path().findLast((m) => m.role === "assistant")?.id ?? "", n = 1 } = {}) {
    if (this.running) return;
    const turn = new Turn(this, { id: "", parent, role: "user", content });
    const above = parent && this.#turns.get(this.thread.get(parent).parent);
    for (let last = this.node.lastChild; last && last !== above?.node; last = this.node.lastChild) last.remove();
    this.node.append(turn.node);
    await this.take(turn, n);
  }

  again(turn, message, n = 1) {
    if (this.running) return announce(words.wait);
    if (n === 1) api.hint(message.response_id, "regenerate");
    while (turn.node.nextSibling) turn.node.nextSibling.remove();
    return this.take(turn, n);
  }

  /** Gets a turn its answer, also once more after a failure. */
  async take(turn, n = 1) {
    await this.#run(turn, () => this.take(turn, n), async (running) => {
      if (!this.id) {
        this.id = (await api.createConversation(this.assistant.id)).id;
        this.hooks.named(this);
      }
      await (n > 1 ? this.#compare(turn, n, running) : this.#answer(turn, running));
    });
  }

  /** Goes on with what a reload interrupted: reads an answer, or opens a vote. */
  async resume({ response, question, comparison, responses }) {
    const turn = this.#turns.get(question);
    if (!turn) return;
    if (comparison) this.#reopen(turn, comparison, responses);
    else if (!this.thread.said(response)) {
      await this.#run(turn, () => this.take(turn), (running) => this.#answer(turn, running, response));
    }
  }

  async #run(turn, retry, work) {
    const running = { turn, abort: new AbortController(), stopped: false };
    running.stop = () => running.abort.abort();
    this.running = running;
    this.hooks.changed(this);
    announce(words.answering);
    try {
      await work(running);
    } catch (error) {
      const gone = error.status === 404 && this.id;
      if (running.abort.signal.aborted) turn.fail(words.stopped, retry);
      else turn.fail(gone ? words.gone : explain(error), gone ? () => this.hooks.gone(this, turn.question.content) : retry, gone ? words.anew : undefined);
    } finally {
      this.running = null;
      if (turn.question.id) this.render();
      this.hooks.changed(this);
    }
  }

  async #answer(turn, running, response = "") {
    const answer = new Answer();
    turn.show(answer);
    const { id, parent, content } = turn.question;
    const body = id ? { regenerate: true, parent: id } : { content, parent };
    const how = { signal: running.abort.signal, onLost: (lost) => this.#lost(answer, lost), seen: response && `${response}:0` };
    if (response) this.#stoppable(running, response);
    for await (const { event, data } of api.readAnswer(this.id, body, how)) {
      if (event === "start") this.#started(turn, running, data);
      else if (event === "delta") answer.add(data.text);
      else if (event === "error") throw new api.Problem(data.error.message);
      else if (event === "done") this.#ended(turn, answer, data, running.stopped);
    }
  }

  #lost(answer, lost) {
    answer.node.classList.toggle("lost", lost);
    if (lost) announce(words.reconnecting);
  }

  #started(turn, running, { response_id: response, message_id: question }) {
    this.#asked(turn, question);
    pending.keep(this.id, { response, question });
    this.#stoppable(running, response);
  }

  /** Ends the generation, not only the reading: what was said so far is kept and can be rated. */
  #stoppable(running, response) {
    running.stop = () => {
      running.stopped = true;
      api.stopAnswer(this.id, response).catch(() => running.abort.abort());
    };
  }

  /** The question has its place in the tree. */
  #asked(turn, id) {
    turn.question = { ...turn.question, id };
    this.thread.add(turn.question);
    this.#turns.set(id, turn);
  }

  #ended(turn, answer, done, stopped) {
    pending.drop(this.id);
    answer.end(done);
    answer.tell(versionName(done.version), done.version);
    if (done.message_id) {
      const message = this.#keep(turn, done);
      turn.settle(answer, message);
    } else turn.fail(words.saidNothing, () => this.take(turn));
    announce(`${stopped ? words.stopped : words.answer}: ${answer.text.textContent}`);
    if (stopped && done.message_id) api.hint(done.response_id, "stop");
    this.hooks.ended(this, done.version);
  }

  #keep(turn, { message_id: id, response_id, text, html }) {
    const message = { id, response_id, parent: turn.question.id, role: "assistant", content: text, html };
    this.thread.add(message);
    return message;
  }

  async #compare(turn, n, running) {
    const duel = new Duel(n, (ids, chosen) => this.#voted(turn, duel, ids, chosen));
    turn.show(duel);
    const body = { conversation: this.id, parent: turn.question.parent, content: turn.question.content, n };
    let begun = {};
    for await (const { event, data } of api.compare(body, running.abort.signal)) {
      if (event === "start") this.#asked(turn, (begun = data).message_id);
      else if (event === "delta") duel.cards[data.candidate].add(data.text);
      else if (event === "candidate_done") duel.end(data);
      else if (event === "error") throw new api.Problem(data.error.message);
    }
    const good = duel.ends.filter((end) => !end.error && end.message_id);
    if (good.length < n) throw new api.Problem(words.brokeOff);
    for (const end of good.toReversed()) this.#keep(turn, end);
    pending.keep(this.id, { question: turn.question.id, comparison: begun.comparison_id, responses: begun.responses });
    duel.ask(begun.comparison_id);
  }

  #reopen(turn, comparison, responses) {
    const said = responses.map((response) => this.thread.said(response));
    if (said.some((message) => !message)) return pending.drop(this.id);
    const duel = new Duel(said.length, (ids, chosen) => this.#voted(turn, duel, ids, chosen));
    said.forEach(({ id, content, html }, candidate) => duel.end({ candidate, message_id: id, text: content, html }));
    turn.show(duel);
    duel.ask(comparison);
  }

  #voted(turn, duel, ids, chosen) {
    pending.drop(this.id);
    duel.cards.forEach((card, i) => equip(card, this.thread.get(ids[i]), this.votes));
    if (chosen !== null && this.node.lastChild === turn.node) this.thread.choose(ids[chosen]);
    this.hooks.voted();
  }
}
