"""The application behind uvicorn with a stand-in for vLLM, and a worker beside it."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.logs import JsonLines
from core.records import Run
from core.settings import Settings
from core.store import Store
from tests.server.conftest import Live, run_live
from tests.server.upstream import Upstream, run_upstream
from tests.worker.conftest import ASSISTANTS, Fleet
from tests.worker.people import People
from worker.context import Context, make_context
from worker.run import do_run

TESTS_OWN = ("httpx", "uvicorn.access", "aiohttp.access")
"""Loggers of the tests' client and stand-ins; the product's processes have none of them."""
TRAINER = Path(__file__).with_name("traced_trainer.py")


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with run_upstream() as running:
        yield running


@pytest.fixture
def served(settings: Settings, upstream: Upstream, tmp_path: Path) -> Settings:
    """Of an API and a worker that share one store."""
    declared = tmp_path / "assistants.toml"
    declared.write_text(ASSISTANTS)
    changes = {
        "vllm_urls": upstream.url,
        "assistants_file": declared,
        "trainer_command": f"{sys.executable} {TRAINER}",
        "load_timeout_s": 30.0,
    }
    return settings.model_copy(update=changes)


@dataclass(frozen=True)
class Loop:
    """Chat, votes and runs."""

    live: Live
    context: Context
    people: People

    async def learn(self) -> Run:
        """A run from enough votes to its verdict."""
        await self.people.crowd(16)
        counts = await self.context.feedback.counts("support")
        run, _ = await self.context.runs.open("support", "enough votes", counts)
        await do_run(self.context, run.id)
        return await self.context.runs.get(run.id)


@asynccontextmanager
async def looping(settings: Settings, store: Store) -> AsyncIterator[Loop]:
    context = make_context(settings, store)
    fleet = Fleet(context.registry, context.replicas, context.assistants.names)
    async with run_live(settings) as live:
        reporting = asyncio.create_task(fleet.run())
        try:
            yield Loop(live, context, People(store))
        finally:
            reporting.cancel()
            with suppress(asyncio.CancelledError):
                await reporting


@dataclass(frozen=True)
class Log:
    """What was logged so far."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """As a process writes it."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonLines())
    handler.addFilter(lambda record: not record.name.startswith(TESTS_OWN))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield Log(handler.stream)
    root.removeHandler(handler)
    root.setLevel(before)
