"""`python -m benchmarks.gateways.votes URL REDIS VOTERS EACH`: people who vote on answers, each
vote on disk before it is acknowledged; prints `Voted` as JSON.

The answers are put into the store as the API records them; votes go over HTTP, each with a key. At
the end the log is read again: what was acknowledged must be there.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Final

import aiohttp
import uvloop

from core.feedback import FeedbackLog
from core.messages import Messages
from core.records import Response
from core.responses import Responses
from core.store import Store, connect

ASSISTANT: Final = "support"


@dataclass(frozen=True, slots=True)
class Voted:
    seconds: float
    lost: int
    """Acknowledged, and not in the log."""
    took_ms: list[float] = field(default_factory=list)
    """From giving a vote to its acknowledgement, of each."""


async def seed(store: Store, voter: str, number: int) -> list[str]:
    """Ids of answers that ended well, of one person."""
    messages, responses = Messages(store), Responses(store)
    (asked,) = await messages.append(ASSISTANT, voter, "", [("user", "How long have I?")])
    (said,) = await messages.append(ASSISTANT, voter, asked.id, [("assistant", "30 days.")])
    records = [
        Response(
            id=f"resp_{voter}_{place}",
            assistant=ASSISTANT,
            version="base",
            user=voter,
            prompt=asked.id,
            sampling={},
            created=time.time(),
            status="done",
            message=said.id,
            finish_reason="stop",
        )
        for place in range(number)
    ]
    await responses.start(*records)
    for record in records:
        await responses.finish(record)
    return [record.id for record in records]


async def vote(session: aiohttp.ClientSession, voter: str, targets: list[str]) -> list[float]:
    took = []
    for target in targets:
        body = {"kind": "thumb", "response_id": target, "value": "up", "key": target}
        began = time.perf_counter()
        async with session.post(
            "/v1/feedback", json=body, headers={"X-Thumbwheel-User": voter}
        ) as reply:
            if reply.status != 201:
                raise RuntimeError(await reply.text())
        took.append((time.perf_counter() - began) * 1e3)
    return took


async def measure(url: str, redis_url: str, voters: int, each: int) -> Voted:
    store = connect(redis_url)
    connector = aiohttp.TCPConnector(limit=0)
    try:
        people = [f"voter{number}" for number in range(voters)]
        targets = [await seed(store, voter, each) for voter in people]
        async with aiohttp.ClientSession(url, connector=connector) as session:
            began = time.perf_counter()
            votes = [vote(session, *one) for one in zip(people, targets, strict=True)]
            took = [ms for some in await asyncio.gather(*votes) for ms in some]
            seconds = time.perf_counter() - began
        kept = {said.target async for said in FeedbackLog(store).read(ASSISTANT)}
        lost = sum(target not in kept for some in targets for target in some)
        return Voted(seconds, lost, took)
    finally:
        await store.close()


def main(url: str, redis_url: str, voters: str, each: str) -> None:
    voted = uvloop.run(measure(url, redis_url, int(voters), int(each)))
    sys.stdout.write(json.dumps(asdict(voted)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
