// Every word the pages say, in English; a translation replaces this file. One export a page, beside
// what all pages share. Where something is filled in, the entry is a function.

export const common = {
  product: "Thumbwheel",
  retry: "Try again",
  dismiss: "Dismiss",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  undo: "Undo",
  loading: "Loading",
  toChat: "Chat",
  toDashboard: "Dashboard",
  base: "the base model",
  offline: "The server cannot be reached. Check your connection, then try again.",
  denied: "This needs a key or a role that you do not have. Ask whoever runs this installation.",
  unknownPerson: "You are not signed in here, or no longer. Reload the page; if that does not help, ask whoever runs this installation.",
  slowDown: (seconds) => `That was more than the server allows in this time. Try again in ${seconds} s.`,
  failed: (status) => `The server answered ${status} without saying why. Try again; if it stays so, tell whoever runs it.`,
};
