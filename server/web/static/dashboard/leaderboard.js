// Which version people prefer, at equal style.
import { api, card, count, empty, interval, label, link, note, number, tab, table, version, words } from "./kit.js";

export default async function leaderboard({ name, signal }) {
  const found = await api.leaderboard(name, signal);
  const rows = found.entries.map((e) => [version(name, e.version), e.rank, e.version === e.against ? words.measured : interval(e.win_rate), label(e.against), count(e.votes), count(e.wins), count(e.losses)]);
  const style = Object.entries(found.style).map(([what, e]) => [what, number(e.value), words.range({ low: number(e.low), high: number(e.high) })]);
  const heads = [words.version, [words.rank, "n"], words.equalStyle, words.against, [words.votes, "n"], [words.won, "n"], [words.lost, "n"]];
  const nodes = rows.length ? [card(words.leaderboard, table(words.leaderboard, heads, rows), note(words.restsOn({ votes: count(found.votes), people: count(found.people) }))), card(words.style, note(words.styleLead), table(words.style, [words.difference, [words.logOdds, "n"], words.interval], style))]
    : [empty(words.noBoard, link(`/#${name}`, words.tryChat))];
  return tab(name, "leaderboard", words.boardLead, ...nodes);
}
