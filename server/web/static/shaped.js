// What feedback made of a version, and how much of it was one's own: told quietly, and only as it is.
import { getVersion, listFeedback } from "./api.js";
import { versionName, versionNumber, words } from "./words.js";

const VOTES = ["comparison", "ranking", "thumb", "edit"];

/** "support v43: shaped by 64 votes, 3 of them yours"; the base model was shaped by nobody. */
export async function describe(assistant, version) {
  const name = `${assistant} ${versionName(version)}`;
  if (version === "base") return words.unshaped({ assistant });
  // Whom the server lets only chat is told no figures.
  const known = await Promise.all([getVersion(assistant, version), listFeedback(assistant)]).catch((error) => {
    if (error.status !== 403) throw error;
  });
  if (!known) return words.shapedBySome({ name });
  const [{ data, people }, own] = known;
  const opinions = data.counts?.opinions ?? {};
  const votes = VOTES.reduce((sum, kind) => sum + (opinions[kind] ?? 0), 0);
  if (!votes) return words.shapedBySome({ name });
  const mine = own.filter((v) => VOTES.includes(v.kind) && isIn(v.shaped ?? v.tested, version)).length;
  return words.shaped({ name, votes: words.votes({ n: votes }), people: words.people({ n: people }), n: mine });
}

/** A version is made of all votes that made one before it, as far as they still hold. */
const isIn = (first, version) => Boolean(first) && versionNumber(first) <= versionNumber(version);

/** Whether somebody who was here before meets another version now. Asked once: then it is seen. */
export function isNews(assistant, version) {
  const seen = `tw.seen.${assistant}`, before = localStorage.getItem(seen);
  localStorage.setItem(seen, version);
  return Boolean(before) && before !== version;
}
