// The box to write in, and whose words are in it: those of the conversation shown, or about to be shown; "" is a new one.
import { $ } from "./dom.js";
import * as pending from "./pending.js";

const field = $("text");
const joined = (...texts) => texts.filter(Boolean).join("\n\n");

let unsaid = ""; // what could not be sent and still stands above
export let whose = location.hash.split("/")[1] ?? "";

/** What is not sent outlives a reload, and what could not be. */
export function keep(failed = unsaid) {
  unsaid = failed;
  pending.keepDraft(whose, joined(unsaid, field.value));
}

export function write(text) {
  if (field.value !== text) field.value = text; // else the caret would move
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
  keep();
}

/** Shows what was written in another conversation's. */
export function turnTo(id) {
  whose = id;
  unsaid = "";
  write(pending.findDraft(id));
}

/** The new conversation has a name. */
export function becomes(id) {
  pending.keepDraft(whose, "");
  whose = id;
  keep();
}

/** What was not said goes back to where it was written. */
export function giveBack(id, text) {
  if (id === whose) write(joined(text, field.value));
  else pending.keepDraft(id, joined(text, pending.findDraft(id)));
}

field.oninput = () => write(field.value);
write(field.value || pending.findDraft(whose)); // typed while the page was loading
