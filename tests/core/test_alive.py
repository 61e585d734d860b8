"""Who counts as alive, by when they were heard of."""

from __future__ import annotations

import time

import pytest

from core import keys
from core.records import Replica, Worker, encode
from core.replicas import Replicas
from core.store import Store
from core.workers import Workers

TABLE = [
    ("just now", 0.0, True),
    ("long ago", -3600.0, False),
    ("in an hour, by a clock that was set back since", 3600.0, False),
]


@pytest.mark.parametrize(("_when", "ago_s", "lives"), TABLE, ids=[row[0] for row in TABLE])
async def test_alive(store: Store, _when: str, ago_s: float, lives: bool) -> None:
    at = time.time() + ago_s
    await Replicas(store, 60.0).report(Replica("r1", "http://r1", "base", True, [], at))
    await store.redis.hset(keys.workers(), "w1", encode(Worker("w1", ["train"], at)))
    assert [r.id for r in await Replicas(store, 60.0).alive()] == (["r1"] if lives else [])
    assert [w.name for w in await Workers(store).alive()] == (["w1"] if lives else [])
    await Workers(store).report(Worker("w2", ["short"], time.time()))
    assert len(await Workers(store).all()) == 1 + lives
