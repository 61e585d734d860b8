"""Stores that are full, and one that lies: the artifact store's disk, Redis' memory, an adapter cut
short. Each is undone and says what it did.
"""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.errors import StoreUnavailable
from core.records import BASE
from core.registry import Registry
from core.runs import Runs
from core.settings import Settings
from core.store import Store, guard
from tests.chaos.hits import Missed
from tests.chaos.victims import Victims
from tests.chaos.waiting import until

FULL_AT_MOST_S: Final = 60.0
NOTICED_S: Final = 90.0
MOST: Final = 1000
WEIGHTS: Final = "adapter_model.safetensors"


class Stores:
    """The disk is filled to its end: the artifact store must have one of its own."""

    def __init__(self, settings: Settings, store: Store, victims: Victims) -> None:
        self._settings = settings
        self._store = store
        self._victims = victims
        self._runs = Runs(store)
        self._registry = Registry(store)

    async def fill_disk(self, _: float) -> str:
        """Until some run has ended meanwhile, or for a minute."""
        ballast = Path(self._settings.artifacts) / ".ballast"
        before = await self._ended()
        taken = await asyncio.to_thread(_fill, ballast)

        async def one_ended() -> bool:
            return await self._ended() > before

        try:
            with suppress(TimeoutError):
                await until(one_ended, FULL_AT_MOST_S, "no run ended")
        finally:
            ballast.unlink()
        return f"{taken} bytes of ballast, {await self._ended() - before} runs ended meanwhile"

    async def _ended(self) -> int:
        """How many runs have."""
        runs = [r for name in self._victims.assistants for r in await self._runs.of(name, MOST)]
        return sum(run.state == "ended" for run in runs)

    async def fill_redis(self, hold_s: float) -> str:
        try:
            async with guard():
                await self._store.redis.config_set("maxmemory", 1)
            await asyncio.sleep(hold_s / 2)
        finally:
            await until(self._enlarge, NOTICED_S, "Redis does not take its limit back")
        return f"maxmemory 1 for {hold_s / 2:.0f} s"

    async def _enlarge(self) -> bool:
        try:
            async with guard():
                await self._store.redis.config_set("maxmemory", 0)
        except StoreUnavailable:
            return False
        return True

    async def damage_adapter(self, hold_s: float) -> str:
        """Cuts a champion's weights short in the store and beside the agent, then kills the agent;
        nobody may be answered by them until the store is mended.
        """
        name = await self._some_champion()
        agent = self._victims.find("agent")
        if not name or agent is None:
            raise Missed("there is no champion to damage")
        stored = Path(self._settings.artifacts) / name / WEIGHTS
        beside = self._settings.state_dir / "adapters" / self._settings.replica_id / name / WEIGHTS
        whole = await asyncio.to_thread(stored.read_bytes)
        for file in (stored, beside):
            if file.exists():
                os.truncate(file, len(whole) // 2)
        agent.kill()
        try:
            await until(lambda: self._is_refused(name), NOTICED_S, f"{name} is not refused")
            await asyncio.sleep(hold_s / 2)
        finally:
            await asyncio.to_thread(_replace, stored, whole)
        return f"{name} was cut in half, refused, and mended"

    async def _some_champion(self) -> str:
        pointers = await self._registry.pointers(self._victims.assistants)
        names = sorted(p.champion for p in pointers.values() if p.champion != BASE)
        return names[0] if names else ""

    async def _is_refused(self, name: str) -> bool:
        """By every replica, in words; or nobody wants it any more."""
        pointers = await self._registry.pointers(self._victims.assistants)
        wanted = any(name in pointer.desired() for pointer in pointers.values())
        replicas = await self._victims.replicas()
        return not wanted or (
            bool(replicas) and all(name not in r.versions and name in r.error for r in replicas)
        )


def _fill(path: Path) -> int:
    """Writes until the disk is full."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
        taken = file.tell()
    assert _is_full(path.parent), f"{path.parent} is not full after {taken} bytes"
    return taken


def _is_full(directory: Path) -> bool:
    try:
        (directory / ".probe").write_bytes(bytes(1 << 13))
    except OSError as error:
        return error.errno == errno.ENOSPC
    finally:
        (directory / ".probe").unlink(missing_ok=True)
    return False


def _replace(file: Path, content: bytes) -> None:
    making = file.with_suffix(".mending")
    making.write_bytes(content)
    making.replace(file)
