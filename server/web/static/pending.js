// What this tab has open: answers being read and votes not given, by conversation. It outlives a reload.

const NAME = "tw.pending";

const all = () => JSON.parse(sessionStorage.getItem(NAME) ?? "{}");
const put = (next) => sessionStorage.setItem(NAME, JSON.stringify(next));

export const find = (conversation) => all()[conversation];
export const keep = (conversation, what) => put({ ...all(), [conversation]: what });

const DRAFT = "tw.draft";

/** What somebody said whom the server sent away to sign in; told once. */
export const keepDraft = (text) => sessionStorage.setItem(DRAFT, text);

export function takeDraft() {
  const text = sessionStorage.getItem(DRAFT) ?? "";
  sessionStorage.removeItem(DRAFT);
  return text;
}

export function drop(conversation) {
  const { [conversation]: _, ...rest } = all();
  put(rest);
}
