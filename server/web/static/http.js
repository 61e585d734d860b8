// Requests to the API, and what their failures mean in words for people. Shared by every page.
import { words } from "./words.js";

const LOGIN = "/login";

/** The API said no. `status` is HTTP's, `waitS` how long it asks to wait, `code` its own word. */
export class Problem extends Error {
  constructor(message, { status = 0, waitS = 0, code = "" } = {}) {
    super(message);
    this.status = status;
    this.waitS = waitS;
    this.code = code;
  }
}

/** The line broke: nobody knows what became of the request. */
export class Lost extends Error {}

/** Raises Problem, or Lost; what `signal` aborts stays an AbortError. */
export async function request(method, path, { body, headers = {}, signal } = {}) {
  const options = { method, headers: { ...headers }, signal };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options).catch((error) => {
    throw signal?.aborted ? error : new Lost();
  });
  if (response.ok) return response;
  // The session is over: sign in, and come back.
  if (response.status === 401 && location.pathname !== LOGIN) {
    location.assign(`${LOGIN}?next=${encodeURIComponent(location.pathname + location.hash)}`);
  }
  const told = (await response.json().catch(() => null))?.error ?? {};
  const waitS = Number(response.headers.get("Retry-After")) || 0;
  throw new Problem(told.message ?? "", { status: response.status, waitS, code: told.code ?? "" });
}

export const json = async (...args) => (await request(...args)).json();
export const get = (path, signal) => json("GET", path, { signal });
export const list = async (path, signal) => (await get(path, signal)).data;
export const remove = (path) => json("DELETE", path);

/** The person's name and scopes. */
export const whoAmI = () => get("/v1/me");

/** What happened and what to do. */
export function explain(error) {
  if (error instanceof Lost) return words.offline;
  const { status, waitS, message } = error;
  if (status === 429) return words.slowDown({ seconds: waitS || 1 });
  if (status === 401) return words.unknownPerson;
  if (status === 403) return words.denied;
  return message || words.unexplained({ status });
}
