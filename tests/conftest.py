"""Fixtures of real parts, started once per run: a Redis-protocol server, and settings per test."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.local import RedisServer
from core.settings import Settings
from core.store import Store, connect, wait_for_store

# Before anything imports the hub client: a name that is no directory is refused, not asked
# for over the network.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

ROOT = Path(__file__).resolve().parent.parent
ALONE = ("chaos", "loop", "parity", "setup")
"""Folders whose tests start whole stacks; parity prints its table where nothing runs beside it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs the machine for itself; `make test` runs the rest side by side."""
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        if folder in ALONE or item.get_closest_marker("vllm"):
            item.add_marker("alone")


PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to whoever asks for any, while a test is about to bind."""
SHARES = 8


def _my_ports() -> Iterator[int]:
    """This process's share, again and again: what runs side by side never asks for the same."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    mine = list(PORTS[number % SHARES :: SHARES])
    random.shuffle(mine)
    return itertools.cycle(mine)


_ports = _my_ports()


def free_port() -> int:
    """That nobody listens on, nor will until it was offered to all of a share."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for the whole run; tests share it and get an empty database each."""
    with RedisServer(tmp_path_factory.mktemp("redis"), free_port()) as server:
        yield server


@pytest.fixture
async def redis_url(redis_server: RedisServer) -> AsyncIterator[str]:
    """URL of an empty database."""
    store = connect(redis_server.url)
    await wait_for_store(store, 60.0)
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


@dataclass
class Vllm:
    """A real vLLM on the shipped model, with runtime LoRA, that a test may kill and start again.
    `argv`: another command than the launcher's, to which the port is added.
    """

    port: int
    log: Path
    argv: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Starts it; `wait` returns when it answers."""
        env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")},
            "THUMBWHEEL_VLLM_PORT": str(self.port),
            "THUMBWHEEL_BASE_MODEL": str(ROOT / "models" / "seedling"),
        }
        launcher = [sys.executable, "-m", "server.fleet.launcher"]
        own = [*self.argv, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                own if self.argv else launcher,
                cwd=ROOT,
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        assert self.process is not None
        until = time.monotonic() + 300.0
        while not answers(f"{self.url}/health"):
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop(signal.SIGKILL)
                raise AssertionError(f"vLLM did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.2)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Signals vLLM's whole process group: its engine is a child."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(timeout=60)


def answers(url: str) -> bool:
    """True when a GET gives 200."""
    try:
        with urllib.request.urlopen(url, timeout=2.0) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vllm]:
    """Shared by every test that needs a real engine."""
    engine = Vllm(free_port(), tmp_path_factory.mktemp("vllm") / "vllm.log")
    engine.start()
    yield engine
    engine.stop()
