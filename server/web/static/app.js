// The page: which assistant, which conversation, what is being said now.
import * as api from "./api.js";
import { $, Answer, ballot, el, keepEnd, said, thumbs, versionName } from "./view.js";

const MODEL_NOTE =
  "Thumbwheel ships with a very small model: it knows its help-desk world, and says so when asked about anything else.";

const state = {
  assistants: [],
  assistant: null,
  conversation: null, // id, once something was said
  parent: "", // the answer that the next message follows, "" at the beginning
  running: null, // {abort, stop} of what is being generated
  retry: null, // what "Try again" does
};

// -- telling --

function showProblem(error, retry = null) {
  const lost = error instanceof TypeError;
  $("problem-text").textContent = lost ? "The server cannot be reached." : error.message;
  $("problem").hidden = false;
  $("retry").hidden = !retry;
  state.retry = retry;
}

function clearProblem() {
  $("problem").hidden = true;
  state.retry = null;
}

const announce = (words) => ($("status").textContent = words);

/** Does something a button asked for; tells what went wrong and lets the caller know it did. */
async function telling(work) {
  try {
    const result = await work();
    clearProblem();
    return result;
  } catch (error) {
    showProblem(error);
    throw error;
  }
}

// -- choosing --

async function start() {
  $("model-note").textContent = MODEL_NOTE;
  try {
    state.assistants = await api.listAssistants();
  } catch (error) {
    return showProblem(error, start);
  }
  clearProblem();
  $("assistant").replaceChildren(...state.assistants.map((a) => el("option", { value: a.id, textContent: a.id })));
  const [name, conversation] = location.hash.slice(1).split("/");
  choose(state.assistants.find((a) => a.id === name) ?? state.assistants[0]);
  if (conversation) await restore(conversation);
}

function choose(assistant) {
  state.assistant = assistant;
  $("assistant").value = assistant.id;
  newChat();
}

/** The address names the conversation, so that a reload comes back to it. */
function setConversation(id, parent = "") {
  state.conversation = id;
  state.parent = parent;
  history.replaceState(null, "", `#${state.assistant.id}${id ? `/${id}` : ""}`);
}

/** Shows a stored conversation as it stands: the way from its beginning to its head. */
async function restore(id) {
  try {
    const [{ head, messages }, votes] = await Promise.all([api.getConversation(id), api.listFeedback(state.assistant.id)]);
    const byId = new Map(messages.map((m) => [m.id, m]));
    const path = [];
    for (let at = byId.get(head); at; at = byId.get(at.parent)) path.unshift(at);
    for (const message of path) showStored(message, votes);
    $("welcome").hidden = path.length > 0;
    setConversation(id, path.findLast((m) => m.role === "assistant")?.id);
    document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
  } catch (error) {
    if (error.status !== 404) showProblem(error, () => restore(id));
  }
}

function showStored(message, votes) {
  if (message.role !== "assistant") {
    $("log").append(el("div", { className: "turn" }, said(message.content)));
    return;
  }
  const answer = new Answer();
  answer.end(message);
  const vote = votes.find((v) => v.kind === "thumb" && v.target === message.response_id);
  answer.foot.append(rating(message.response_id, vote && { value: vote.body.value, id: vote.id }));
  if (vote?.shaped) answer.tell(`Your vote shaped ${vote.shaped}`);
  ($("log").lastChild ?? $("log")).append(answer.node);
}

function newChat() {
  if (state.running) {
    state.running.stop();
    finish(state.running);
  }
  setConversation(null);
  clearProblem();
  $("log").replaceChildren();
  const { id, description, examples } = state.assistant;
  $("welcome-name").textContent = id;
  $("welcome-text").textContent = description;
  $("examples").replaceChildren(
    ...examples.map((text) => el("button", { type: "button", textContent: text, onclick: () => send(text) })),
  );
  $("welcome").hidden = false;
  document.scrollingElement.scrollTop = 0;
  $("text").focus();
}

// -- saying --

async function send(text) {
  if (state.running || !text.trim()) return;
  clearProblem();
  $("welcome").hidden = true;
  const turn = el("div", { className: "turn" }, said(text));
  keepEnd(() => $("log").append(turn));
  $("text").value = "";
  fitText();
  await take(turn, text);
}

/** One turn, also again after a failure: what it showed before is replaced. */
async function take(turn, text) {
  while (turn.children.length > 1) turn.lastChild.remove();
  const mine = begin();
  try {
    if (!state.conversation) setConversation((await api.createConversation(state.assistant.id)).id);
    await ($("compare").checked ? answerTwice : answerOnce)(turn, text, mine);
  } catch (error) {
    leaveOff(turn);
    if (!mine.abort.signal.aborted) showProblem(error, () => take(turn, text));
  } finally {
    finish(mine);
  }
}

