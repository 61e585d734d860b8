// One answer: it grows, it ends, it can be copied.
import { announce, el, keepEnd, name, onFrame, stamp } from "./dom.js";
import { tell } from "./notice.js";
import { words } from "./words.js";

export class Answer {
  source = ""; // as the model wrote it
  #waiting = "";
  #grown = document.createTextNode("");

  constructor(letter = "") {
    Object.assign(this, stamp("t-answer"));
    name(this.node, letter ? words.letter({ letter }) : words.answer);
    if (letter) this.node.prepend(el("h2.letter", letter));
    this.node.classList.toggle("card", Boolean(letter));
    this.text.append(this.#grown);
  }

  /** One write a frame, however many pieces come. */
  add(piece) {
    this.source += piece;
    if (!this.#waiting) onFrame(() => this.#grow());
    this.#waiting += piece;
  }

  #grow() {
    this.#grown.appendData(this.#waiting);
    this.#waiting = "";
  }

  /** `html` was sanitised by the server; none: what came so far stays. */
  end({ html, text = this.source, finish_reason: why }) {
    keepEnd(() => {
      this.#grow();
      this.source = text;
      if (html) this.text.innerHTML = html;
      this.text.classList.toggle("rich", Boolean(html));
      for (const block of this.text.children) block.dir = "auto";
      for (const table of this.text.querySelectorAll("table")) table.tabIndex = 0; // it may scroll
      this.text.querySelectorAll("pre").forEach(addCopy);
      this.node.ariaBusy = "false";
      if (words.ends[why]) this.tell(words.ends[why]);
    });
  }

  tell(said, title = "") {
    this.foot.append(el("span.tag", { textContent: said, title }));
  }
}

function addCopy(block) {
  const { node, copy } = stamp("t-code");
  const code = block.textContent;
  copy.onclick = () => copyText(copy, code);
  block.tabIndex = 0; // it may scroll
  block.replaceWith(node);
  node.prepend(block);
}

/** True when it is on the clipboard; the browser's own way exists only on https and localhost. */
export async function copyText(button, text) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = el("textarea", { value: text, className: "sr" });
    button.after(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
    button.focus();
  }
  button.classList.toggle("done", done);
  setTimeout(() => button.classList.remove("done"), 1500);
  if (done) announce(words.copied);
  else tell(words.notCopied);
  return done;
}
