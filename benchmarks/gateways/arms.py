"""The ways from a reader to the upstream: straight, through a bare proxy, through ours, through
LiteLLM's proxy. Each is processes of its own, ended with the `with` block.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from core.local import RedisServer

ROOT: Final = Path(__file__).parents[2]
LITELLM: Final = ROOT / "var" / "bench-gateway" / "bin" / "litellm"
START_S: Final = 120.0
CONFIG: Final = """\
model_list:
  - model_name: support
    litellm_params: {{model: openai/{model}, api_base: "{url}/v1", api_key: none}}
litellm_settings: {{telemetry: false, drop_params: false}}
"""


@dataclass(frozen=True, slots=True)
class Arm:
    """`pids` of the gateway itself; `store` of what keeps its records at `redis_url`, 0 for
    nothing.
    """

    name: str
    url: str
    model: str
    pids: tuple[int, ...] = ()
    store: int = 0
    redis_url: str = ""

    def cpu_s(self) -> float:
        return sum(cpu_seconds(pid) for pid in self.pids)

    def store_cpu_s(self) -> float:
        return cpu_seconds(self.store) if self.store else 0.0

    def memory_mib(self) -> float:
        return sum(p.memory_info().rss for pid in self.pids for p in family(pid)) / 2**20


def family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    times = [process.cpu_times() for process in family(pid)]
    return sum(spent.user + spent.system for spent in times)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(words: Sequence[str], ready: str, log: Path, env: Mapping[str, str]) -> Iterator[int]:
    """The pid, once `ready` answers. Raises RuntimeError when it does not within START_S."""
    with log.open("wb") as out:
        child = subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + START_S
        while not answers(ready):
            if child.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{words} did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)
        yield child.pid
    finally:
        child.terminate()
        child.wait(timeout=60)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2.0):
            return True
    except urllib.error.HTTPError:
        return True  # an error is an answer
    except OSError:
        return False


@contextmanager
def upstream(folder: Path) -> Iterator[str]:
    url = f"http://127.0.0.1:{(port := free_port())}"
    words = [sys.executable, "-m", "benchmarks.gateways.upstream", str(port)]
    with running(words, f"{url}/v1/models", folder / "upstream.log", {}):
        yield url


@contextmanager
def engine(folder: Path) -> Iterator[str]:
    """A real vLLM on the shipped model."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    words = [sys.executable, "-m", "server.fleet.launcher"]
    env = {"THUMBWHEEL_VLLM_PORT": str(port)}
    with running(words, f"{url}/health", folder / "vllm.log", env):
        yield url


@contextmanager
def bare(folder: Path, behind: str) -> Iterator[Arm]:
    url = f"http://127.0.0.1:{(port := free_port())}"
    words = [sys.executable, "-m", "benchmarks.gateways.bare", str(port), behind]
    with running(words, url, folder / "bare.log", {}) as pid:
        yield Arm("bare aiohttp", url, "base", (pid,))


@contextmanager
def ours(folder: Path, behind: str) -> Iterator[Arm]:
    url = f"http://127.0.0.1:{(port := free_port())}"
    with RedisServer(folder / "redis", free_port()) as redis:
        env = {
            "THUMBWHEEL_REDIS_URL": redis.url,
            "THUMBWHEEL_STATE_DIR": str(folder / "state"),
            "THUMBWHEEL_PORT": str(port),
            "THUMBWHEEL_VLLM_URLS": behind,
        }
        words = [sys.executable, "-m", "server"]
        with running(words, f"{url}/readyz", folder / "ours.log", env) as pid:
            assert redis.process is not None
            yield Arm("Thumbwheel", url, "support", (pid,), redis.process.pid, redis.url)


@contextmanager
def litellm(folder: Path, behind: str) -> Iterator[Arm]:
    url = f"http://127.0.0.1:{(port := free_port())}"
    config = folder / "litellm.yaml"
    config.write_text(CONFIG.format(url=behind, model="base"))
    words = [str(LITELLM), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    env = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",  # loopback, as ours
    }
    with running(words, f"{url}/health/liveliness", folder / "litellm.log", env) as pid:
        yield Arm("LiteLLM proxy", url, "support", (pid,))


@contextmanager
def every_arm(folder: Path, behind: str) -> Iterator[list[Arm]]:
    """LiteLLM's only where `make bench-gateway` has installed it."""
    with ExitStack() as stack:
        arms = [Arm("direct", behind, "base")]
        for make in (bare, ours, *([litellm] if LITELLM.exists() else [])):
            arms.append(stack.enter_context(make(folder, behind)))
        yield arms
