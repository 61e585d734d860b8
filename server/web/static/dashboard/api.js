// The calls that the dashboard makes.
import { json, request, whoAmI } from "../http.js";
import { follow } from "../sse.js";

const of = (name, rest = "") => `/v1/assistants/${encodeURIComponent(name)}${rest}`;
const list = async (path, signal) => (await json("GET", path, { signal })).data;
const part = encodeURIComponent;

export const assistants = (signal) => list("/v1/assistants", signal);
export const assistant = (name, signal) => json("GET", of(name), { signal });
export const versions = (name, signal, limit = 200) => list(of(name, `/versions?limit=${limit}`), signal);
export const report = (name, version, signal) => json("GET", of(name, `/versions/${part(version)}/report`), { signal });
export const runs = (name, signal, limit = 100) => list(of(name, `/runs?limit=${limit}`), signal);
export const trials = (name, signal) => list(of(name, "/trials?limit=20"), signal);
export const trial = (name, version, signal) => json("GET", of(name, `/trials/${part(version)}`), { signal });
export const audit = (name, signal) => list(of(name, "/audit?limit=500"), signal);
export const leaderboard = (name, signal) => json("GET", of(name, "/leaderboard"), { signal });
export const timeline = (name, bucket, signal) => json("GET", of(name, `/timeline?bucket=${bucket}`), { signal });
export const feedback = (name, query, signal) => json("GET", of(name, `/feedback?${query}`), { signal });
export const conversation = (name, id, signal) => json("GET", of(name, `/conversations/${part(id)}`), { signal });
export const fleet = (signal) => json("GET", "/v1/fleet", { signal });
export const run = (id, signal) => json("GET", `/v1/runs/${part(id)}`, { signal });
export const cancel = (id) => json("DELETE", `/v1/runs/${part(id)}`);
/** `what`: promote, rollback, hold, resume or retrain. */
export const act = (name, what, body) => json("POST", of(name, `/${what}`), { body });

/** Yields progress and, last, the verdict. */
export const follows = (id, signal) =>
  follow((seen) => request("GET", `/v1/runs/${part(id)}/events`, { headers: seen ? { "Last-Event-ID": seen } : {}, signal }),
    ["verdict", "error"], { signal });

let mine = [];
/** Whether whoever looks has a scope. */
export const may = (scope) => mine.includes(scope);
export const learnScopes = async () => (mine = (await whoAmI()).scopes);
