"""A worker's context on a real Redis-protocol server, with a trainer of a second."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.errors import StoreUnavailable
from core.records import Replica
from core.registry import Registry
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store
from tests.worker.people import People
from worker.context import Context, make_context

FAKE = Path(__file__).with_name("fake_trainer.py")
ASSISTANTS = """
[support]
system_prompt = "You are kind."
retrain = { min_comparisons = 12, settle = "0s", cooldown = "0s" }
canary = { share = 0.0 }

[tutor]
system_prompt = "You ask."
retrain = { min_comparisons = 12, settle = "0s", cooldown = "0s" }
canary = { share = 0.0 }
"""


@pytest.fixture
def lease_s() -> float:
    """An owner that a busy machine holds up is not gone."""
    return 20.0


@pytest.fixture
def worker_settings(settings: Settings, tmp_path: Path, lease_s: float) -> Settings:
    """Quick limits, two assistants and the fake trainer."""
    declared = tmp_path / "assistants.toml"
    declared.write_text(ASSISTANTS)
    changes = {
        "assistants_file": declared,
        "trainer_command": f"{sys.executable} {FAKE}",
        "lease_s": lease_s,
        "load_timeout_s": 30.0,
        "tick_interval_s": 0.2,
    }
    return settings.model_copy(update=changes)


@pytest.fixture
def context(worker_settings: Settings, store: Store) -> Context:
    return make_context(worker_settings, store)


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


@pytest.fixture
def trainer_does(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tells the fake trainer what to do otherwise."""

    def wish(**wishes: Any) -> None:
        monkeypatch.setenv("FAKE_TRAINER", json.dumps(wishes))

    return wish


@dataclass
class Fleet:
    """One replica that loads what the registry wants, as an agent would, unless told otherwise."""

    registry: Registry
    replicas: Replicas
    assistants: list[str]
    refuses: str = ""
    """What it says instead of loading an adapter."""

    async def report(self) -> None:
        pointers = await self.registry.pointers(self.assistants)
        wanted = sorted({name for pointer in pointers.values() for name in pointer.desired()})
        loaded = [] if self.refuses else wanted
        error = f"{wanted[-1]}: {self.refuses}" if self.refuses and wanted else ""
        now = time.time()
        await self.replicas.report(Replica("r1", "http://r1", "base", True, loaded, now, error))

    async def run(self) -> None:
        while True:
            with suppress(StoreUnavailable):
                await self.report()
            await asyncio.sleep(0.05)


@pytest.fixture
async def fleet(context: Context) -> AsyncIterator[Fleet]:
    one = Fleet(context.registry, context.replicas, context.assistants.names)
    running = asyncio.create_task(one.run())
    yield one
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def until(
    holds: Callable[[], Awaitable[Any]], timeout_s: float = 120.0, why: str = "it did not happen"
) -> Any:
    """The first true answer of `holds`."""
    deadline = time.monotonic() + timeout_s
    while not (answer := await holds()):
        assert time.monotonic() < deadline, why
        await asyncio.sleep(0.02)
    return answer
