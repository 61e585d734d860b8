// What stands in tables: the fleet, and an assistant's versions, runs, leaderboard and audit log.
import { at, card, count, el, empty, interval, label, lasting, link, listing, live, moment, note, number, page, passed, percent, ruling, standing, state, tab, table, version, when, words } from "./parts.js";

/** What people say of each of `all`. */
export function standings(title, name, all, stands) {
  const said = (v) => [interval(stands[v]?.wins), interval(stands[v]?.thumbs)];
  const rows = all.map((v) => [link(at(name, "versions", v.name), label(v.name), { title: v.name }), state(v.state), moment(v.created), version(name, v.parent), ...said(v.name)]);
  if (all.length && stands.base) rows.push([label("base"), "–", "–", "–", ...said("base")]);
  return listing(title, "versions", rows, words.noVersions, link(at(name), words.whyNot));
}

export async function versions({ api, name }) {
  const [all, told] = await Promise.all([api.versions(name), api.timeline(name)]);
  return tab(name, "versions", words.versionsLead, standings(words.versions, name, all, standing(told)));
}

export async function runs({ api, name, signal }) {
  const row = (r) => [
    link(at(name, "runs", r.id), when(r.created)), state(ruling(r.verdict?.decision) ?? r.state),
    r.ended ? lasting(r.ended - r.created) : percent(r.fraction), version(name, r.version), r.verdict?.reason ?? r.reason,
  ];
  const draw = (all) => listing(words.runs, "runs", all.map(row), words.noRuns, link(at(name), words.whyNot));
  return tab(name, "runs", words.runsLead, await live(signal, () => api.runs(name), draw));
}

const rank = ({ rank: first, last_rank: last }) => (first === last ? first : `${first} – ${last}`);

/** Which version people prefer, at equal style. */
export async function leaderboard({ api, name }) {
  const { entries, style, votes, people } = await api.leaderboard(name);
  const rows = entries.map((e) => [
    version(name, e.version), rank(e), e.version === e.against ? words.measured : interval(e.win_rate), label(e.against), count(e.votes), count(e.wins), count(e.losses),
  ]);
  const alone = entries.length < 2 && empty(words.noBoard, link(`/#${name}`, words.tryChat));
  if (!rows.length) return tab(name, "leaderboard", words.boardLead, alone);
  const worth = Object.entries(style).map(([what, e]) => [what, number(e.value), words.range({ low: number(e.low), high: number(e.high) })]);
  return tab(name, "leaderboard", words.boardLead,
    card(words.leaderboard, alone || table("leaderboard", rows), note(words.restsOn({ n: votes, people: words.persons({ n: people }) }))),
    card(words.style, note(words.styleLead), table("style", worth)));
}

/** What is new of "champion=support-p000001-1a2b3c4d previous=base candidate=": champion v1, before the base model. */
const told = (change) => [...change.matchAll(/\b(\w+)=(\S+)/g)].flatMap(([, what, is]) => words.changes[what] ? `${words.changes[what]} ${label(is)}` : []).join(", ");

/** Who changed what, and why. */
export async function audit({ api, name, signal }) {
  const row = (e) => [when(e.at), e.by, words.states[e.action] ?? e.action, e.reason, told(e.change)];
  const draw = (all) => listing(words.audit, "audit", all.map(row), words.noAudit, link(at(name), name));
  return tab(name, "audit", words.auditLead, await live(signal, () => api.audit(name), draw));
}

const heard = (age) => (age === null ? "–" : age < 1 ? words.justNow : words.past({ time: lasting(age) }));

/** Which replicas answer, what each has loaded, and which workers learn. */
export async function fleet({ api, signal }) {
  const loaded = (v) => el("span.tag", { title: v }, `${v.split("-p")[0]} ${label(v)}`);
  const replica = (r) => [
    el("span", { title: r.url }, r.id), passed(r.ready, [words.ready, words.notReady]), r.versions.length ? el("span.row", r.versions.map(loaded)) : "–",
    r.in_flight, heard(r.age_s), r.error || "–",
  ];
  const worker = (w) => [w.name, w.queues.join(", "), heard(w.age_s)];
  const draw = ({ replicas, workers }) => [
    listing(words.replicas, "replicas", replicas.map(replica), words.noReplicas),
    listing(words.workers, "workers", workers.map(worker), words.noWorkers),
  ];
  return page(words.fleet, { lead: words.fleetLead }, await live(signal, api.fleet, draw));
}
