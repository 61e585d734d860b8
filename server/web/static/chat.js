// The chat page: which assistant, which conversation, the box to write in.
import * as api from "./api.js";
import * as box from "./box.js";
import { Conversations } from "./conversations.js";
import { $, button, el } from "./dom.js";
import { explain, whoAmI } from "./http.js";
import { tell, untell } from "./notice.js";
import * as pending from "./pending.js";
import { openPrivacy } from "./privacy.js";
import { describe, isNews } from "./shaped.js";
import { Talk } from "./talk.js";
import { words } from "./words.js";

const state = { assistants: [], talk: null, running: new Map(), opening: 0, busy: false };
const SLOW_MS = 200;
const KEYS = matchMedia("(pointer: fine)"); // a keyboard on the glass would come up
const list = new Conversations((id) => id === state.talk?.id && startAnew());

const hooks = {
  changed(talk) {
    if (talk.running && talk.id) state.running.set(talk.id, talk);
    if (!talk.running) state.running.delete(talk.id);
    if (talk === state.talk) showRunning();
    if (talk === state.talk && !state.busy) box.keep(talk.unsaid);
    else if (talk.unsaid) {
      box.giveBack(talk.id, talk.unsaid);
      tell(words.unsaid);
    }
  },
  named(talk) {
    state.running.set(talk.id, talk);
    if (talk !== state.talk || state.busy) return;
    box.becomes(talk.id);
    setAddress(talk);
  },
  answers: () => Number($("count").value),
  asked: () => list.refresh(),
  async ended(talk, version) {
    const { champion } = talk.assistant;
    if (version === champion || version === "base") return;
    state.assistants = await api.listAssistants().catch(() => state.assistants);
    talk.assistant = find(talk.assistant.id);
    if (talk.assistant.champion !== champion) await tellNews(talk);
  },
  voted: () => $("text").focus({ preventScroll: true }),
  unsaid: box.giveBack,
  gone(text) {
    startAnew();
    box.giveBack("", text);
  },
};

const find = (name) => state.assistants.find((a) => a.id === name);

/** A quiet note when another version answers than the person met here last. */
async function tellNews({ assistant: { id, champion } }) {
  if (!isNews(id, champion)) return;
  const told = await describe(id, champion).catch(() => "");
  $("news").hidden = !told;
  $("news-text").textContent = words.news({ told });
}

// -- choosing --

async function start() {
  wait(true);
  for (const n of [1, 2, 3, 4]) $("count").append(new Option(words.count({ n }), n));
  const failed = await api.listAssistants().then((found) => {
    state.assistants = found;
    if (!found.length) return words.noAssistants;
  }, explain);
  if (failed) {
    wait(false);
    return tell(failed, () => location.reload());
  }
  for (const id of ["new", "privacy", "send"]) $(id).disabled = false;
  await Promise.all([follow(), list.refresh()]);
  const { scopes } = await whoAmI();
  $("to-dashboard").hidden = !scopes.includes("view");
}

/** The address names assistant and conversation: #support/conv_... */
function follow() {
  const [name, id = ""] = location.hash.slice(1).split("/");
  const assistant = find(name);
  if (state.talk && name && !assistant && !id) return setAddress(state.talk); // a place in the page
  $("side").hidePopover?.();
  if (!id) return show(new Talk(assistant ?? state.assistants[0], hooks));
  if (id === state.talk?.id) return arrive();
  if (state.running.has(id)) return show(state.running.get(id));
  return restore(assistant ?? state.assistants[0], id);
}

async function restore(assistant, id) {
  const mine = ++state.opening, { hash } = location;
  wait(true);
  box.turnTo(id);
  try {
    const [stored, votes] = await Promise.all([api.getConversation(id), api.listFeedback(assistant.id)]);
    if (mine !== state.opening) return;
    const talk = new Talk(find(stored.model) ?? assistant, hooks, stored, new Map(votes.map((v) => [`${v.kind}:${v.target}`, v])));
    const open = stored.answering ?? pending.find(id);
    if (open) talk.resume(open);
    talk.render();
    show(talk);
  } catch (error) {
    if (mine !== state.opening) return;
    const text = $("text").value;
    if (error.status === 404) {
      startAnew(assistant);
      box.giveBack("", text);
      return tell(words.goneHere);
    }
    if (state.talk) arrive();
    else wait(false);
    tell(explain(error), () => {
      history.replaceState(null, "", hash);
      follow();
    });
  }
}

