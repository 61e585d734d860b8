"""The heart of an API process beats on, whatever Redis says."""

from __future__ import annotations

import pytest
from redis.exceptions import ResponseError

from core.errors import StoreUnavailable
from core.servers import Servers
from core.store import Store
from server import heart
from tests.server.conftest import until


class Stumbling(Servers):
    """Some beats fail."""

    def __init__(self, store: Store, failures: dict[int, Exception]) -> None:
        super().__init__(store)
        self.beats = 0
        self._failures = failures

    async def beat(self, name: str) -> None:
        self.beats += 1
        if failure := self._failures.get(self.beats):
            raise failure
        await super().beat(name)


async def test_a_beat_that_fails_is_not_the_last(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(heart, "BEAT_S", 0.01)
    servers = Stumbling(store, {2: StoreUnavailable("away"), 3: ResponseError("WRONGTYPE")})
    beating = heart.Heart(servers, "srv_1")
    await beating.start()
    await until(lambda: servers.beats >= 5)
    assert [record.message for record in caplog.records] == ["away", "no beat"]
    await beating.close()
    assert await store.redis.keys("*srv_1*") == []
