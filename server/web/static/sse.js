// Server-sent events over fetch: EventSource can neither POST nor show an error's body.

/** Yields {id, event, data} of one response's body; a partial last event is dropped, as the standard says. */
export async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
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

const RETRIES = 5;

/**
 * Yields a stream's events until one of `last`, reconnecting behind the last id seen when the line breaks.
 * `open(lastEventId)` makes the request and throws what should not be tried again.
 */
export async function* follow(open, last, signal) {
  let seen = "";
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await open(seen);
      if (response.status === 204) return; // nothing behind what was seen
      for await (const event of readEvents(response)) {
        if (event.id) seen = event.id;
        attempt = 0;
        yield event;
        if (last.includes(event.event)) return;
      }
      throw new TypeError("The stream ended early");
    } catch (error) {
      const broken = error instanceof TypeError; // what fetch and readers throw when the line breaks
      if (signal.aborted || !broken || !seen || attempt >= RETRIES) throw error;
      await new Promise((resume) => setTimeout(resume, 250 * 2 ** attempt));
    }
  }
}
