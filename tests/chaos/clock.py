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

JUMP_S: Final = 3600.0
LONGEST_REST_S: Final = 60
GHOST: Final = "ghost"
NOBODY: Final = "http://127.0.0.1:9"
"""A port on which nobody listens."""


async def go_back(store: Store, settings: Settings, assistants: list[str]) -> str:
    """The clock was an hour ahead and is right again: the last runs ended in an hour, and a replica
    and a worker that are gone reported then.
    """
    ahead = time.time() + JUMP_S
    moved = [await _end_later(store, name, ahead) for name in assistants]
    ghost = Replica(GHOST, NOBODY, settings.base_model, True, [], ahead)
    await Replicas(store, settings.replica_ttl_s).report(ghost)
    async with guard():
        worker = encode(Worker(GHOST, [QUEUE_TRAIN], ahead))
        await store.redis.hset(keys.workers(), GHOST, worker)
    return f"{sum(moved)} runs ended, a worker and a replica reported an hour ahead"


async def go_ahead(store: Store, assistants: list[str]) -> str:
    """The clock jumped an hour forward: every lease and every claim to a message is over."""
    active = [run for name in assistants if (run := await Runs(store).active(name)) is not None]
    names = [keys.lease(run.assistant) for run in active]
    names += [keys.run_enqueued(run.id) for run in active]
    async with guard():
        gone = int(await store.redis.delete(*names)) if names else 0
    return f"{gone} leases and claims ran out"


async def is_forgotten(store: Store, settings: Settings, assistants: list[str]) -> bool:
    """Whether nothing waits for, or counts on, what reported an hour ahead."""
    replicas = await Replicas(store, settings.replica_ttl_s).alive()
    workers = await Workers(store).alive()
    states = [await Runs(store).trigger_state(name) for name in assistants]
    rests = [re.search(r"another (\d+) s", state.reason) for state in states if state]
    resting = any(int(rest[1]) > LONGEST_REST_S for rest in rests if rest)
    return not resting and GHOST not in {r.id for r in replicas} | {w.name for w in workers}


async def _end_later(store: Store, assistant: str, at: float) -> bool:
    runs = await Runs(store).of(assistant, limit=1)
    if not runs or runs[0].ended is None:
        return False
    async with guard():
        await store.redis.hset(keys.run(runs[0].id), "ended", repr(at))
    return True