/** Keeps what was said before the failure; an empty answer goes. */
function leaveOff(turn) {
  for (const node of turn.querySelectorAll(".answer")) {
    node.setAttribute("aria-busy", "false");
    if (!node.querySelector(".text").textContent) node.remove();
  }
}

function begin() {
  const abort = new AbortController();
  const running = { abort, stopped: false, stop: () => abort.abort() };
  state.running = running;
  $("send").hidden = true;
  $("stop").hidden = false;
  announce("Answering");
  return running;
}

function finish(mine) {
  if (state.running !== mine) return;
  state.running = null;
  $("send").hidden = false;
  $("stop").hidden = true;
}

async function answerOnce(turn, text, running) {
  const { signal } = running.abort;
  const { conversation, parent } = state;
  const answer = new Answer();
  keepEnd(() => turn.append(answer.node));
  for await (const { event, data } of api.sendMessage(conversation, { content: text, parent }, signal)) {
    if (event === "start") running.stop = () => stopOne(running, conversation, data.response_id);
    else if (event === "delta") answer.add(data.text);
    else if (event === "error") throw new api.Problem(data.error.message);
    else if (event === "done") endOne(answer, data, running.stopped);
  }
}

/** Ends the generation, not only the reading: what was said so far is kept and can be rated. */
function stopOne(running, conversation, response) {
  running.stopped = true;
  api.stopAnswer(conversation, response).catch(() => running.abort.abort());
}

function endOne(answer, done, stopped) {
  answer.end(done);
  state.parent = done.message_id || state.parent;
  if (done.message_id) answer.foot.prepend(rating(done.response_id));
  answer.tell(versionName(done.version));
  announce(`${stopped ? "Stopped" : "Answer"}: ${answer.text.textContent}`);
  if (stopped && done.message_id) {
    // A hint for learning, not something the person waits for: its loss is no news.
    api.giveFeedback({ kind: "implicit", response_id: done.response_id, signal: "stop" }).catch(() => {});
  }
}

function rating(response_id, held) {
  return thumbs(
    (value) => telling(async () => (await api.giveFeedback({ kind: "thumb", response_id, value })).id),
    (id) => telling(() => api.takeBack(id)),
    held,
  );
}

async function answerTwice(turn, text, { abort }) {
  const answers = [new Answer("A"), new Answer("B")];
  const pair = el("div", { className: "pair" }, ...answers.map((a) => a.node));
  keepEnd(() => turn.append(pair));
  const body = { conversation: state.conversation, parent: state.parent, content: text, n: 2 };
  const ends = [];
  let comparison = "";
  for await (const { event, data } of api.compare(body, abort.signal)) {
    if (event === "start") comparison = data.comparison_id;
    else if (event === "delta") answers[data.candidate].add(data.text);
    else if (event === "candidate_done") answers[data.candidate].end((ends[data.candidate] = data));
    else if (event === "error") throw new api.Problem(data.error.message);
  }
  if (ends.some((end) => end.error)) throw new api.Problem("One answer broke off, so there is nothing to vote on.");
  state.parent = ends[0].message_id; // until the vote says otherwise
  const vote = ballot((choice) => telling(() => reveal(answers, comparison, choice)));
  keepEnd(() => pair.after(vote.node));
  vote.focus();
  announce("Two answers are complete. Which is better? A, B, T for a tie, X for both bad.");
}

async function reveal(answers, comparison_id, choice) {
  const before = state.parent;
  const { versions, message_ids } = await api.giveFeedback({ kind: "comparison", comparison_id, choice });
  const chosen = "ab".indexOf(choice);
  if (chosen >= 0 && message_ids.includes(before)) state.parent = message_ids[chosen];
  answers.forEach((answer, i) => {
    answer.tell(versionName(versions[i]));
    answer.node.classList.toggle("chosen", i === chosen);
  });
  announce(`Thank you. A was ${versionName(versions[0])}, B was ${versionName(versions[1])}.`);
  $("text").focus({ preventScroll: true });
}

// -- wiring --

function fitText() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

$("assistant").onchange = (event) => choose(state.assistants.find((a) => a.id === event.target.value));
$("new").onclick = newChat;
$("stop").onclick = () => state.running?.stop();
$("dismiss").onclick = clearProblem;
$("retry").onclick = () => {
  const again = state.retry;
  clearProblem();
  again?.();
};
$("composer").onsubmit = (event) => {
  event.preventDefault();
  send($("text").value);
};
$("text").oninput = fitText;
$("text").onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
};

start();