/** What is shown is not yet what was asked for; told where that takes a while. */
function wait(busy) {
  const told = () => {
    document.querySelector("main").ariaBusy = busy;
    $("loading").hidden = !busy;
  };
  state.busy = busy;
  clearTimeout(state.slow);
  state.slow = busy ? setTimeout(told, SLOW_MS) : told();
}

/** What was asked for is what is shown. */
function arrive() {
  state.opening++;
  wait(false);
  tell("");
  state.talk.forget(); // the words are in the box
  box.turnTo(state.talk.id);
  setAddress(state.talk);
  showRunning();
}

function show(talk) {
  state.talk = talk;
  $("news").hidden = true;
  document.title = `${talk.assistant.id} - ${words.product}`;
  $("log").replaceChildren(talk.node);
  arrive();
  if (talk.empty) welcome(talk.assistant);
  else toEnd();
  tellNews(talk);
  if (KEYS.matches) $("text").focus({ preventScroll: true });
}

/** For some frames: what is drawn late, because it was out of sight, moves the end. */
function toEnd(frames = 6) {
  scrollTo(0, document.scrollingElement.scrollHeight);
  if (frames) requestAnimationFrame(() => state.talk.empty || toEnd(frames - 1));
}

function startAnew(assistant = state.talk?.assistant ?? state.assistants[0]) {
  show(new Talk(assistant, hooks));
}

function setAddress({ assistant, id }) {
  history.replaceState(null, "", `#${assistant.id}` + (id && `/${id}`));
  list.mark(id);
}

// -- before anything is said --

function welcome({ id, examples, champion }) {
  $("who").replaceChildren(...state.assistants.map((a) => {
    const choice = el("input", { type: "radio", name: "who", value: a.id, checked: a.id === id });
    choice.onchange = () => {
      startAnew(a);
      $("who").querySelector(":checked").focus();
    };
    return el("label.who.card", choice, el("b", a.id), el("span", a.description));
  }));
  $("examples-of").textContent = words.tryWith({ name: id });
  $("examples").replaceChildren(...examples.map((text) => el("li", button(text, () => say(text)))));
  $("made").textContent = "";
  describe(id, champion).then((told) => {
    if (state.talk.assistant.id === id) $("made").textContent = told;
  }, () => {}); // a note that nobody waits for
  scrollTo(0, 0);
}

// -- saying --

function say(text) {
  const { talk, busy } = state;
  if (!text.trim() || !(talk || busy)) return;
  if (busy || talk.running) return tell(busy ? words.opening : words.wait);
  tell("");
  if (text === $("text").value) box.write("");
  talk.say(text);
  toEnd();
}

/** The focus stays on the page when what had it is gone. */
function showRunning() {
  const { talk } = state, at = document.activeElement;
  $("welcome").hidden = !talk.empty;
  $("talking").hidden = talk.empty;
  $("talking").textContent = talk.assistant.id;
  $("send").hidden = Boolean(talk.running);
  $("stop").hidden = !talk.running;
  if (!talk.running) untell(words.wait);
  const lost = at === document.body ? talk.running : !at.getClientRects().length;
  if (lost) $(KEYS.matches ? "text" : talk.running ? "stop" : "send").focus({ preventScroll: true });
}

// -- wiring --

$("new").onclick = () => {
  if (box.whose) history.pushState(null, "");
  startAnew();
  $("side").hidePopover?.();
};
$("stop").onclick = () => state.talk.running?.stop();
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
document.querySelector(".skip").onclick = (event) => {
  event.preventDefault();
  $("text").focus();
};
addEventListener("keydown", (event) => {
  const elsewhere = event.target.closest(".rewrite, #list, dialog, :popover-open");
  if (event.key === "Escape" && !elsewhere) state.talk?.running?.stop();
});
addEventListener("popstate", follow);
addEventListener("offline", () => tell(words.offline));
addEventListener("online", () => untell(words.offline));

history.scrollRestoration = "manual";
start();
