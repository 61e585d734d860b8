// What this tab has open: answers being read and votes not given, by conversation. It outlives a reload.

const name = (conversation) => `tw.pending.${conversation}`;

export const find = (conversation) => JSON.parse(sessionStorage.getItem(name(conversation)));
export const keep = (conversation, what) => sessionStorage.setItem(name(conversation), JSON.stringify(what));
export const drop = (conversation) => sessionStorage.removeItem(name(conversation));

const DRAFT = "tw.draft";

/** What somebody said whom the server sent away to sign in; told once. */
export const keepDraft = (text) => sessionStorage.setItem(DRAFT, text);

export function takeDraft() {
  const text = sessionStorage.getItem(DRAFT) ?? "";
  sessionStorage.removeItem(DRAFT);
  return text;
}
