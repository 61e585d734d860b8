// One conversation on the page: what is said, streamed, branched; it goes on while another is shown.
import * as api from "./api.js";
import { Answer } from "./answer.js";
import { announce, el, keepEnd } from "./dom.js";
import { Duel } from "./duel.js";
import { Problem, explain } from "./http.js";
import { tell } from "./notice.js";
import * as pending from "./pending.js";
import { equip } from "./rating.js";
import { versionName, words } from "./words.js";
import { Thread } from "./thread.js";
import { Turn } from "./turn.js";

export class Talk {
  #turns = new Map(); // question id -> Turn
  #unsaid = null; // the Turn whose question was not stored

  /** `hooks`: what the page does when it begins or ends to answer, got an id, a question, an answer, a vote; how many answers it wants. */
  constructor(assistant, hooks, { id = "", messages = [], head = "" } = {}, votes = new Map()) {
    Object.assign(this, { assistant, hooks, id, votes, running: null });
    this.thread = new Thread(messages, head);
    this.node = el("div.log", { role: "log", ariaLive: "off", ariaLabel: words.conversation });
  }

  get empty() {
    return !this.node.firstChild;
  }

  /** What was said and is nowhere but on the page. */
  get unsaid() {
    return this.#unsaid?.question.content ?? "";
  }

  forget() {
    this.#unsaid = null;
  }

  /** Leaves so many turns. What was never stored of the others goes back to who said it, unless it is said anew. */
  #cut(left, anew) {
    while (this.node.children.length > left) this.node.lastChild.remove();
    const text = this.unsaid;
    if (!text || this.#unsaid.node.parentNode) return;
    this.forget();
    if (text !== anew) this.hooks.unsaid(this.id, text);
  }

  /** Shows the way through the tree; what is there already stays. */
  render() {
    const path = this.thread.path();
    const shown = path.filter((m) => m.role === "user").map((m) => this.#turn(m));
    const same = shown.findIndex((turn, i) => this.node.children[i] !== turn.node);
    const from = same < 0 ? shown.length : same;
    this.#cut(from);
    this.node.append(...shown.slice(from).map((turn) => turn.node));
    for (const turn of shown) if (turn !== this.running?.turn) turn.arrange(this.thread.answerTo(turn.question.id));
  }

  #turn(question) {
    if (!this.#turns.has(question.id)) this.#turns.set(question.id, new Turn(this, question));
    return this.#turns.get(question.id);
  }

  /** Another of a message's alternatives. */
  choose(id, side) {
    if (this.running) return tell(words.wait);
    this.thread.choose(id);
    const message = this.thread.get(id);
    const asks = message.role === "user";
    const turn = this.#turn(asks ? message : this.thread.get(message.parent));
    turn.clear();
    this.render();
    const steps = [...(asks ? turn.tools : turn.slot).querySelectorAll(".stepper button:enabled")];
    (steps.find((step) => step.dataset.part === side) ?? steps[0])?.focus();
  }

  /** Below `parent`: where the conversation stands, unless said otherwise. */
  async say(content, parent = this.thread.path().findLast((m) => m.role === "assistant")?.id ?? "") {
    if (this.running) return;
    const turn = new Turn(this, { id: "", parent, role: "user", content });
    const above = this.#turns.get(this.thread.get(parent)?.parent);
    this.#cut([...this.node.children].indexOf(above?.node) + 1, content);
    this.node.append(turn.node);
    await this.take(turn, this.hooks.answers());
  }

  again(turn, message, n = 1) {
    if (this.running) return tell(words.wait);
    if (n === 1) api.hint(message.response_id, "regenerate");
    this.#cut([...this.node.children].indexOf(turn.node) + 1);
    return this.take(turn, n);
  }

  /** Gets a turn its answer, also once more after a failure. */
  take = (turn, n = 1) =>
    this.#run(turn, n, async (running) => {
      if (!this.id) {
        this.id = (await api.createConversation(this.assistant.id, running.signal)).id;
        this.hooks.named(this);
      }
      await (n > 1 ? this.#compare(turn, n, running) : this.#answer(turn, running));
    });

