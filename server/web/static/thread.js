// A conversation as a tree of messages, and the one way through it that is shown. No elements.

export class Thread {
  #messages = new Map();
  #below = new Map(); // parent id, "" for beginnings -> ids
  #chosen = new Map(); // parent id -> the child that is shown

  constructor(messages = [], head = "") {
    for (const message of messages) this.add(message);
    for (let at = this.get(head); at; at = this.get(at.parent)) this.choose(at.id);
  }

  get = (id) => this.#messages.get(id);

  /** Shown from now on, where its parent is. */
  add(message) {
    const below = this.#below.get(message.parent) ?? [];
    if (!below.includes(message.id)) this.#below.set(message.parent, [...below, message.id]);
    this.#messages.set(message.id, message);
    this.choose(message.id);
  }

  choose(id) {
    this.#chosen.set(this.get(id).parent, id);
  }

  /** The messages shown, from the beginning. */
  path() {
    const found = [];
    for (let at = this.#chosen.get(""); at; at = this.#chosen.get(at)) found.push(this.get(at));
    return found;
  }

  /** Ids of a message's alternatives, itself among them. */
  alternatives = (id) => this.#below.get(this.get(id)?.parent) ?? [];

  answerTo = (id) => this.get(this.#chosen.get(id));

  said = (response) => [...this.#messages.values()].find((m) => m.response_id === response);
}
