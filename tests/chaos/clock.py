"""What a clock that jumped leaves behind. The machine's own clock is nobody's to set in a test, so
the records are made that processes with such a clock would have written.
"""

from __future__ import annotations

import re
import time
from typing import Final

from core import keys
from core.records import Replica, Worker, encode
from core.replicas import Replicas
from core.runs import Runs
from core.settings import Settings
from core.store import Store, guard
from core.tasks import QUEUE_TRAIN
from core.workers import Workers
from tests.chaos.waiting import until

JUMP_S: Final = 3600.0
FORGOTTEN_S: Final = 45.0
LONGEST_REST_S: Final = 60
GHOST: Final = "ghost"
NOBODY: Final = "http://127.0.0.1:9"
"""A port on which nobody listens."""


class Clock:
    def __init__(self, settings: Settings, store: Store, assistants: list[str]) -> None:
        self._redis = store.redis
        self._replicas = Replicas(store, settings.replica_ttl_s)
        self._workers = Workers(store)
        self._runs = Runs(store)
        self._base = settings.base_model
        self._assistants = assistants

    async def go_back(self, _: float) -> str:
        """It was an hour ahead and is right again: the last runs ended in an hour, and a replica
        and a worker that are gone reported then.
        """
        ahead = time.time() + JUMP_S
        moved = [await self._end_later(name, ahead) for name in self._assistants]
        await self._replicas.report(Replica(GHOST, NOBODY, self._base, True, [], ahead))
        async with guard():
            worker = encode(Worker(GHOST, [QUEUE_TRAIN], ahead))
            await self._redis.hset(keys.workers(), GHOST, worker)
        await until(self._is_forgotten, FORGOTTEN_S, "what comes from the future still counts")
        return f"{sum(moved)} runs ended, a worker and a replica reported an hour ahead"

    async def go_ahead(self, _: float) -> str:
        """It jumped an hour forward: every lease and every claim to a message is over."""
        found = [await self._runs.active(name) for name in self._assistants]
        active = [run for run in found if run is not None]
        names = [keys.lease(run.assistant) for run in active]
        names += [keys.run_enqueued(run.id) for run in active]
        async with guard():
            gone = int(await self._redis.delete(*names)) if names else 0
        return f"{gone} leases and claims ran out"

    async def _is_forgotten(self) -> bool:
        """Whether nothing waits for, or counts on, what reported an hour ahead."""
        alive = {replica.id for replica in await self._replicas.alive()}
        alive |= {worker.name for worker in await self._workers.alive()}
        states = [await self._runs.trigger_state(name) for name in self._assistants]
        rests = [re.search(r"another (\d+) s", state.reason) for state in states if state]
        resting = any(int(rest[1]) > LONGEST_REST_S for rest in rests if rest)
        return not resting and GHOST not in alive

    async def _end_later(self, assistant: str, at: float) -> bool:
        runs = await self._runs.of(assistant, limit=1)
        if not runs or runs[0].ended is None:
            return False
        async with guard():
            await self._redis.hset(keys.run(runs[0].id), "ended", repr(at))
        return True
