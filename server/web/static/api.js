// The API as the page uses it. Every failure is a Problem with words for people.
import { follow } from "./sse.js";

export class Problem extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

async function request(method, path, { body, headers = {}, signal } = {}) {
  const options = { method, headers: { ...headers }, signal };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  if (response.ok) return response;
  // The session is over: sign in, and come back.
  if (response.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.hash)}`);
  const told = await response.json().catch(() => null);
  throw new Problem(told?.error?.message ?? `The server answered ${response.status}.`, response.status);
}

const json = async (...args) => (await request(...args)).json();

export const listAssistants = async () => (await json("GET", "/v1/assistants")).data;
export const createConversation = (model) => json("POST", "/v1/conversations", { body: { model } });
export const getConversation = (id) => json("GET", `/v1/conversations/${id}`);

export const listFeedback = async (assistant) => (await json("GET", `/v1/feedback?assistant=${assistant}`)).data;

export const stopAnswer = (conversation, response) =>
  json("DELETE", `/v1/conversations/${conversation}/messages/${response}`);

/** Says something; yields start, delta, done or error, across broken lines. */
export function sendMessage(conversation, body, signal) {
  const path = `/v1/conversations/${conversation}/messages`;
  const open = (seen) =>
    seen
      ? request("GET", path, { headers: { "Last-Event-ID": seen }, signal })
      : request("POST", path, { body, signal });
  return follow(open, ["done", "error"], signal);
}

/** Asks for two blind answers. Not resumable: a broken line is a failure. */
export function compare(body, signal) {
  let opened = false;
  const open = () => {
    if (opened) throw new Problem("The connection broke. Try again.");
    opened = true;
    return request("POST", "/v1/comparisons", { body, signal });
  };
  return follow(open, ["done", "error"], signal);
}

const ATTEMPTS = 4;

/** Stores one opinion. One key for all attempts, so that a retry never counts twice. */
export async function giveFeedback(body) {
  const key = randomKey();
  for (let attempt = 1; ; attempt++) {
    try {
      return await json("POST", "/v1/feedback", { body, headers: { "Idempotency-Key": key } });
    } catch (error) {
      const passing = error instanceof TypeError || error.status === 503;
      if (!passing || attempt === ATTEMPTS) throw error;
      await new Promise((resume) => setTimeout(resume, 300 * 2 ** attempt));
    }
  }
}

export const takeBack = (id) => json("DELETE", `/v1/feedback/${id}`);

// randomUUID exists only on https and localhost; this page also lives on plain http.
const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
