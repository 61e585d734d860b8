// The list of conversations: searched, renamed, deleted.
import * as api from "./api.js";
import { $, announce, button, confirmed, el, name, problem, stamp } from "./dom.js";
import { explain } from "./http.js";
import { words } from "./words.js";

const FIRST = 40;
const MORE = 200; // as many as the API gives at once

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
      timer = setTimeout(async () => announce(words.found({ n: await this.refresh() })), 150);
    };
  }

  mark(id = this.current) {
    this.current = id;
    for (const link of $("list").querySelectorAll("a")) link.ariaCurrent = link.dataset.id === id ? "page" : null;
  }

  /** Asks anew; of two questions under way, the later one's answer is shown. */
  async refresh() {
    const mine = ++this.#asked;
    const query = $("search").value.trim();
    try {
      const found = await this.#find(query);
      if (mine === this.#asked) this.#show(found, query);
      return found.length;
    } catch (error) {
      $("list").replaceChildren(el("li", problem(explain(error), words.retry, () => this.refresh())));
    }
  }

  async #find(query) {
    const found = [];
    for (let left = this.#limit; left; left = this.#limit - found.length) {
      const n = Math.min(left, MORE);
      const page = await api.listConversations(query, n, found.at(-1)?.updated);
      found.push(...page);
      if (page.length < n) break;
    }
    return found;
  }

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
    this.mark();
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
    const field = el("input", { type: "text", value: title, maxLength: 200, ariaLabel: words.newTitle });
    const end = async (keep) => {
      field.onblur = null;
      const wanted = keep && field.value.trim() && field.value !== title;
      if (wanted) await api.renameConversation(id, field.value).catch((error) => announce(explain(error)));
      await this.refresh();
      $("list").querySelector(`[data-id="${id}"]`)?.focus();
    };
    field.onkeydown = ({ key }) => {
      if (["Enter", "Escape"].includes(key)) end(key === "Enter");
    };
    field.onblur = () => end(true);
    row.replaceChildren(field);
    field.select();
  }

  async #remove(id, title) {
    if (!(await confirmed({ title: words.removeTitle, text: words.removeText({ title }), yes: words.removeYes }))) return;
    try {
      await api.deleteConversation(id);
      announce(words.removed);
    } catch (error) {
      announce(explain(error));
    }
    await this.refresh();
    $("search").focus();
    this.removed(id);
  }
}
