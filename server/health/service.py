"""Looks at every part chat depends on and says which is broken and why."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from core.errors import ThumbwheelError
from core.tasks import QUEUE_SHORT, QUEUE_TRAIN
from core.workers import Workers
from server.health.schemas import Part, Readiness
from server.state import State

REDIS_TIMEOUT_S: Final = 2.0
"""A probe must answer sooner than who probes gives up."""


async def find_readiness(state: State) -> Readiness:
    redis, models, worker = await asyncio.gather(_redis(state), _models(state), _worker(state))
    parts = {"process": _process(state), "redis": redis, "models": models, "worker": worker}
    return Readiness(ready=all(p.ok for p in parts.values() if p.needed), parts=parts)


def _process(state: State) -> Part:
    if state.drain.begun:
        return Part(ok=False, why="This process is about to stop")
    return Part(ok=True)


async def _redis(state: State) -> Part:
    try:
        await asyncio.wait_for(state.store.check_durable(), REDIS_TIMEOUT_S)
    except TimeoutError:
        return Part(ok=False, why=f"Redis did not answer within {REDIS_TIMEOUT_S:.0f} s")
    except ThumbwheelError as error:
        return Part(ok=False, why=error.message)
    return Part(ok=True)


async def _models(state: State) -> Part:
    loaded = state.router.versions_loaded()
    if loaded:
        return Part(ok=True, detail=f"{len(loaded)} ready")
    try:
        reports = await asyncio.wait_for(state.replicas.all(), REDIS_TIMEOUT_S)
    except (TimeoutError, ThumbwheelError):
        return Part(ok=False, why="No vLLM replica is known, and Redis does not answer")
    if not reports:
        return Part(ok=False, why="No vLLM replica has reported; is an agent running?")
    now = time.time()
    silent_after_s = state.settings.replica_ttl_s
    each = [
        f"{r.id}: {r.error or 'starting'}"
        if now - r.at < silent_after_s
        else f"{r.id}: silent for {now - r.at:.0f} s"
        for r in reports
    ]
    return Part(ok=False, why="No vLLM replica is ready: " + "; ".join(each))


async def _worker(state: State) -> Part:
    """Chat goes on without workers, learning does not: named, but it does not close the door."""
    try:
        alive = await asyncio.wait_for(Workers(state.store).alive(), REDIS_TIMEOUT_S)
    except (TimeoutError, ThumbwheelError):
        return Part(ok=False, needed=False, why="Unknown: Redis does not answer")
    served = {queue for worker in alive for queue in worker.queues}
    missing = [queue for queue in (QUEUE_SHORT, QUEUE_TRAIN) if queue not in served]
    if missing:
        why = f"No worker takes from {' or '.join(missing)}: nothing is learned"
        return Part(ok=False, needed=False, why=why)
    return Part(ok=True, needed=False, detail=f"{len(alive)} alive")
