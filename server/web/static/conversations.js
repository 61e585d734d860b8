// The list of conversations: searched, renamed, deleted.
import * as api from "./api.js";
import { $, announce, button, confirmed, el } from "./dom.js";
import { explain } from "./http.js";
import { chat as words, common } from "./strings.js";

const PAGE = 40;
const ALL = 200;

export class Conversations {
  #limit = PAGE;
  #asked = 0;

  /** `removed(id)` hears of a deletion. */
  constructor(removed) {
    this.removed = removed;
    this.current = "";
    this.found = [];
    let timer = 0;
    $("search").oninput = () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.refresh().then(() => announce(words.found(this.found.length))), 150);
    };
  }

  mark(id) {
    this.current = id;
    for (const link of $("list").querySelectorAll("a")) {
      if (link.dataset.id === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  /** Asks anew; of two questions under way, the later one's answer is shown. */
  async refresh() {
    const mine = ++this.#asked;
    try {
      const found = await api.listConversations($("search").value.trim(), this.#limit);
      if (mine === this.#asked) this.#show(found);
    } catch (error) {
      const again = button(common.retry, () => this.refresh());
      $("list").replaceChildren(el("li", { className: "problem" }, el("span", { textContent: explain(error) }), again));
    }
  }

  #show(found) {
    this.found = found;
    const rows = found.map((c) => this.#row(c));
    if (found.length === PAGE) rows.push(el("li", {}, button(words.more, () => {
      this.#limit = ALL;
      this.refresh();
    }, { className: "quiet" })));
    if (!found.length) rows.push(el("li", { className: "none soft small", textContent: $("search").value ? words.noMatch : words.noneYet }));
    $("list").replaceChildren(...rows);
    this.mark(this.current);
  }

  #row({ id, model, title }) {
    const name = title || words.untitled;
    const link = el("a", { href: `#${model}/${id}` }, el("span", { className: "title", textContent: name }), el("span", { className: "of", textContent: model }));
    link.dataset.id = id;
    const row = el("li", {}, link,
      button(words.rename(name), () => this.#rename(row, id, title), { sign: "edit" }),
      button(words.remove(name), () => this.#remove(row, id, name), { sign: "bin" }));
    return row;
  }

  #rename(row, id, title) {
    const field = el("input", { type: "text", value: title, maxLength: 200, "aria-label": words.newTitle });
    const end = async (keep) => {
      field.onblur = null;
      try {
        if (keep && field.value.trim() && field.value !== title) await api.renameConversation(id, field.value);
      } catch (error) {
        announce(explain(error));
      }
      await this.refresh();
      $("list").querySelector(`a[data-id="${id}"]`)?.focus();
    };
    field.onkeydown = (event) => {
      if (event.key === "Enter") end(true);
      if (event.key === "Escape") end(false);
      if (["Enter", "Escape"].includes(event.key)) event.preventDefault();
    };
    field.onblur = () => end(true);
    row.replaceChildren(field);
    field.select();
  }

  async #remove(row, id, name) {
    const sure = await confirmed({ title: words.removeTitle, text: words.removeText(name), yes: words.removeYes, no: common.cancel, danger: true });
    if (!sure) return;
    try {
      await api.deleteConversation(id);
      announce(words.removed);
    } catch (error) {
      if (error.status !== 404) return announce(explain(error));
    }
    row.remove();
    this.removed(id);
    $("search").focus();
    await this.refresh();
  }
}
