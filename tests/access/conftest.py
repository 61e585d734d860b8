"""A server that asks for keys, inside this process: `api` shows none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from core.api_keys import ApiKey, NewKey
from core.scopes import Scope
from server.state import State
from tests.server.conftest import app, live, state, upstream

__all__ = ["app", "live", "state", "upstream"]


@dataclass(frozen=True)
class Made:
    """A key and how it is shown."""

    key: ApiKey
    token: str

    @property
    def shown(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def as_(self, user: str) -> dict[str, str]:
        """Shown for one of its people."""
        return {**self.shown, "X-Thumbwheel-User": user}


Make = Callable[..., Awaitable[Made]]


@pytest.fixture
async def make(state: State) -> Make:
    """`make("shop", "chat", "view", expires=...)`; the first one closes the server."""

    async def made(name: str, *scopes: Scope, **about: Any) -> Made:
        return Made(*await state.api_keys.create(NewKey(name, list(scopes), **about)))

    return made


@pytest.fixture
async def ops(make: Make) -> Made:
    """An administrator's key."""
    return await make("ops", "admin")


@pytest.fixture
async def api(app: FastAPI, ops: Made) -> AsyncIterator[AsyncClient]:
    """Without a key."""
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are looked up anew for every request."""
    monkeypatch.setattr("server.access.door.FRESH_S", 0.0)
