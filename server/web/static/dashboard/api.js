// The calls that the dashboard makes.
import { get, json, list, remove, whoAmI } from "../http.js";
import { follow } from "../sse.js";

const part = encodeURIComponent;
const of = (name, rest = "") => `/v1/assistants/${part(name)}${rest}`;

/** The calls of one view: what it reads is read no longer when `signal` says that it was left. */
export function calls(signal) {
  const one = (path) => get(path, signal);
  const all = (path) => list(path, signal);
  return {
    assistants: () => all("/v1/assistants"),
    assistant: (name) => one(of(name)),
    versions: (name, limit = 200) => all(of(name, `/versions?limit=${limit}`)),
    version: (name, version) => one(of(name, `/versions/${part(version)}`)),
    report: (name, version) => one(of(name, `/versions/${part(version)}/report`)),
    runs: (name, limit = 100) => all(of(name, `/runs?limit=${limit}`)),
    trials: (name) => all(of(name, "/trials?limit=20")),
    trial: (name, version) => one(of(name, `/trials/${part(version)}`)),
    audit: (name) => all(of(name, "/audit?limit=500")),
    leaderboard: (name) => one(of(name, "/leaderboard")),
    timeline: (name) => one(of(name, "/timeline?bucket=week")),
    conversation: (name, id) => one(of(name, `/conversations/${part(id)}`)),
    fleet: () => one("/v1/fleet"),
    run: (id) => one(`/v1/runs/${part(id)}`),
    /** Yields progress behind the event `seen` and, last, the verdict. */
    follow: (id, seen) => follow(`/v1/runs/${part(id)}/events`, ["verdict", "error"], { signal, seen }),
  };
}

export const findFeedback = (name, query, signal) => get(of(name, `/feedback?${query}`), signal);
export const cancel = (id) => remove(`/v1/runs/${part(id)}`);
/** `what`: promote, rollback, hold, resume or retrain. */
export const act = (name, what, body) => json("POST", of(name, `/${what}`), { body });

let mine = [];
/** Whether whoever looks has a scope. */
export const may = (scope) => mine.includes(scope);
export const learnScopes = async () => (mine = (await whoAmI()).scopes);
