"""`python -m benchmarks.gateways.load URL MODEL LOAD`: streams answers, prints what was heard.

LOAD and what is printed are `Load` and `Heard` as JSON. It says "open" when every stream of the
last round has had its first content, for whoever looks at memory then.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from dataclasses import asdict
from typing import Any, Final

import aiohttp
import uvloop

from benchmarks.gateways import Heard, Load

CONTENT: Final = re.compile(rb'"content": ?"(?!")')
"""Of a chunk that says something."""
END: Final = b"data: [DONE]"
TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_read=120.0)


class Listener:
    def __init__(self, url: str, model: str, load: Load) -> None:
        self._url, self._load = f"{url}/v1/chat/completions", load
        system = [{"role": "system", "content": load.system}] if load.system else []
        question = {"role": "user", "content": "How long do I have to return something?"}
        self._body: dict[str, Any] = {
            "model": model,
            "stream": True,
            "messages": [*system, question],
            "max_tokens": load.chunks,
            "temperature": load.pause_ms / 100,
        }
        self.first_ms: list[float] = []
        self.chunks = 0
        self.dropped = 0

    async def listen(self, session: aiohttp.ClientSession, number: int) -> None:
        await asyncio.sleep(self._load.ramp_s * number / self._load.streams)
        for _ in range(self._load.rounds):
            try:
                whole = await self._stream(session, f"reader{number}")
            except (aiohttp.ClientError, TimeoutError, AssertionError):
                whole = False
            self.dropped += not whole

    async def _stream(self, session: aiohttp.ClientSession, user: str) -> bool:
        began, heard, tail = time.perf_counter(), 0, b""
        async with session.post(
            self._url, json=self._body, headers={"X-Thumbwheel-User": user}
        ) as reply:
            assert reply.status == 200, await reply.text()
            async for data in reply.content.iter_any():
                whole, _, tail = (tail + data).rpartition(b"\n\n")
                said = len(CONTENT.findall(whole))
                if said and not heard:
                    self._say_first(time.perf_counter() - began)
                heard += said
                if END in whole:
                    self.chunks += heard
                    return heard == self._load.chunks or not self._load.exact
        return False

    def _say_first(self, seconds: float) -> None:
        self.first_ms.append(seconds * 1e3)
        if len(self.first_ms) == self._load.streams * self._load.rounds:
            sys.stdout.write("open\n")
            sys.stdout.flush()


async def listen(url: str, model: str, load: Load) -> Heard:
    listener = Listener(url, model, load)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as session:
        began = time.perf_counter()
        await asyncio.gather(*(listener.listen(session, n) for n in range(load.streams)))
        seconds = time.perf_counter() - began
    return Heard(seconds, listener.chunks, listener.dropped, listener.first_ms)


def main(url: str, model: str, load: str) -> None:
    raise_file_limit()
    heard = uvloop.run(listen(url, model, Load(**json.loads(load))))
    sys.stdout.write(json.dumps(asdict(heard)) + "\n")


def raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main(*sys.argv[1:])