  /** Goes on with what a reload interrupted: reads an answer, or several and opens their vote. */
  async resume({ response, question, comparison, responses }) {
    const asked = this.thread.get(question);
    if (!asked || (response && this.thread.said(response))) return;
    const turn = this.#turn(asked), n = responses?.length ?? 1;
    await this.#run(turn, n, (running) =>
      comparison ? this.#compare(turn, n, running, comparison) : this.#answer(turn, running, response));
  }

  async #run(turn, n, work) {
    if (this.running) return;
    const abort = new AbortController();
    const running = { turn, signal: abort.signal, stop: () => abort.abort() };
    const retry = () => this.take(turn, n);
    this.running = running;
    if (turn === this.#unsaid) this.forget();
    turn.trouble.replaceChildren();
    this.hooks.changed(this);
    announce(words.answering);
    try {
      await work(running);
    } catch (error) {
      if (error instanceof Problem || running.signal.aborted) pending.drop(this.id);
      if (running.signal.aborted) turn.fail(words.stopped, retry);
      else if (error.status === 404 && this.id) turn.fail(words.gone, () => this.hooks.gone(turn.question.content), words.anew);
      else turn.fail(explain(error), retry);
    }
    this.running = null;
    if (turn.question.id) this.render();
    else this.#unsaid = turn;
    this.hooks.changed(this);
  }

  /** Goes on with `response`, where one is given. */
  async #answer(turn, running, response = "") {
    const answer = new Answer();
    this.#show(turn, answer);
    const { id, parent, content } = turn.question;
    const { stop } = running;
    // Ends the generation, not only the reading: what was said so far is kept and can be rated.
    running.stop = () => {
      if (!response) return stop();
      running.stopped = true;
      api.stopAnswer(this.id, response).catch(stop);
    };
    const body = id ? { regenerate: true, parent: id } : { content, parent };
    for await (const { event, data } of api.readAnswer(this.id, body, this.#reading(running, response, [answer]))) {
      if (event === "start") {
        response = data.response_id;
        this.#asked(turn, data.message_id, { response });
      } else if (event === "delta") answer.add(data.text);
      else if (event === "error") throw new Problem(data.error.message);
      else if (event === "done") this.#ended(turn, answer, data, running.stopped);
    }
  }

  #show(turn, view) {
    turn.show(view);
    this.hooks.changed(this);
  }

  /** How what grows in `answers` is read: `id`, where it is known, from its beginning. */
  #reading = ({ turn, signal }, id, answers) => ({ signal, seen: id && `${id}:0`, onLost: (lost) => {
    for (const { node } of answers) node.classList.toggle("lost", lost);
    keepEnd(() => (turn.trouble.textContent = lost ? words.reconnecting : ""));
    if (lost) announce(words.reconnecting);
  } });

  /** The question has its place in the tree, and what answers it is under way. */
  #asked(turn, id, open) {
    turn.question = { ...turn.question, id };
    this.thread.add(turn.question);
    this.#turns.set(id, turn);
    pending.keep(this.id, { question: id, ...open });
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

  /** Goes on with `comparison`, where one is given. */
  async #compare(turn, n, running, comparison = "") {
    const duel = this.#duel(turn, n);
    const { parent, content } = turn.question;
    const { stop } = running;
    running.stop = () => {
      if (comparison) api.stopSides(comparison).catch(() => {}); // without a reader they end by themselves
      stop();
    };
    const how = this.#reading(running, comparison, duel.answers);
    for await (const { event, data } of api.readSides({ conversation: this.id, parent, content, n }, how)) {
      if (event === "start") {
        comparison = data.comparison_id;
        this.#asked(turn, data.message_id, { comparison, responses: data.responses });
      } else if (event === "delta") duel.answers[data.candidate].add(data.text);
      else if (event === "candidate_done") duel.end(data);
      else if (event === "error") throw new Problem(data.error.message);
    }
    if (duel.ends.some((end) => end.error || !end.message_id)) throw new Problem(words.brokeOff);
    for (const end of duel.ends.toReversed()) this.#keep(turn, end);
    duel.ask(comparison);
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
    this.#show(turn, duel);
    return duel;
  }
}
