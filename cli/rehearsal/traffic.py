"""A light background of streaming chats, to see whether anybody notices a swap."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from cli.answers import StreamDropped
from cli.rehearsal.population import Population, Prompt
from core.errors import Unavailable

THINK_TIME_S: Final = 0.5
"""Between two chats of one person: this is a check, not a load test."""


@dataclass(slots=True)
class Streams:
    """What became of the streams so far. One that was refused with a 503 counts as dropped."""

    opened: int = 0
    dropped: int = 0
    causes: list[str] = field(default_factory=list)
    by_version: Counter[str] = field(default_factory=Counter)


@asynccontextmanager
async def keep_chatting(
    population: Population, prompts: Sequence[Prompt], chats: int
) -> AsyncIterator[Streams]:
    """`chats` people stream one answer after another; on leaving, open streams end first."""
    streams, stop = Streams(), asyncio.Event()
    tasks = [
        asyncio.create_task(_chat(population, prompts, count(first, chats), streams, stop))
        for first in range(chats)
    ]
    try:
        yield streams
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _chat(
    population: Population,
    prompts: Sequence[Prompt],
    turns: count[int],
    streams: Streams,
    stop: asyncio.Event,
) -> None:
    for turn in turns:
        await _stream_one(population, prompts[turn % len(prompts)], turn, streams)
        try:
            async with asyncio.timeout(THINK_TIME_S):
                await stop.wait()
        except TimeoutError:
            continue
        return


async def _stream_one(population: Population, prompt: Prompt, turn: int, streams: Streams) -> None:
    streams.opened += 1
    try:
        async with population.api.stream(
            population.assistant, prompt.messages, population.person(turn)
        ) as stream:
            async for _ in stream:
                pass
        streams.by_version[stream.version] += 1
    except (StreamDropped, Unavailable) as error:
        streams.dropped += 1
        streams.causes.append(error.message)
