// What this tab has open: answers being read and votes not given, by conversation. It outlives a reload.

const NAME = "tw.pending";

const all = () => JSON.parse(sessionStorage.getItem(NAME) ?? "{}");
const put = (next) => sessionStorage.setItem(NAME, JSON.stringify(next));

export const find = (conversation) => all()[conversation];
export const keep = (conversation, what) => put({ ...all(), [conversation]: what });

export function drop(conversation) {
  const { [conversation]: _, ...rest } = all();
  put(rest);
}
