// The chat page: which assistant, which conversation, the box to write in.
import * as api from "./api.js";
import { Conversations } from "./conversations.js";
import { $, announce, button, el } from "./dom.js";
import { explain, whoAmI } from "./http.js";
import * as pending from "./pending.js";
import { openPrivacy } from "./privacy.js";
import { describe, isNews } from "./shaped.js";
import { Talk } from "./talk.js";
import { words } from "./words.js";

const state = { assistants: [], talk: null, running: new Map(), opening: 0 };
const page = document.scrollingElement;
const SLOW_MS = 200;
const list = new Conversations((id) => id === state.talk?.id && startAnew());

const hooks = {
  changed(talk) {
    if (talk.running && talk.id) state.running.set(talk.id, talk);
    if (!talk.running) state.running.delete(talk.id);
    if (talk === state.talk) showRunning();
  },
  named(talk) {
    state.running.set(talk.id, talk);
    if (talk === state.talk) setAddress(talk);
  },
  asked: () => list.refresh(),
  async ended(talk, version) {
    const { champion } = talk.assistant;
    if (version === champion || version === "base") return;
    state.assistants = await api.listAssistants().catch(() => state.assistants);
    talk.assistant = find(talk.assistant.id);
    if (talk.assistant.champion !== champion) await tellNews(talk);
  },
  voted: () => $("text").focus({ preventScroll: true }),
  gone(text) {
    startAnew();
    $("text").value = text;
    fitText();
  },
};

const find = (name) => state.assistants.find((a) => a.id === name);

// -- telling --

function tell(problem, retry) {
  $("problem").hidden = !problem;
  $("problem-text").textContent = problem;
  $("retry").hidden = !retry;
  $("retry").onclick = () => {
    tell("");
    retry();
  };
}

/** A quiet note when another version answers than the person met here last. */
async function tellNews({ assistant: { id, champion } }) {
  if (!isNews(id, champion)) return;
  const told = await describe(id, champion).catch(() => "");
  $("news").hidden = !told;
  $("news-text").textContent = words.news({ told });
}

// -- choosing --

async function start() {
  for (const n of [1, 2, 3, 4]) $("count").append(new Option(words.count({ n }), n));
  try {
    state.assistants = await api.listAssistants();
  } catch (error) {
    return tell(explain(error), () => location.reload());
  }
  if (!state.assistants.length) return tell(words.noAssistants, start);
  for (const id of ["new", "privacy", "send"]) $(id).disabled = false;
  await Promise.all([follow(), list.refresh()]);
  const { scopes } = await whoAmI();
  $("to-dashboard").hidden = !scopes.includes("view");
}

/** The address names assistant and conversation: #support/conv_... */
async function follow() {
  const [name, id] = location.hash.slice(1).split("/");
  const assistant = find(name) ?? state.assistants[0];
  $("side").hidePopover?.();
  if (!id) return show(new Talk(assistant, hooks));
  if (id === state.talk?.id) return;
  if (state.running.has(id)) return show(state.running.get(id));
  await restore(assistant, id);
}

async function restore(assistant, id) {
  const mine = ++state.opening;
  const slow = setTimeout(wait, SLOW_MS, true);
  try {
    const [stored, votes] = await Promise.all([api.getConversation(id), api.listFeedback(assistant.id)]);
    if (mine !== state.opening) return;
    const talk = new Talk(find(stored.model) ?? assistant, hooks, stored, new Map(votes.map((v) => [`${v.kind}:${v.target}`, v])));
    const open = pending.find(id);
    if (open) talk.resume(open);
    talk.render();
    show(talk);
  } catch (error) {
    if (mine !== state.opening) return;
    wait(false);
    if (error.status !== 404) return tell(explain(error), () => restore(assistant, id));
    startAnew(assistant);
    tell(words.goneHere);
  } finally {
    clearTimeout(slow);
  }
}

