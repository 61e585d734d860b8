// One answer: it grows, it ends, it can be copied.
import { announce, button, el, keepEnd, onFrame } from "./dom.js";
import { chat as words, common } from "./strings.js";

/** What people call a version: v43. */
export function versionName(version) {
  if (version === "base") return common.base;
  const number = /-p0*(\d+)-/.exec(version)?.[1];
  return number ? `v${number}` : version;
}

export class Answer {
  #waiting = "";
  #grown = document.createTextNode("");

  constructor(name = words.answer) {
    this.source = ""; // as the model wrote it
    this.text = el("div", { className: "text" }, this.#grown);
    this.foot = el("div", { className: "foot" });
    this.node = el("article", { className: "answer", "aria-label": name, "aria-busy": "true" }, this.text, this.foot);
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
  end({ html = "", text, finish_reason: why }) {
    keepEnd(() => {
      this.#grow();
      this.source = text ?? this.source;
      if (html) {
        this.text.innerHTML = html;
        this.text.classList.add("rich");
        for (const block of this.text.querySelectorAll("pre")) addCopy(block);
      }
      this.node.setAttribute("aria-busy", "false");
      if (words.ends[why]) this.tell(words.ends[why]);
    });
  }

  tell(said, title = "") {
    this.foot.append(el("span", { className: "tag", textContent: said, title }));
  }
}

function addCopy(block) {
  const code = block.textContent;
  block.tabIndex = 0; // it may scroll
  block.before(el("div", { className: "code" }, copyButton(words.copyCode, () => code)));
  block.previousSibling.prepend(block);
}

/** `after` is told once something was copied. */
export function copyButton(name, text, after = () => {}) {
  const node = button(name, async () => {
    const done = await copy(text());
    node.classList.toggle("done", done);
    setTimeout(() => node.classList.remove("done"), 1500);
    announce(done ? words.copied : words.notCopied);
    if (done) after();
  }, { sign: "copy" });
  return node;
}

/** The clipboard's own way exists only on https and localhost. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { value: text, className: "sr", readOnly: true });
    const before = document.activeElement;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus();
    return done;
  }
}
