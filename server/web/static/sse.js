// Server-sent events over fetch: EventSource can neither POST nor show an error's body.
import { Lost, request } from "./http.js";

/** Yields {id, event, data} of one response's body; a last event that was cut off is dropped. */
async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new Lost();
      });
      if (done) return;
      const blocks = (buffer + value).split("\n\n");
      buffer = blocks.pop();
      for (const block of blocks) {
        const { data, ...event } = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
        if (data) yield { ...event, data: JSON.parse(data) }; // else it was a sign of life
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

const RETRIES = 6;
const PASSING = [502, 503, 504];

/**
 * Yields a stream's events until one of `last`, reconnecting behind the last id seen when the line
 * breaks; `onLost` is told when it does (true) and when events come again (false). `body` is posted,
 * unless `seen` says behind which event to begin.
 */
export async function* follow(path, last, { body, signal, seen = "", onLost = () => {} }) {
  for (let attempt = 0; ; attempt++) {
    try {
      const asked = seen ? { headers: { "Last-Event-ID": seen } } : { body };
      const response = await request(asked.body ? "POST" : "GET", path, { ...asked, signal });
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

/** For so long; off-line, until the browser is back. Not longer than somebody wants it. */
const pause = (ms, signal) =>
  new Promise((resume) => {
    setTimeout(() => navigator.onLine && resume(), ms);
    addEventListener("online", resume, { once: true });
    signal.addEventListener("abort", resume, { once: true });
  });
