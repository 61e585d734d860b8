// What this tab has open, by conversation: answers being read, votes not given, words not sent. It outlives a reload.

const name = (conversation) => `tw.pending.${conversation}`;

export const find = (conversation) => JSON.parse(sessionStorage.getItem(name(conversation)));
export const keep = (conversation, what) => sessionStorage.setItem(name(conversation), JSON.stringify(what));
export const drop = (conversation) => sessionStorage.removeItem(name(conversation));

const draft = (conversation) => `tw.draft.${conversation}`;

/** What was written in a conversation's box; "" is a new chat, with whomever. */
export const findDraft = (conversation) => sessionStorage.getItem(draft(conversation)) ?? "";
export const keepDraft = (conversation, text) => sessionStorage.setItem(draft(conversation), text);
