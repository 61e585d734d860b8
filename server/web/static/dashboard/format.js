// Numbers and times for people. Pure.
import { versionName, words } from "../words.js";

const { locale } = words;
const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }); // as weeks are counted
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
const since = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** Times are in seconds since the epoch. */
export const when = (at) => date.format(at * 1000);
export const day = (at) => days.format(at * 1000);
export const time = (at) => clock.format(at * 1000);
export const count = (n) => whole.format(n);
export const number = (x) => (x === null || x === undefined ? "–" : Math.abs(x) >= 1e4 ? x.toExponential(1) : short.format(x));
export const percent = (x) => `${Math.round(100 * x)}\u00a0%`;

export function ago(at) {
  const seconds = at - Date.now() / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return since.format(Math.round(seconds / size), unit);
}

export function lasting(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS.at(-1);
  const n = seconds / size;
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: n < 10 && size > 1 ? 1 : 0 }).format(n).replace(" ", "\u00a0");
}

/** A share's 95 % interval (Wilson 1927), null of nothing. */
export function share(won, n) {
  if (!n) return null;
  const value = won / n, z2 = 1.96 ** 2;
  const middle = (value + z2 / (2 * n)) / (1 + z2 / n);
  const half = (1.96 / (1 + z2 / n)) * Math.sqrt((value * (1 - value)) / n + z2 / (4 * n * n));
  return { value, low: middle - half, high: middle + half, n };
}

export { versionName as label } from "../words.js";
/** A text of the server's, its versions as the page calls them. */
export const plain = (text) => text.replace(/'?([\w-]+-p\d{6,}-[0-9a-f]{8})'?/g, (found, version) => versionName(version));

/** What people said of each version over a timeline's buckets: {version: {wins, thumbs}}, each a share or null. */
export function standing({ buckets }) {
  const sums = {};
  for (const { by_version } of buckets)
    for (const [version, told] of Object.entries(by_version ?? {}))
      for (const [what, n] of Object.entries(told)) (sums[version] ??= {})[what] = (sums[version][what] ?? 0) + n;
  return Object.fromEntries(Object.entries(sums).map(([version, s]) => {
    const { up = 0, down = 0, wins = 0, losses = 0, ties = 0 } = s;
    return [version, { thumbs: share(up, up + down), wins: share(wins + ties / 2, wins + losses + ties) }];
  }));
}
