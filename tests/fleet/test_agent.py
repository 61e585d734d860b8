"""The agent beside a fake vLLM, with a real Redis-protocol server and real artifact directories."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from core import keys
from core.base_model import describe_base
from core.records import BaseFiles, Replica
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store, connect
from server.fleet import reconcile
from server.fleet.agent import Agent
from server.fleet.client import VllmClient
from tests.conftest import ROOT, free_port
from tests.fleet.conftest import Publisher, running, until
from tests.fleet.fake import WEIGHTS, FakeVllm

V1, V2, V3 = (f"support-p00000{i}-aaaaaaaa" for i in (1, 2, 3))
OTHER = "tutor-p000001-bbbbbbbb"
Damage = Callable[[Path], None]


@pytest.fixture
async def agent(quick: Settings, store: Store, client: VllmClient) -> AsyncIterator[Agent]:
    async with running(quick, store, client) as agent:
        yield agent


@pytest.fixture
def reports(store: Store, quick: Settings) -> Replicas:
    return Replicas(store, quick.replica_ttl_s)


def local(settings: Settings, name: str = "") -> Path:
    return settings.state_dir.absolute() / "adapters" / settings.replica_id / name


async def reported(reports: Replicas) -> Replica:
    (replica,) = await reports.all()
    return replica


def loads(fake: FakeVllm) -> list[str]:
    return [body["lora_name"] for body in fake.called("/v1/load_lora_adapter")]


async def test_what_is_served_is_named_by_its_files(agent: Agent, reports: Replicas) -> None:
    async def named() -> bool:
        return (await reported(reports)).base_files != BaseFiles()

    await until(lambda: agent.replica().base_files != BaseFiles())
    await until(named)
    assert (await reported(reports)).base_files == describe_base(str(ROOT / "models" / "seedling"))


async def test_a_base_that_has_no_files_here_is_served_unnamed(
    quick: Settings, store: Store, client: VllmClient, publisher: Publisher
) -> None:
    elsewhere = quick.model_copy(update={"base_model": "nowhere/such-model"})
    await publisher.publish(V1)
    await publisher.promote(V1)
    async with running(elsewhere, store, client) as agent:
        await until(lambda: agent.replica().ready and agent.replica().versions == [V1])
        assert agent.replica().base_files == BaseFiles()


async def test_wanted_versions_are_loaded_proved_and_then_reported(
    agent: Agent, fake: FakeVllm, publisher: Publisher, reports: Replicas, quick: Settings
) -> None:
    for name in (V1, V2, OTHER):
        await publisher.publish(name)
    await publisher.promote(V1)
    await publisher.stage(V2)
    await publisher.promote(OTHER)
    await until(lambda: agent.replica().versions == [V1, V2, OTHER])
    assert fake.loaded == {name: str(local(quick, name)) for name in (V1, V2, OTHER)}
    await until(lambda: agent.replica().ready)

    async def arrived() -> bool:
        replica = await reported(reports)
        return replica.ready and replica.versions == [V1, V2, OTHER]

    await until(arrived)
    replica = await reported(reports)
    assert (replica.id, replica.url, replica.error) == (quick.replica_id, fake.url, "")
    assert time.time() - replica.at < 2.0
    probed = [b["model"] for b in fake.called("/v1/completions") if b["model"] != "base"]
    assert sorted(probed) == [V1, V2, OTHER]


async def test_looking_again_changes_nothing(
    agent: Agent, fake: FakeVllm, publisher: Publisher, quick: Settings
) -> None:
    await publisher.publish(V1)
    await publisher.promote(V1)
    await until(lambda: agent.replica().versions == [V1] and agent.replica().ready)
    calls = len(fake.calls)
    await asyncio.sleep(20 * quick.agent_interval_s)
    assert len(fake.calls) == calls
    assert all("load_inplace" not in body for body in fake.called("/v1/load_lora_adapter"))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def flip(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize(
    ("damage", "reason"), [(truncate, "cut short"), (flip, "checksum"), (Path.unlink, "lacks")]
)
async def test_a_damaged_artifact_never_reaches_vllm_and_blocks_nobody(
    agent: Agent, fake: FakeVllm, publisher: Publisher, quick: Settings, damage: Damage, reason: str
) -> None:
    await publisher.publish(V1)
    await publisher.publish(OTHER)
    damage(Path(quick.artifacts) / V1 / WEIGHTS)
    await publisher.promote(V1)
    await publisher.promote(OTHER)
    await until(lambda: agent.replica().versions == [OTHER] and reason in agent.replica().error)
    assert V1 in agent.replica().error
    assert V1 not in loads(fake)
    assert not local(quick, V1).exists()


@pytest.mark.parametrize(
    ("expected", "margins", "accepted"),
    [
        (b"right", [1.0] * 5, True),
        (b"wrong", [1.0] * 5, False),
        (b"rigid", [1.0] * 5, False),
        (b"rigid", [1.0, 1.0, 1.0, 0.2, 1.0], True),
        (b"right, and on", [1.0] * 13, False),
        (b"right", [0.1] * 5, False),
    ],
)
async def test_only_what_answers_as_the_trainers_model_does_is_reported(
    agent: Agent, publisher: Publisher, expected: bytes, margins: list[float], accepted: bool
) -> None:
    await publisher.publish(V1, weights=b"right", expected=expected, margins=margins)
    await publisher.promote(V1)
    await until(lambda: bool(agent.replica().versions) or "probe" in agent.replica().error)
    assert agent.replica().versions == ([V1] if accepted else [])


async def test_a_version_that_failed_is_tried_again(
    agent: Agent, publisher: Publisher, quick: Settings
) -> None:
    await publisher.publish(V1)
    weights = Path(quick.artifacts) / V1 / WEIGHTS
    aside = weights.rename(weights.with_suffix(".aside"))
    await publisher.promote(V1)
    await until(lambda: V1 in agent.replica().error)
    aside.rename(weights)
    await until(lambda: agent.replica().versions == [V1])
    assert agent.replica().error == ""


async def test_a_restarted_vllm_gets_its_versions_back(
    agent: Agent, fake: FakeVllm, publisher: Publisher, reports: Replicas
) -> None:
    for name in (V1, V2):
        await publisher.publish(name)
        await publisher.promote(name)
    await until(lambda: agent.replica().versions == [V1, V2] and agent.replica().ready)
    await fake.stop()
    await until(lambda: not agent.replica().ready)

    async def told() -> bool:
        return "cannot be reached" in (await reported(reports)).error

    await until(told)
    await fake.start()
    await until(lambda: agent.replica().versions == [V1, V2] and agent.replica().ready)
    assert sorted(fake.loaded) == [V1, V2]
    assert sorted(loads(fake)) == [V1, V1, V2, V2]


async def test_a_restart_that_no_look_saw_is_noticed_too(
    agent: Agent, fake: FakeVllm, publisher: Publisher
) -> None:
    await publisher.publish(V1)
    await publisher.promote(V1)
    await until(lambda: agent.replica().versions == [V1])
    fake.loaded.clear()
    await until(lambda: loads(fake) == [V1, V1])
    await until(lambda: agent.replica().versions == [V1])


async def test_a_restarted_agent_adopts_what_is_loaded_after_proving_it(
    quick: Settings, store: Store, client: VllmClient, fake: FakeVllm, publisher: Publisher
) -> None:
    await publisher.publish(V1)
    await publisher.promote(V1)
    async with running(quick, store, client) as agent:
        await until(lambda: agent.replica().versions == [V1])
    (local(quick) / ".half.tmp_1").mkdir()
    flip(local(quick, V1) / WEIGHTS)
    probes = len(fake.called("/v1/completions"))
    async with running(quick, store, client) as agent:
        await until(lambda: agent.replica().versions == [V1])
    assert loads(fake) == [V1]
    assert len(fake.called("/v1/completions")) > probes
    assert (local(quick, V1) / WEIGHTS).read_bytes() == b"right"
    assert sorted(p.name for p in local(quick).iterdir()) == [V1]


async def test_a_name_loaded_from_elsewhere_is_replaced(
    quick: Settings,
    store: Store,
    client: VllmClient,
    fake: FakeVllm,
    publisher: Publisher,
    tmp_path: Path,
) -> None:
    fake.loaded[V1] = str(tmp_path / "elsewhere")
    fake.loaded["by-hand"] = str(tmp_path / "another")
    await publisher.publish(V1)
    await publisher.promote(V1)
    async with running(quick, store, client) as agent:
        await until(lambda: agent.replica().versions == [V1])
    assert fake.loaded == {
        V1: str(local(quick, V1)),
        "by-hand": str(tmp_path / "another"),
    }


async def test_unwanted_versions_unload_late_and_their_files_go_later(
    agent: Agent, fake: FakeVllm, publisher: Publisher, quick: Settings
) -> None:
    for name in (V1, V2, V3):
        await publisher.publish(name)
    await publisher.promote(V1)
    await publisher.promote(V2)
    await until(lambda: agent.replica().versions == [V1, V2])
    let_go = time.monotonic()
    await publisher.promote(V3)
    await until(lambda: V3 in agent.replica().versions)
    await until(lambda: V1 not in fake.loaded)
    unloaded = time.monotonic()
    assert unloaded - let_go >= quick.unload_after_s
    assert local(quick, V1).is_dir()
    assert agent.replica().versions == [V2, V3]
    await until(lambda: not local(quick, V1).exists())
    assert time.monotonic() - unloaded >= quick.unload_after_s * 0.9
    assert sorted(fake.loaded) == [V2, V3]


async def test_a_trainers_adapter_is_left_alone_until_it_is_old(
    agent: Agent,
    fake: FakeVllm,
    publisher: Publisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "rollout-000003-1a2b3c4d5e6f"
    fake.loaded[name] = str(tmp_path / "run" / name)
    await publisher.publish(V1)
    await publisher.promote(V1)
    await until(lambda: agent.replica().versions == [V1])
    assert name in fake.loaded
    assert agent.replica().error == ""
    monkeypatch.setattr(reconcile, "ROLLOUT_S", 0.2)
    await until(lambda: name not in fake.loaded)
    assert agent.replica().versions == [V1]
    assert agent.replica().error == ""


async def test_an_engine_that_generates_nothing_is_not_ready(
    quick: Settings, store: Store, client: VllmClient, fake: FakeVllm, publisher: Publisher
) -> None:
    fake.stuck = True
    async with running(quick, store, client) as agent:
        await until(lambda: "generates nothing" in agent.replica().error)
        assert not agent.replica().ready
        fake.stuck = False
        await until(lambda: agent.replica().ready)


async def test_another_model_under_our_address_is_not_ours(
    quick: Settings, store: Store, client: VllmClient, fake: FakeVllm
) -> None:
    fake.base = "somebody-elses"
    async with running(quick, store, client) as agent:
        await until(lambda: "somebody-elses" in agent.replica().error)
        assert not agent.replica().ready


async def test_without_redis_vllm_keeps_what_it_has(
    quick: Settings, client: VllmClient, fake: FakeVllm, publisher: Publisher, redis_url: str
) -> None:
    await publisher.publish(V1)
    await publisher.promote(V1)
    port = int(redis_url.rsplit(":", 1)[1].split("/")[0])
    async with cable(port) as link:
        store = connect(f"redis://127.0.0.1:{link.port}/0", timeout_s=0.5)
        try:
            async with running(quick, store, client) as agent:
                await until(lambda: agent.replica().versions == [V1])
                await link.cut()
                await asyncio.sleep(2 * quick.unload_after_s)
                assert list(fake.loaded) == [V1]
                fake.loaded.clear()  # and vLLM restarts meanwhile
                await until(lambda: loads(fake) == [V1, V1])
                await publisher.publish(V2)
                await publisher.promote(V2)
                await link.mend()
                await until(lambda: agent.replica().versions == [V1, V2])
        finally:
            await store.close()


async def test_what_redis_holds_wrongly_does_not_end_it(
    agent: Agent,
    store: Store,
    publisher: Publisher,
    reports: Replicas,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await publisher.publish(V1)
    await publisher.promote(V1)
    await until(lambda: agent.replica().versions == [V1])
    broken = (keys.replicas(), keys.pointer("support"))
    for key in broken:
        await store.redis.rename(key, f"{key}:aside")
        await store.redis.set(key, "not a hash")
    await until(lambda: {"not reported", "not looked"} <= {r.message for r in caplog.records})
    assert agent.replica().versions == [V1]
    for key in broken:
        await store.redis.rename(f"{key}:aside", key)
    mended = time.time()

    async def reported_again() -> bool:
        return (await reported(reports)).at > mended

    await until(reported_again)
    await publisher.publish(V2)
    await publisher.promote(V2)
    await until(lambda: agent.replica().versions == [V1, V2])


class Cable:
    """A TCP relay to Redis that can be cut."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        await asyncio.gather(copy(reader, back), copy(there, writer))
        self._writers -= {writer, back}


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def cable(target: int) -> AsyncIterator[Cable]:
    link = Cable(target)
    await link.mend()
    try:
        yield link
    finally:
        await link.cut()


