// One conversation on the page: what is said, streamed, branched; it goes on while another is shown.
import * as api from "./api.js";
import { Answer } from "./answer.js";
import { announce, el } from "./dom.js";
import { Duel } from "./duel.js";
import { Problem, explain } from "./http.js";
import { versionName } from "./names.js";
import * as pending from "./pending.js";
import { equip } from "./rating.js";
import { words } from "./words.js";
import { Thread } from "./thread.js";
import { Turn } from "./turn.js";

export class Talk {
  #turns = new Map(); // question id -> Turn

  /** `hooks`: what the page does when it begins or ends to answer, got an id, a question, an answer, a vote. */
  constructor(assistant, hooks, { id = "", messages = [], head = "" } = {}, votes = new Map()) {
    Object.assign(this, { assistant, hooks, id, votes, running: null, draft: "" });
    this.thread = new Thread(messages, head);
    this.node = el("div", { className: "log", role: "log", ariaLive: "off", ariaLabel: words.conversation });
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
  choose(id, side) {
    if (this.running) return announce(words.wait);
    this.thread.choose(id);
    const message = this.thread.get(id);
    const asks = message.role === "user";
    const turn = this.#turn(asks ? message : this.thread.get(message.parent));
    turn.clear();
    this.render();
    const steps = [...(asks ? turn.tools : turn.slot).querySelectorAll(".stepper button:enabled")];
    (steps.find((step) => step.dataset.part === side) ?? steps[0])?.focus();
  }

  /** `n` answers to it, below `parent`: where the conversation stands, unless said otherwise. */
  async say(content, { parent = this.thread.path().findLast((m) => m.role === "assistant")?.id ?? "", n = 1 } = {}) {
    if (this.running) return;
    const turn = new Turn(this, { id: "", parent, role: "user", content });
    const above = this.#turns.get(this.thread.get(parent)?.parent);
    while (this.node.lastChild && this.node.lastChild !== above?.node) this.node.lastChild.remove();
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
  take = (turn, n = 1) =>
    this.#run(turn, () => this.take(turn, n), async (running) => {
      if (!this.id) {
        this.id = (await api.createConversation(this.assistant.id)).id;
        this.hooks.named(this);
      }
      await (n > 1 ? this.#compare(turn, n, running) : this.#answer(turn, running));
    });

  /** Goes on with what a reload interrupted: reads an answer, or several and opens their vote. */
  async resume({ response, question, comparison, responses }) {
    const asked = this.thread.get(question);
    if (!asked) return;
    const turn = this.#turn(asked);
    if (comparison) {
      const n = responses.length;
      await this.#run(turn, () => this.take(turn, n), (running) => this.#compare(turn, n, running, comparison));
    } else if (!this.thread.said(response)) {
      await this.#run(turn, () => this.take(turn), (running) => this.#answer(turn, running, response));
    }
  }

  async #run(turn, retry, work) {
    const abort = new AbortController();
    const running = { turn, signal: abort.signal, stop: () => abort.abort() };
    this.running = running;
    this.hooks.changed(this);
    announce(words.answering);
    try {
      await work(running);
    } catch (error) {
      if (error instanceof Problem || running.signal.aborted) pending.drop(this.id);
      if (error.status === 401) pending.keepDraft(turn.question.content);
      if (running.signal.aborted) turn.fail(words.stopped, retry);
      else if (error.status === 404 && this.id) turn.fail(words.gone, () => this.hooks.gone(turn.question.content), words.anew);
      else turn.fail(explain(error), retry);
    }
    this.running = null;
    if (turn.question.id) this.render();
    this.hooks.changed(this);
  }

  async #answer(turn, running, response = "") {
    const answer = new Answer();
    turn.show(answer);
    const { id, parent, content } = turn.question;
    const body = id ? { regenerate: true, parent: id } : { content, parent };
    if (response) this.#stoppable(running, response);
    const how = this.#reading(running, response, [answer]);
    for await (const { event, data } of api.readAnswer(this.id, body, how)) {
      if (event === "start") this.#started(turn, running, data);
      else if (event === "delta") answer.add(data.text);
      else if (event === "error") throw new Problem(data.error.message);
      else if (event === "done") this.#ended(turn, answer, data, running.stopped);
    }
  }

  /** How what grows in `answers` is read: `id`, where it is known, from its beginning. */
  #reading = ({ signal }, id, answers) => ({ signal, seen: id && `${id}:0`, onLost: (lost) => {
    for (const { node } of answers) node.classList.toggle("lost", lost);
    if (lost) announce(words.reconnecting);
  } });

  #started(turn, running, { response_id: response, message_id: question }) {
    this.#asked(turn, question);
    pending.keep(this.id, { response, question });
    this.#stoppable(running, response);
  }

  /** Ends the generation, not only the reading: what was said so far is kept and can be rated. */
  #stoppable(running, response) {
    const { stop } = running;
    running.stop = () => {
      running.stopped = true;
      api.stopAnswer(this.id, response).catch(stop);
    };
  }

  /** The question has its place in the tree. */
  #asked(turn, id) {
    turn.question = { ...turn.question, id };
    this.thread.add(turn.question);
    this.#turns.set(id, turn);
    this.hooks.asked();
  }

  #ended(turn, answer, done, stopped) {
    pending.drop(this.id);
    answer.end(done);
    answer.tell(versionName(done.version), done.version);
    if (done.message_id) turn.settle(answer, this.#keep(turn, done));
    else turn.fail(words.saidNothing, () => this.take(turn));
    announce(`${stopped ? words.stopped : words.answer}: ${answer.text.textContent}`);
    if (stopped && done.message_id) api.hint(done.response_id, "stop");
    this.hooks.ended(this, done.version);
  }

  #keep(turn, { message_id: id, response_id, text: content, html }) {
    const message = { id, response_id, parent: turn.question.id, role: "assistant", content, html };
    this.thread.add(message);
    return message;
  }

  async #compare(turn, n, running, comparison = "") {
    const duel = this.#duel(turn, n);
    const { parent, content } = turn.question;
    if (comparison) this.#stoppableSides(running, comparison);
    const how = this.#reading(running, comparison, duel.answers);
    for await (const { event, data } of api.readSides({ conversation: this.id, parent, content, n }, how)) {
      if (event === "start") {
        this.#asked(turn, data.message_id);
        ({ comparison_id: comparison } = data);
        pending.keep(this.id, { question: data.message_id, comparison, responses: data.responses });
        this.#stoppableSides(running, comparison);
      } else if (event === "delta") duel.answers[data.candidate].add(data.text);
      else if (event === "candidate_done") duel.end(data);
      else if (event === "error") throw new Problem(data.error.message);
    }
    if (duel.ends.some((end) => end.error || !end.message_id)) throw new Problem(words.brokeOff);
    for (const end of duel.ends.toReversed()) this.#keep(turn, end);
    duel.ask(comparison);
  }

  #stoppableSides(running, comparison) {
    const { stop } = running;
    running.stop = () => {
      api.stopSides(comparison).catch(() => {}); // without a reader they end by themselves
      stop();
    };
  }

  #duel(turn, n) {
    const duel = new Duel(n, (ids, chosen) => {
      pending.drop(this.id);
      duel.answers.forEach((answer, i) => {
        const { again, pair } = equip(answer, this.thread.get(ids[i]).response_id, this.votes);
        again.remove();
        pair.remove();
      });
      if (ids[chosen] && this.node.lastChild === turn.node) this.thread.choose(ids[chosen]);
      this.hooks.voted();
    });
    turn.show(duel);
    return duel;
  }
}
