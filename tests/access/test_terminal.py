"""Commands against a server that asks for keys: THUMBWHEEL_API_KEY is shown, and says who it is."""

from __future__ import annotations

import asyncio
import json

import pytest
from typer.testing import CliRunner

from cli.main import build_app
from core.api_keys import NewKey
from core.errors import Forbidden, Unauthenticated
from tests.server.conftest import Live


async def run(live: Live, *words: str) -> str:
    """What it prints; raises what it raises."""
    command = [*words, "--url", live.url]
    done = await asyncio.to_thread(CliRunner().invoke, build_app(words[0]), command)
    if isinstance(done.exception, Exception):
        raise done.exception
    return done.stdout


async def test_commands_show_their_key(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    _, admin = await live.state.api_keys.create(NewKey("ops", ["admin"]))
    with pytest.raises(Unauthenticated, match="thumbwheel keys create"):
        await run(live, "hold", "support")
    monkeypatch.setenv("THUMBWHEEL_API_KEY", admin)
    made = json.loads(
        await run(live, "keys", "create", "--name", "eva", "--scope=view", "--person=eva", "--json")
    )
    assert "eva" in await run(live, "keys", "list")
    assert "is held" in await run(live, "hold", "support")
    act = (await live.state.audit.newest(1))[0].act
    assert (act.by, act.key, act.action, act.target) == ("ops:anonymous", "ops", "hold", "support")
    monkeypatch.setenv("THUMBWHEEL_API_KEY", made["key"])
    assert "champion" in await run(live, "status", "--json")
    with pytest.raises(Forbidden, match="operate"):
        await run(live, "hold", "support")
    monkeypatch.setenv("THUMBWHEEL_API_KEY", admin)
    await run(live, "keys", "rotate", "eva", "--grace", "0s")
    assert "opens nothing" in await run(live, "keys", "revoke", "eva")
