"""What the registry wants of every replica, as it was read last."""

from __future__ import annotations

import logging

from core.errors import StoreUnavailable
from core.registry import Registry
from server.fleet.health import Condition

log = logging.getLogger(__name__)


class Wanted:
    """`versions` is None until Redis was read once; without Redis the last known set stays."""

    def __init__(
        self, registry: Registry, assistants: list[str], redis: Condition, replica: str
    ) -> None:
        self.versions: frozenset[str] | None = None
        self.champions: frozenset[str] = frozenset()
        self._registry = registry
        self._assistants = assistants
        self._redis = redis
        self._replica = replica

    async def read(self) -> None:
        try:
            pointers = await self._registry.pointers(self._assistants)
        except StoreUnavailable:
            self._redis.set("away")
            return
        self._redis.set("")
        versions = frozenset(v for p in pointers.values() for v in p.desired())
        self.champions = versions & {p.champion for p in pointers.values()}
        if versions != self.versions:
            extra = {"action": "desired", "replica": self._replica, "versions": sorted(versions)}
            log.info("desired", extra=extra)
            self.versions = versions
