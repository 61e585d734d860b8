// The page: which assistant, which conversation, what is being said now.
import * as api from "./api.js";
import { $, Answer, ballot, el, keepEnd, said, thumbs, versionName } from "./view.js";

const MODEL_NOTE =
  "Shipped with a very small model that knows its help-desk world, and says so when asked about anything else.";

const state = {
  assistants: [],
  assistant: null,
  conversation: null, // id, once something was said
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
  const known = state.assistants.find((a) => a.id === location.hash.slice(1));
  choose(known ?? state.assistants[0]);
}

function choose(assistant) {
  state.assistant = assistant;
  $("assistant").value = assistant.id;
  history.replaceState(null, "", `#${assistant.id}`);
  newChat();
}

function newChat() {
  state.running?.stop();
  state.conversation = null;
  clearProblem();
  $("log").replaceChildren();
  const { id, description, examples } = state.assistant;
  $("welcome-name").textContent = id;
  $("welcome-text").textContent = description;
  $("examples").replaceChildren(
    ...examples.map((text) => el("button", { type: "button", textContent: text, onclick: () => send(text) })),
  );
  $("welcome").hidden = false;
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
    state.conversation ??= (await api.createConversation(state.assistant.id)).id;
    await ($("compare").checked ? answerTwice : answerOnce)(turn, text, mine);
  } catch (error) {
    if (!mine.abort.signal.aborted) showProblem(error, () => take(turn, text));
  } finally {
    finish(mine);
  }
}

function begin() {
  const abort = new AbortController();
  const running = { abort, stop: () => abort.abort() };
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

async function answerOnce(turn, text, { abort }) {
  const answer = new Answer();
  keepEnd(() => turn.append(answer.node));
  let response = "";
  for await (const { event, data } of api.sendMessage(state.conversation, { content: text }, abort.signal)) {
    if (event === "start") response = data.response_id;
    else if (event === "delta") answer.add(data.text);
    else if (event === "error") throw new api.Problem(data.error.message);
    else if (event === "done") endOne(answer, data);
  }
}

function endOne(answer, done) {
  answer.end(done);
  const about = { kind: "thumb", response_id: done.response_id };
  answer.foot.prepend(
    thumbs(
      (value) => telling(async () => (await api.giveFeedback({ ...about, value })).id),
      (id) => telling(() => api.takeBack(id)),
    ),
  );
  answer.tell(versionName(done.version));
  announce("Answer complete");
}

async function answerTwice(turn, text, { abort }) {
  const answers = [new Answer("A"), new Answer("B")];
  const pair = el("div", { className: "pair" }, ...answers.map((a) => a.node));
  keepEnd(() => turn.append(pair));
  const body = { model: state.assistant.id, conversation: state.conversation, content: text, n: 2 };
  let comparison = "";
  for await (const { event, data } of api.compare(body, abort.signal)) {
    if (event === "start") comparison = data.comparison_id;
    else if (event === "delta") answers[data.candidate].add(data.text);
    else if (event === "candidate_done") answers[data.candidate].end(data);
    else if (event === "error") throw new api.Problem(data.error.message);
  }
  const vote = ballot((choice) => telling(() => reveal(answers, comparison, choice)));
  keepEnd(() => pair.after(vote.node));
  vote.focus();
  announce("Two answers are complete. Which is better? A, B, T for a tie, X for both bad.");
}

async function reveal(answers, comparison_id, choice) {
  const { versions } = await api.giveFeedback({ kind: "comparison", comparison_id, choice });
  answers.forEach((answer, i) => {
    answer.tell(versionName(versions[i]));
    answer.node.classList.toggle("chosen", choice === "ab"[i]);
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
