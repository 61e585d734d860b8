"""The processes of a stack: where each is now, and whether it does its work again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import psutil

from cli.parts import build_parts
from cli.probes import probe_http, probe_redis, probe_worker
from core.assistants import load_assistants
from core.records import Replica
from core.registry import Registry
from core.replicas import Replicas
from core.runs import Runs
from core.store import Store
from core.tasks import QUEUE_SHORT, QUEUE_TRAIN
from tests.stack import Stack

PART: Final = {
    "engine": "vllm",
    "short task": "worker-short",
    "train task": "worker-train",
    "trainer": "worker-train",
}
"""The supervised part a process belongs to, where it is none itself."""


def part_of(target: str) -> str:
    return PART.get(target, target)


class Victims:
    def __init__(self, stack: Stack, store: Store) -> None:
        self._stack = stack
        self._settings = stack.settings
        self._runs = Runs(store)
        self._registry = Registry(store)
        self._replicas = Replicas(store, stack.settings.replica_ttl_s)
        self.assistants = load_assistants(stack.settings.assistants_file).names
        self.parts = {part.name: part for part in build_parts(stack.settings, own_redis=True)}

    def find(self, target: str) -> psutil.Process | None:
        """None while there is none."""
        match target:
            case "trainer":
                return self._stack.trainer_child()
            case "engine":
                return _largest(self._stack.children("vllm"))
            case "short task" | "train task":
                return next(iter(self._stack.children(part_of(target))), None)
            case _:
                return self._stack.process(target)

    async def works(self, target: str, since: float) -> bool:
        """Whether it did its work after `since` (Unix time)."""
        return await self._look(target)(since)

    async def serves(self, since: float) -> bool:
        """Whether every replica reported after `since` that it answers by all champions."""
        pointers = await self._registry.pointers(self.assistants)
        wanted = {p.champion for p in pointers.values()} - {"base"}
        alive = [r for r in await self.replicas() if r.at >= since]
        return bool(alive) and all(r.ready and wanted <= set(r.versions) for r in alive)

    async def replicas(self) -> list[Replica]:
        """Those of this stack that live."""
        ours = self._settings.replica_id
        return [replica for replica in await self._replicas.alive() if replica.id == ours]

    async def trains(self, run_id: str, old: int) -> bool:
        """Whether a run goes on without its trainer `old`: by another, or to its verdict."""
        if (await self._runs.get(run_id)).state == "ended":
            return True
        now = self._stack.trainer_child()
        return now is not None and now.pid != old

    def _look(self, target: str) -> Callable[[float], Awaitable[bool]]:
        match part_of(target):
            case "agent":
                return self.serves
            case "vllm":
                return self._generates
            case "worker-short":
                return lambda since: self._takes(QUEUE_SHORT, since)
            case "worker-train":
                return lambda since: self._takes(QUEUE_TRAIN, since)
            case "beat":
                return self._ticks
            case "redis":
                return lambda _: _is_well(probe_redis(self._settings.redis_url))
            case _:
                return lambda _: _is_well(probe_http(f"{self._stack.url}/healthz"))

    async def _generates(self, since: float) -> bool:
        """Not on an agent's word alone, which may be older than the end of what it speaks of."""
        return await _is_well(probe_http(f"{self._settings.vllm_url}/health")) and (
            await self.serves(since)
        )

    async def _takes(self, queue: str, since: float) -> bool:
        return await _is_well(probe_worker(self._settings, queue, since))

    async def _ticks(self, since: float) -> bool:
        states = [await self._runs.trigger_state(name) for name in self.assistants]
        return all(state is not None and state.at >= since for state in states)


def run_of(trainer: psutil.Process) -> str:
    """The run a trainer works on: the directory its configuration lies in."""
    words = trainer.cmdline()
    return Path(words[words.index("--config") + 1]).parent.name


async def _is_well(probe: Awaitable[object]) -> bool:
    return await probe is None


def _largest(processes: list[psutil.Process]) -> psutil.Process | None:
    """vLLM's engine is by far the largest of its children."""
    return max(processes, key=lambda p: int(p.memory_info().rss), default=None)
