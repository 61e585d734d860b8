// The API as the chat page uses it.
import { Lost, get, json, list, remove } from "./http.js";
import { follow } from "./sse.js";

const LAST = ["done", "error"];

export const listAssistants = () => list("/v1/models");
export const getVersion = (assistant, name) => get(`/v1/assistants/${assistant}/versions/${name}`);

/** What was to be removed is not there. */
const isGone = (error) => {
  if (error.status !== 404) throw error;
  return true;
};

const CHATS = "/v1/conversations";
/** The last used first; `before` is when the one above them was used. */
export const listConversations = (q, limit, before) => list(`${CHATS}?${new URLSearchParams({ q, limit, ...(before && { before }) })}`);
export const createConversation = (model, signal) => json("POST", CHATS, { body: { model }, signal });
export const getConversation = (id) => get(`${CHATS}/${id}`);
export const renameConversation = (id, title) => json("PATCH", `${CHATS}/${id}`, { body: { title } });
export const deleteConversation = (id) => remove(`${CHATS}/${id}`).catch(isGone);
export const stopAnswer = (id, response) => remove(`${CHATS}/${id}/messages/${response}`);

/** Says something: start, delta, done or error. */
export const readAnswer = (id, body, how) => follow(`${CHATS}/${id}/messages`, LAST, { body, ...how });

const SIDES = "/v1/comparisons";
/** Asks for several blind answers: start, delta and candidate_done of each `candidate`, done or error. */
export const readSides = (body, how) => follow(SIDES, LAST, { body, ...how });
export const stopSides = (id) => remove(`${SIDES}/${id}`);

const FEEDBACK = "/v1/feedback";
export const listFeedback = (assistant = "") => list(FEEDBACK + (assistant && `?assistant=${assistant}`));
/** Takes back an opinion; what has replaced it on another page, of this `kind` on this `target`, too. */
export async function takeBack(id, kind, target) {
  const gone = await remove(`${FEEDBACK}/${id}`).then(() => false, isGone);
  const other = gone && (await listFeedback()).find((one) => one.kind === kind && one.target === target);
  if (other) await remove(`${FEEDBACK}/${other.id}`);
}

const ATTEMPTS = 4;

/** Stores one opinion. One key for all attempts, so that a retry never counts twice. */
export async function giveFeedback(body) {
  const key = randomKey();
  for (let attempt = 1; ; attempt++) {
    try {
      return await json("POST", FEEDBACK, { body, headers: { "Idempotency-Key": key } });
    } catch (error) {
      const passing = error instanceof Lost || error.status === 503;
      if (!passing || attempt === ATTEMPTS) throw error;
      await new Promise((resume) => setTimeout(resume, 300 * 2 ** attempt));
    }
  }
}

/** What a person did, as a hint for learning: nobody waits for it, and its loss is no news. */
export const hint = (response_id, signal) => giveFeedback({ kind: "implicit", response_id, signal }).catch(() => {});

const ME = "/v1/users/me";
export const getConsent = () => get(`${ME}/consent`);
export const putConsent = (consent, assistants) => json("PUT", `${ME}/consent`, { body: { consent, assistants } });
export const eraseMe = () => remove(ME);

// randomUUID exists only on https and localhost; this page also lives on plain http.
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
