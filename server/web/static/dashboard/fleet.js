// Which replicas answer, what each has loaded, and which workers learn.
import { api, card, el, empty, label, lasting, live, page, table, tag, words } from "./kit.js";

const EVERY_S = 5;
const heard = (age) => (age === null ? "–" : age < 1 ? words.justNow : words.past({ time: lasting(age) }));

export default async function fleet({ signal }) {
  const draw = ({ replicas, workers }) => [
    card(words.replicas, replicas.length ? table(words.replicas, [words.replica, words.state, words.loaded, [words.inFlight, "n"], words.heard, words.error], replicas.map((r) => [
      el("span", { title: r.url }, r.id), tag(r.ready ? words.ready : words.notReady, r.ready ? "good" : "bad"), r.versions.length ? el("span", { className: "row" }, ...r.versions.map((v) => el("span", { className: "tag", title: v }, `${v.split("-p")[0]} ${label(v)}`))) : "–", r.in_flight, heard(r.age_s), r.error || "–",
    ])) : empty(words.noReplicas)),
    card(words.workers, workers.length ? table(words.workers, [words.worker, words.queues, words.heard], workers.map((w) => [w.name, w.queues.join(", "), heard(w.age_s)])) : empty(words.noWorkers)),
  ];
  return page(words.fleet, { lead: words.fleetLead }, await live(signal, EVERY_S, () => api.fleet(signal), draw));
}
