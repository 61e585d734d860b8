"""Replicas and workers, as they say themselves and as this process sees them."""

from __future__ import annotations

import time

from core.records import Replica
from core.workers import Workers
from server.explore.schemas import Fleet, ReplicaView, WorkerView
from server.state import State


async def find_fleet(state: State) -> Fleet:
    reports = await state.replicas.all()
    alive = {replica.id for replica in state.replicas.living(reports)}
    reported = [_view(state, r, r.ready and r.id in alive) for r in reports]
    named = {replica.id for replica in reports}
    bare = [_bare(state, i) for i in state.router.versions_loaded() if i not in named]
    now = time.time()
    workers = [
        WorkerView(name=w.name, queues=w.queues, age_s=max(0.0, now - w.at))
        for w in await Workers(state.store).all()
    ]
    return Fleet(
        replicas=sorted([*reported, *bare], key=lambda view: view.id),
        workers=sorted(workers, key=lambda view: view.name),
    )


def _view(state: State, replica: Replica, ready: bool) -> ReplicaView:
    return ReplicaView(
        id=replica.id,
        url=replica.url,
        ready=ready,
        versions=sorted(replica.versions),
        in_flight=state.router.in_flight(replica.id),
        age_s=max(0.0, time.time() - replica.at),
        error=replica.error,
        base_model=replica.base_model,
    )


def _bare(state: State, url: str) -> ReplicaView:
    """An upstream without an agent, which this process looks at itself."""
    return ReplicaView(
        id=url,
        url=url,
        ready=True,
        versions=[],
        in_flight=state.router.in_flight(url),
        age_s=None,
        error="",
        base_model="",
    )