async def test_the_process_says_goodbye_on_sigterm_and_leaves_vllm_alone(
    quick: Settings, fake: FakeVllm, publisher: Publisher, reports: Replicas, tmp_path: Path
) -> None:
    await publisher.publish(V1)
    await publisher.promote(V1)
    env = {
        "THUMBWHEEL_REDIS_URL": quick.redis_url,
        "THUMBWHEEL_STATE_DIR": str(quick.state_dir),
        "THUMBWHEEL_VLLM_PORT": str(fake.port),
        "THUMBWHEEL_ASSISTANTS_FILE": str(quick.assistants_file),
        "THUMBWHEEL_REPLICA": "first",
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "server.fleet.agent"),
        cwd=tmp_path,
        env=env,
        stderr=subprocess.PIPE,
    )

    async def up() -> bool:
        return [(r.id, r.versions, r.ready) for r in await reports.all()] == [("first", [V1], True)]

    try:
        await until(up)
    finally:
        process.send_signal(signal.SIGTERM)
        _, logs = await asyncio.wait_for(process.communicate(), 60.0)
    assert process.returncode == 0
    assert await reports.all() == []
    assert list(fake.loaded) == [V1]
    assert all(line.startswith(b"{") for line in logs.splitlines())
    assert b'"action":"verify","version":"' + V1.encode() in logs
