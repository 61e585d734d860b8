"""What an operator waits for with a year of feedback: 5,000 opinions a day of 1,000 people, all but
the last day archived; `--quick`: of a month.

The answers themselves are not there: a page's excerpts are looked up and found gone.
"""

from __future__ import annotations

import asyncio
import random
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from httpx import ASGITransport, AsyncClient

from benchmarks.logs import ASSISTANT
from benchmarks.logs.crowd import Drawn
from core import keys
from core.feedback import FeedbackLog
from core.ids import new_id
from core.local import RedisServer
from core.records import Feedback
from core.settings import Settings
from core.store import Store, connect, wait_for_store
from server.app import create_app

A_DAY: Final = 5_000
PEOPLE: Final = 1_000
AT_ONCE: Final = 1_000
SLICE: Final = 20_000
DAY_S: Final = 86_400.0
TURNS: Final = 5
URL: Final = f"/v1/assistants/{ASSISTANT}"
QUESTIONS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "a year by week": (f"{URL}/timeline", {"bucket": "week"}),
    "90 days": (f"{URL}/timeline", {}),
    "a year by day": (f"{URL}/timeline", {"days": 365}),
    "48 hours": (f"{URL}/timeline", {"bucket": "hour"}),
    "a year by hour": (f"{URL}/timeline", {"bucket": "hour", "days": 365}),
    "newest 50 opinions": (f"{URL}/feedback", {}),
    "a person's": (f"{URL}/feedback", {"user": "person-7"}),
    "50 down, with a reason": (f"{URL}/feedback", {"kind": "thumb", "tag": "wrong"}),
    "what there is not": (f"{URL}/feedback", {"tag": "nothing has it"}),
}
Said = tuple[Feedback, str, list[str]]


def main(words: Sequence[str]) -> None:
    days = 30 if "--quick" in words else 365
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder), port) as server:
        asyncio.run(measure(server.url, Path(folder), days))


async def measure(redis_url: str, folder: Path, days: int) -> None:
    store = connect(redis_url)
    await wait_for_store(store, 10.0)
    settings = Settings(_env_file=None, redis_url=redis_url, state_dir=folder / "var")
    began = time.perf_counter()
    await fill(store, settings.artifacts, days)
    tell(f"{days * A_DAY:,} opinions in {time.perf_counter() - began:.0f} s")
    before = await used_bytes(store)
    await ask_all(settings, days)
    tell(f"Redis {before / 2**20:.0f} MiB, this process {peak_bytes() / 2**20:.0f} MiB at its peak")
    await store.close()


async def fill(store: Store, artifacts: str, days: int) -> None:
    """The last day through the log; the days before it archived, and counted as copies of it."""
    older = (said for some in draw(days - 1, 1) for said, _, _ in some)
    archive = Drawn(store, artifacts, older)
    while await archive.move(ASSISTANT, SLICE):
        pass
    log = FeedbackLog(store)
    for some in draw(1, 0):
        await log.append_all(some)
    await copy_day(store, days)


async def copy_day(store: Store, days: int) -> None:
    """Every bucket of the last day as many days before it."""
    name = keys.timeline(ASSISTANT)
    rows = await store.redis.hgetall(name)
    pipe = store.redis.pipeline(transaction=False)
    for field, row in rows.items():
        span, _, number = field.rpartition(":")
        step = 24 if span.endswith("hour") else 1
        for day in range(1, days if not span.endswith("week") else days // 7):
            pipe.hset(name, f"{span}:{int(number) - step * day}", row)
    await pipe.execute()


def draw(days: int, ended: int) -> Iterator[list[Said]]:
    """Of so many days until `ended` days ago; two versions are compared."""
    chance, end = random.Random(days), time.time() - ended * DAY_S
    pair = [f"{ASSISTANT}-p{number:06d}-00000000" for number in range(2)]
    chunk: list[Said] = []
    for number in range(days * A_DAY):
        at = end - days * DAY_S + number * DAY_S / A_DAY
        user = f"person-{chance.randrange(PEOPLE)}"
        said = {"tags": ["wrong"] if number % 100 == 0 else [], "comment": ""}
        if number % 4:
            body: dict[str, Any] = {"choice": chance.choice(["a", "b", "tie"]), **said}
            one = Feedback(new_id("fb"), "comparison", ASSISTANT, user, new_id("cmp"), at, body)
        else:
            body = {"value": chance.choice(["up", "down"]), **said}
            one = Feedback(new_id("fb"), "thumb", ASSISTANT, user, new_id("resp"), at, body)
        chunk.append((one, "", pair))
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    yield chunk


async def ask_all(settings: Settings, days: int) -> None:
    app = create_app(settings)
    transport = ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        for name, (path, asked) in QUESTIONS.items():
            asked = dict(asked)
            if asked.pop("days", None):
                asked["since"] = time.time() - days * DAY_S
            took = [await ask(client, path, asked) for _ in range(TURNS)]
            wall, busy = (sorted(each)[TURNS // 2] * 1e3 for each in zip(*took, strict=True))
            tell(f"{name:24} {wall:7.1f} ms, {busy:7.1f} ms of the API's processor time")


async def ask(client: AsyncClient, path: str, asked: dict[str, Any]) -> tuple[float, float]:
    """Seconds, and those that this process computed."""
    began, busy = time.perf_counter(), time.process_time()
    (await client.get(path, params=asked)).raise_for_status()
    return time.perf_counter() - began, time.process_time() - busy


async def used_bytes(store: Store) -> int:
    return int((await store.redis.info("memory"))["used_memory"])


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
