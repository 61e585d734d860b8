"""The connection to Redis: what holds for every command."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest
from redis.exceptions import ResponseError

import core.store
from core import keys
from core.errors import StoreUnavailable
from core.feedback import FeedbackLog
from core.registry import Registry
from core.servers import Servers
from core.store import Store, connect, guard
from tests.conftest import free_port

MISCONF = "MISCONF Valkey is configured to save RDB snapshots, but it's unable to persist to disk."
PIPELINED = "Command # 1 (EVAL {}...) of pipeline caused error: ('{}',)"


async def read_for_ever(store: Store) -> None:
    registry = Registry(store)
    while True:
        with suppress(StoreUnavailable):
            await registry.pointers(["support", "tutor"])


async def cancel_anywhere(store: Store, most_s: float) -> None:
    chance = random.Random(0)
    for _ in range(300):
        task = asyncio.create_task(read_for_ever(store))
        await asyncio.sleep(chance.random() * most_s)
        task.cancel()
        _, still_running = await asyncio.wait([task], timeout=30.0)
        assert not still_running


async def test_a_cancelled_task_ends_wherever_its_command_stood(store: Store) -> None:
    await cancel_anywhere(store, 0.003)


async def test_a_cancelled_task_ends_also_while_every_command_fails() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", port := free_port())
    async with server:
        store = connect(f"redis://127.0.0.1:{port}/0", timeout_s=0.5)
        await cancel_anywhere(store, 0.01)
        await store.close()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (MISCONF, "MISCONF"),
        (PIPELINED.format("return 1", MISCONF), "MISCONF"),
        (PIPELINED.format("I said BUSY", "MASTERDOWN Link with MASTER is down"), "MASTERDOWN"),
        ("ERR Error running script: @user_script:3: OOM command not allowed", "OOM"),
    ],
)
async def test_a_server_that_takes_no_writes_is_unavailable(said: str, code: str) -> None:
    with pytest.raises(StoreUnavailable, match=rf"\({code}\)"):
        async with guard():
            raise ResponseError(said)


@pytest.mark.parametrize(
    "said",
    [
        "WRONGTYPE Operation against a key holding the wrong kind of value",
        "BUSYGROUP Consumer Group name already exists",
        PIPELINED.format("what people say: OOM MISCONF BUSY", "ERR wrong number of arguments"),
    ],
)
async def test_a_mistake_of_ours_is_none_of_the_servers(said: str) -> None:
    with pytest.raises(ResponseError):
        async with guard():
            raise ResponseError(said)


async def test_too_few_replicas_are_unavailable_to_every_kind_of_call(store: Store) -> None:
    await store.redis.config_set("min-replicas-to-write", 1)
    try:
        for call in (
            Servers(store).beat("srv_1"),
            FeedbackLog(store).append("thumb", "support", "ada", "resp_1", {"value": "up"}, "k"),
        ):
            with pytest.raises(StoreUnavailable, match="NOREPLICAS"):
                await call
    finally:
        await store.redis.config_set("min-replicas-to-write", 0)
    assert not await store.redis.exists(keys.server("srv_1"))


async def test_what_was_said_before_is_acknowledged_from_the_disk_only(
    store: Store, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that does not sync: the first try is there, and a second one must not say so."""
    monkeypatch.setattr(core.store, "WAIT_AOF_MS", 50)
    vote = ("thumb", "support", "ada", "resp_1", {"value": "up"}, "k")
    await store.redis.config_set("appendfsync", "no")
    try:
        for _ in range(2):
            other = connect(redis_url)
            with pytest.raises(StoreUnavailable, match="confirm"):
                await FeedbackLog(other).append(*vote)
            await other.close()
    finally:
        await store.redis.config_set("appendfsync", "always")
    held = await FeedbackLog(store).of_user("support", "ada")
    assert await FeedbackLog(store).append(*vote) == (held[0].id, False)
