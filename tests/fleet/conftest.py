"""What the fleet's tests share: clients, publishing an adapter, waiting for something to hold."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.artifacts import Artifacts
from core.records import Version
from core.registry import Actor, Registry
from core.settings import Settings
from core.store import Store
from server.fleet.agent import Agent
from server.fleet.client import VllmClient, open_session
from tests.conftest import ROOT
from tests.fleet.fake import WEIGHTS, FakeVllm, fake_vllm
from tests.fleet.real import QUESTIONS, VERSIONS, messages

OPERATOR = Actor("tester", "a test")


async def until(
    holds: Callable[[], bool | Awaitable[bool]],
    deadline_s: float = 60.0,
    instead: Callable[[], object] = lambda: "",
) -> None:
    """Returns as soon as `holds`; fails the test after the deadline, showing what is `instead`."""
    end = time.monotonic() + deadline_s
    while True:
        outcome = holds()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        if time.monotonic() > end:
            pytest.fail(f"what was waited for did not come to hold in {deadline_s} s: {instead()}")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(settings: Settings, store: Store, client: VllmClient) -> AsyncIterator[Agent]:
    agent = Agent(settings, store, client, ["support", "tutor"])
    task = asyncio.create_task(agent.run())
    try:
        yield agent
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def fake() -> AsyncIterator[FakeVllm]:
    async with fake_vllm() as server:
        yield server


@pytest.fixture
def stall_s() -> float:
    """A busy machine that is late is no silent model."""
    return 60.0


@pytest.fixture
def quick(settings: Settings, fake: FakeVllm, tmp_path: Path, stall_s: float) -> Settings:
    """Settings whose vLLM is the fake, with short times."""
    assistants = tmp_path / "assistants.toml"
    assistants.write_text('[support]\nsystem_prompt = "Help."\n[tutor]\nsystem_prompt = "Ask."\n')
    return settings.model_copy(
        update={
            "vllm_port": fake.port,
            "assistants_file": assistants,
            "stall_timeout_s": stall_s,
            "agent_interval_s": 0.02,
            "unload_after_s": 0.3,
            "replica_ttl_s": 30.0,
        }
    )


@pytest.fixture
async def client(quick: Settings) -> AsyncIterator[VllmClient]:
    async with open_session() as session:
        yield VllmClient(session, quick)


@dataclass
class Publisher:
    """Makes adapters, publishes and registers them as a run would."""

    artifacts: Artifacts
    registry: Registry
    workshop: Path

    async def publish(
        self,
        name: str,
        weights: bytes = b"right",
        expected: bytes | None = None,
        margins: list[float] | None = None,
    ) -> None:
        directory = self.workshop / name
        directory.mkdir(parents=True)
        (directory / WEIGHTS).write_bytes(weights)
        tokens = list(weights if expected is None else expected)
        probe = {
            "prompt_ids": [1, 2],
            "expected_ids": tokens,
            "margins": margins or [1.0] * len(tokens),
        }
        (directory / "probe.json").write_text(json.dumps({"probes": [probe]}))
        manifest = self.artifacts.publish(directory, name)
        assistant = name.split("-")[0]
        await self.registry.add_version(
            Version(name, assistant, 1, manifest.sha256, "", "run", "snap", "hash", time.time())
        )

    async def stage(self, name: str) -> None:
        await self.registry.stage(name.split("-")[0], name, OPERATOR)

    async def promote(self, name: str) -> None:
        await self.registry.promote(name.split("-")[0], name, OPERATOR)


@pytest.fixture
def publisher(settings: Settings, store: Store, tmp_path: Path) -> Publisher:
    return Publisher(Artifacts(settings.artifacts), Registry(store), tmp_path / "workshop")


@pytest.fixture(scope="session")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory per version, of the shipped model."""
    from tests.fleet.adapters import make_adapters  # torch: not while tests are only collected

    parent = tmp_path_factory.mktemp("adapters")
    model = str(ROOT / "models" / "seedling")
    make_adapters(parent, VERSIONS, model, [messages(question) for question in QUESTIONS])
    return parent
