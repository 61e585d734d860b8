"""The replicas and the workers in a scrape."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from typing import Final

from core.tasks import QUEUE_SHORT, QUEUE_TRAIN
from core.workers import Workers
from server.sight.families import Scrape
from server.state import State

SHOWN_S: Final = 3600.0
"""A replica that has been silent for longer is not coming back under its name."""


async def add_fleet(state: State, scrape: Scrape, wanted: Collection[str]) -> None:
    """`wanted`: the versions that every replica should have."""
    reports = await state.replicas.all()
    alive = {replica.id for replica in state.replicas.living(reports)}
    for replica in reports:
        if time.time() - replica.at > SHOWN_S:
            continue
        ready = replica.ready and replica.id in alive
        scrape.add("replica_ready", ready, replica.id)
        scrape.add("replica_reported_timestamp_seconds", replica.at, replica.id)
        missing = set(wanted) - set(replica.versions)
        scrape.add("replica_versions_missing", len(missing) if ready else None, replica.id)
        for version in replica.versions if ready else ():
            scrape.add("replica_version", 1, replica.id, version)


async def add_workers(state: State, scrape: Scrape) -> None:
    alive = await Workers(state.store).alive()
    taking = Counter(queue for worker in alive for queue in worker.queues)
    for queue in (QUEUE_SHORT, QUEUE_TRAIN):
        scrape.add("workers", taking[queue], queue)
