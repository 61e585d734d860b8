"""Fixtures of real parts, started once per run: a Redis-protocol server, and settings per test."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.local import RedisServer
from core.settings import Settings
from core.store import Store, connect, wait_for_store

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for the whole run; tests share it and get an empty database each."""
    with RedisServer(tmp_path_factory.mktemp("redis"), free_port()) as server:
        yield server


@pytest.fixture
async def redis_url(redis_server: RedisServer) -> AsyncIterator[str]:
    """URL of an empty database."""
    store = connect(redis_server.url)
    await wait_for_store(store, 10.0)
    await store.redis.flushall()
    yield redis_server.url
    await store.close()


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    opened = connect(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Settings of a process of its own: nothing of the developer's machine leaks in."""
    return Settings(
        _env_file=None,
        redis_url=redis_url,
        state_dir=tmp_path / "var",
        port=free_port(),
        vllm_port=free_port(),
        assistants_file=ROOT / "assistants.toml",
    )
