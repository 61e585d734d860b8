// Server-sent events over fetch: EventSource can neither POST nor show an error's body.
import { Lost } from "./http.js";

/** Yields {id, event, data} of one response's body; a partial last event is dropped, as the standard says. */
export async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new Lost();
      });
      if (done) return;
      buffer += value;
      // A lone \r at the end may be half of a \r\n: keep it for the next round.
      const held = buffer.endsWith("\r") ? "\r" : "";
      const blocks = buffer.slice(0, buffer.length - held.length).replace(/\r\n?/g, "\n").split("\n\n");
      buffer = blocks.pop() + held;
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseBlock(block) {
  const found = { id: "", event: "message", data: null };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") found.data = found.data === null ? value : `${found.data}\n${value}`;
    else if (name === "id" || name === "event") found[name] = value;
  }
  return found.data === null ? null : { ...found, data: JSON.parse(found.data) };
}

const RETRIES = 6;
const PASSING = [502, 503, 504];

/**
 * Yields a stream's events until one of `last`, reconnecting behind the last id seen when the line
 * breaks; `onLost` is told when it does (true) and when events come again (false). `open(seen)`
 * makes the request and throws what should not be tried again. `seen`: where to begin.
 */
export async function* follow(open, last, { signal, seen = "", onLost = () => {} }) {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await open(seen);
      if (response.status === 204) return; // nothing behind what was seen
      for await (const event of readEvents(response)) {
        if (attempt) onLost(false);
        attempt = 0;
        if (event.id) seen = event.id;
        yield event;
        if (last.includes(event.event)) return;
      }
      throw new Lost();
    } catch (error) {
      const passing = error instanceof Lost || PASSING.includes(error.status);
      if (signal.aborted || !passing || !seen || attempt >= RETRIES) throw error;
      onLost(true);
      await pause(250 * 2 ** attempt, signal);
    }
  }
}

/** For so long; off-line, until the browser is back. Never longer than somebody wants it. */
function pause(ms, signal) {
  return new Promise((resume) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resume();
    };
    const timer = setTimeout(() => navigator.onLine && done(), ms);
    addEventListener("online", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
