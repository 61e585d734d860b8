"""What `thumbwheel up` runs: each part's command, how to tell that it works, how to end it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli.probes import Trouble, probe_agent, probe_http, probe_redis, probe_worker
from core.local import find_binary, server_argv
from core.settings import Settings
from core.tasks import QUEUE_SHORT, QUEUE_TRAIN

Probe = Callable[[float], Awaitable[Trouble | None]]
"""Asked with the Unix time of the start, so that an earlier life's word does not count."""
DEFAULT_REDIS_PORT = 6379
DRAIN_MARGIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Part:
    """One process. Parts of a lower `stop_tier` are ended first, those of one tier together."""

    name: str
    argv: list[str]
    probe: Probe
    stop_tier: int
    stop: tuple[tuple[signal.Signals, float], ...]
    """Signals in order, each with the seconds it gets to work; SIGKILL follows."""
    needs_redis: bool = True


def build_parts(settings: Settings, *, own_redis: bool) -> list[Part]:
    """In the order they are shown. vLLM is slowest and waits for nobody."""
    parts = [_redis(settings)] if own_redis else []
    return [
        *parts,
        _vllm(settings),
        _agent(settings),
        _api(settings),
        _worker(settings, QUEUE_SHORT),
        _worker(settings, QUEUE_TRAIN),
        _beat(settings),
    ]


def redis_address(settings: Settings) -> tuple[str, int]:
    parsed = urlsplit(settings.redis_url)
    return parsed.hostname or "127.0.0.1", parsed.port or DEFAULT_REDIS_PORT


def _redis(settings: Settings) -> Part:
    directory = (settings.state_dir / "redis").absolute()
    directory.mkdir(parents=True, exist_ok=True)
    return Part(
        name="redis",
        argv=server_argv(find_binary(), directory, redis_address(settings)[1]),
        probe=lambda _: probe_redis(settings.redis_url),
        stop_tier=3,
        stop=((signal.SIGTERM, 15.0),),
        needs_redis=False,
    )


def _vllm(settings: Settings) -> Part:
    return Part(
        name="vllm",
        argv=_module("server.fleet.launcher"),
        probe=lambda _: probe_http(f"{settings.vllm_url}/health"),
        stop_tier=2,
        stop=((signal.SIGTERM, settings.shutdown_grace_s + DRAIN_MARGIN_S),),
        needs_redis=False,
    )


def _agent(settings: Settings) -> Part:
    return Part(
        name="agent",
        argv=_module("server.fleet.agent"),
        probe=lambda since: probe_agent(settings, since),
        stop_tier=1,
        stop=((signal.SIGTERM, 5.0),),
    )


def _api(settings: Settings) -> Part:
    return Part(
        name="api",
        argv=_module("server"),
        probe=lambda _: probe_http(f"{page_url(settings)}/healthz"),
        stop_tier=0,
        stop=((signal.SIGTERM, settings.shutdown_grace_s + DRAIN_MARGIN_S),),
    )


def _worker(settings: Settings, queue: str) -> Part:
    options = [
        *("-Q", queue, "-n", f"{queue}@%h", "-c", "1", "--loglevel", settings.log_level),
        # One worker a queue: there is nobody to exchange clocks and states with.
        *("--without-gossip", "--without-mingle"),
    ]
    return Part(
        name=f"worker-{queue}",
        argv=_module("celery", "-A", "worker.app", "worker", *options),
        probe=lambda since: probe_worker(settings, queue, since),
        stop_tier=0,
        # A run may take long and is resumable: ask kindly, then end it.
        stop=((signal.SIGTERM, 3.0), (signal.SIGQUIT, 10.0)),
    )


def _beat(settings: Settings) -> Part:
    options = ["--pidfile=", "--loglevel", settings.log_level]
    return Part(
        name="beat",
        argv=_module("celery", "-A", "worker.app", "beat", *options),
        probe=_running_is_enough,
        stop_tier=0,
        stop=((signal.SIGTERM, 5.0),),
    )


async def _running_is_enough(_since: float) -> Trouble | None:
    """Beat answers nobody; what it sends shows in the workers."""
    return None


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def page_url(settings: Settings) -> str:
    """Where a person on this machine finds the page."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{host}:{settings.port}"


def run_dir(settings: Settings) -> Path:
    return (settings.state_dir / "run").absolute()


def log_dir(settings: Settings) -> Path:
    return (settings.state_dir / "logs").absolute()