/** What is shown is not yet what was asked for. */
function wait(busy) {
  document.querySelector("main").ariaBusy = busy;
  $("loading").hidden = !busy;
}

function show(talk) {
  state.opening++;
  wait(false);
  if (state.talk) state.talk.draft = $("text").value;
  else talk.draft ||= $("text").value; // typed while the page was loading
  tell("");
  $("news").hidden = true;
  state.talk = talk;
  document.title = `${talk.assistant.id} - ${words.product}`;
  $("log").replaceChildren(talk.node);
  $("text").value = talk.draft || pending.takeDraft();
  fitText();
  list.mark(talk.id);
  showRunning();
  toEnd();
  if (talk.empty) welcome(talk.assistant);
  tellNews(talk);
  if (matchMedia("(pointer: fine)").matches) $("text").focus({ preventScroll: true });
}

/** For some frames: what is drawn late, because it was out of sight, moves the end. */
function toEnd(frames = 6) {
  page.scrollTop = page.scrollHeight;
  if (frames) requestAnimationFrame(() => toEnd(frames - 1));
}

function startAnew(assistant = state.talk?.assistant ?? state.assistants[0]) {
  const talk = new Talk(assistant, hooks);
  setAddress(talk);
  show(talk);
}

function setAddress({ assistant, id }) {
  history[id ? "replaceState" : "pushState"](null, "", `#${assistant.id}` + (id && `/${id}`));
  list.mark(id);
}

// -- before anything is said --

function welcome({ id, description, examples, champion }) {
  $("who").replaceChildren(...state.assistants.map((a) => {
    const box = el("input", { type: "radio", name: "who", value: a.id, checked: a.id === id });
    box.onchange = () => {
      startAnew(a);
      $("who").querySelector(":checked").focus();
    };
    return el("label.who.card", box, el("b", a.id), el("span", a.description));
  }));
  $("examples-of").textContent = words.tryWith({ name: id });
  $("examples").replaceChildren(...examples.map((text) => el("li", button(text, () => say(text)))));
  $("made").textContent = "";
  describe(id, champion).then((told) => {
    if (state.talk.assistant.id === id) $("made").textContent = told;
  }, () => {}); // a note that nobody waits for
}

// -- saying --

function say(text) {
  const { talk } = state;
  if (!talk) return; // not before the page knows its assistants
  if (talk.running) return announce(words.wait);
  if (!text.trim()) return;
  tell("");
  $("text").value = "";
  fitText();
  talk.say(text, { n: Number($("count").value) });
  toEnd();
}

function showRunning() {
  const { talk } = state;
  $("welcome").hidden = !talk.empty;
  $("talking").hidden = talk.empty;
  $("talking").textContent = talk.assistant.id;
  $("send").hidden = Boolean(talk.running);
  $("stop").hidden = !talk.running;
}

function fitText() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

// -- wiring --

$("new").onclick = () => {
  startAnew();
  $("side").hidePopover?.();
};
$("stop").onclick = () => state.talk.running?.stop();
$("dismiss").onclick = () => tell("");
$("news-close").onclick = () => ($("news").hidden = true);
$("privacy").onclick = () => openPrivacy(state.assistants, () => {
  startAnew();
  list.refresh();
});
$("mine-close").onclick = () => $("mine").close();
$("to-end").onclick = () => toEnd();
new IntersectionObserver((seen) => ($("to-end").hidden = seen.at(-1).isIntersecting), { rootMargin: "200px" }).observe($("end"));
$("composer").onsubmit = (event) => {
  event.preventDefault();
  say($("text").value);
};
$("text").oninput = fitText;
addEventListener("keydown", (event) => {
  const elsewhere = event.target.closest(".rewrite, #list, dialog, :popover-open");
  if (event.key === "Escape" && !elsewhere) state.talk?.running?.stop();
});
addEventListener("popstate", follow);
addEventListener("offline", () => announce(words.offline));

history.scrollRestoration = "manual";
start();
