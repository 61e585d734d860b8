// The list of conversations: searched, renamed, deleted.
import * as api from "./api.js";
import { $, announce, button, confirmed, el, name, problem, stamp } from "./dom.js";
import { explain } from "./http.js";
import { words } from "./words.js";

const FIRST = 40;
const MORE = 200; // as many as the API gives at once

/** The last used first, `limit` of them where there are so many. */
export async function find(query = "", limit = Infinity) {
  const found = [];
  for (let left = limit; left; left = limit - found.length) {
    const n = Math.min(left, MORE);
    const page = await api.listConversations(query, n, found.at(-1)?.updated);
    found.push(...page);
    if (page.length < n) break;
  }
  return found;
}

export class Conversations {
  current = "";
  #limit = FIRST;
  #asked = 0;

  /** `removed(id)` hears of a deletion. */
  constructor(removed) {
    this.removed = removed;
    let timer = 0;
    $("search").oninput = () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const n = await this.refresh();
        if (n >= 0) announce(words.found({ n }));
      }, 150);
    };
  }

  /** A search that does not have what is shown now is over. */
  mark(id) {
    const changed = id !== this.current;
    this.current = id;
    this.#mark();
    if (!changed || !$("search").value || $("list").querySelector("[aria-current]")) return;
    $("search").value = "";
    this.refresh();
  }

  #mark() {
    for (const link of $("list").querySelectorAll("a")) link.ariaCurrent = link.dataset.id === this.current ? "page" : null;
  }

  /** Asks anew; resolves to how many are shown, to nothing where another answer is awaited or a title written. */
  async refresh() {
    const mine = ++this.#asked;
    const query = $("search").value.trim();
    const found = await find(query, this.#limit).catch((error) => error);
    if (mine !== this.#asked || $("list").querySelector("input:enabled")) return;
    if (Array.isArray(found)) this.#show(found, query);
    else $("list").replaceChildren(this.#problem(found, words.retry, () => this.refresh()));
    return found.length;
  }

  #problem = (error, ...way) => el("li", problem(explain(error), ...way));

  #show(found, query) {
    const more = async () => {
      this.#limit += MORE;
      await this.refresh();
      $("list").querySelectorAll("a")[found.length]?.focus();
    };
    const rows = found.map((conversation) => this.#row(conversation));
    if (found.length === this.#limit) rows.push(el("li", button(words.more, more, { className: "quiet" })));
    if (!found.length) rows.push(el("li.soft.small", query ? words.noMatch : words.noneYet));
    $("list").replaceChildren(...rows);
    this.#mark();
  }

  #row({ id, model, title }) {
    const { node, link, of, text, rename, remove } = stamp("t-row");
    const said = title || words.untitled;
    link.href = `#${model}/${id}`;
    link.dataset.id = id;
    text.textContent = said;
    of.textContent = model;
    name(rename, words.rename({ title: said }));
    name(remove, words.remove({ title: said }));
    rename.onclick = () => this.#rename(node, id, title);
    remove.onclick = () => this.#remove(id, said);
    return node;
  }

  #rename(row, id, title) {
    const field = el("input", { type: "text", dir: "auto", value: title, maxLength: 200, ariaLabel: words.newTitle });
    const end = async (keep) => {
      field.onblur = null;
      field.disabled = true;
      const wanted = keep && field.value.trim() && field.value !== title;
      const sent = wanted && api.renameConversation(id, field.value);
      await this.#after(sent);
      $("list").querySelector(`[data-id="${id}"]`)?.focus();
    };
    field.onkeydown = ({ key, isComposing }) => {
      if (!isComposing && ["Enter", "Escape"].includes(key)) end(key === "Enter");
    };
    field.onblur = () => end(true);
    row.replaceChildren(field);
    field.select();
  }

  async #remove(id, title) {
    if (!(await confirmed({ title: words.removeTitle, text: words.removeText({ title }), yes: words.removeYes }))) return;
    const done = await this.#after(api.deleteConversation(id));
    $("search").focus();
    if (!done) return;
    announce(words.removed);
    this.removed(id);
  }

  /** Shows the list as it is after a change, or that it failed; resolves to whether it did not. */
  async #after(change) {
    const failed = await Promise.resolve(change).then(() => null, (error) => this.#problem(error));
    await this.refresh();
    if (failed) $("list").prepend(failed);
    return !failed;
  }
}
