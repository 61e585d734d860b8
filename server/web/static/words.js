// What the page says, out of words.json: the one file that a translation replaces. A page has words of its
// own (data-words) beside those that all share. Where {something} is filled in, an entry is a function of
// it; where a number `n` decides, there is a form for that number or for its plural category.
import { name } from "./dom.js";

// Fetched, as JSON modules are younger than some browsers in use; words are there before who imports this runs.
const { common, ...pages } = await (await fetch("/static/words.json")).json();
const plural = new Intl.PluralRules(common.locale);

export const words = ready({ ...common, ...pages[document.body.dataset.words] });

function ready(entry) {
  if (typeof entry === "string") return entry.includes("{") ? (values) => fillIn(entry, values) : entry;
  if (entry.other) return (values) => fillIn(entry[values.n] ?? entry[plural.select(values.n)] ?? entry.other, values);
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, ready(value)]));
}

const fillIn = (text, values) =>
  text.replace(/\{(\w+)\}/g, (place, what) => values[what]?.toLocaleString(common.locale) ?? console.error(`words.json: nobody said what ${place} is in: ${text}`));

/** Several things in one line. */
export const listed = (things) => new Intl.ListFormat(words.locale, { type: "unit" }).format(things);

// What people call a version.

/** Of `support-p000042-1a2b3c4d` 42, of the base model 0. */
export const versionNumber = (version) => Number(/-p(\d+)-/.exec(version)?.[1] ?? 0);

/** Of the same v42. */
export const versionName = (version) =>
  version === "base" ? words.base : versionNumber(version) ? `v${versionNumber(version)}` : version;

/**
 * Puts words where the document asks for them, templates included: data-say (text), data-label
 * (aria-label, and title of a button), data-hint (placeholder). Until then nothing is seen.
 */
function fill(root) {
  const each = (what, put) => root.querySelectorAll(`[data-${what}]`).forEach((node) => put(node, words[node.dataset[what]]));
  each("say", (node, said) => (node.textContent = said));
  each("hint", (node, said) => (node.placeholder = said));
  each("label", name);
  for (const template of root.querySelectorAll("template")) fill(template.content);
}

fill(document);
document.documentElement.lang = words.locale;
