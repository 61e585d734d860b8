"""`thumbwheel keys`: written to Redis, or asked of a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from cli.main import build_app
from core.api_keys import ApiKey, ApiKeys
from core.audit import Audit, Noted
from core.errors import Conflict, InvalidRequest, NotFound
from core.local import RedisServer
from core.store import connect

Keys = Callable[..., Result]


@pytest.fixture
def keys(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Keys:
    monkeypatch.setenv("THUMBWHEEL_REDIS_URL", redis_server.url)
    asyncio.run(_empty(redis_server.url))

    def call(*words: str) -> Result:
        done = CliRunner().invoke(build_app("keys"), ["keys", *words])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return call


async def _empty(url: str) -> None:
    store = connect(url)
    await store.redis.flushall()
    await store.close()


async def _stored(url: str) -> tuple[list[ApiKey], list[Noted]]:
    store = connect(url)
    found = await ApiKeys(store).all(), await Audit(store).newest(10)
    await store.close()
    return found


def test_a_keys_life(keys: Keys, redis_server: RedisServer) -> None:
    assert "There is no key" in keys("list").stdout
    made = keys("create", "--name", "shop", "--scope", "chat", "--scope", "feedback")
    token = made.stdout.splitlines()[-1]
    assert "shop" in made.stdout
    turned = json.loads(keys("rotate", "shop", "--grace", "2h", "--json").stdout)
    assert turned["key"] != token
    listed = keys("list")
    assert "shop:*" in listed.stdout
    assert turned["key"] not in listed.stdout
    assert "opens nothing any more" in keys("revoke", turned["id"]).stdout
    assert json.loads(keys("list", "--json").stdout)[0]["revoked"]
    stored, acts = asyncio.run(_stored(redis_server.url))
    assert stored[0].about.scopes == ["chat", "feedback"]
    assert [noted.act.action for noted in acts] == ["revoke_key", "rotate_key", "create_key"]
    assert {noted.act.address for noted in acts} == {"terminal"}


def test_all_that_a_key_may_be(keys: Keys, redis_server: RedisServer) -> None:
    words = "create --name evas --scope view,operate --person eva --expires 90d --streams 2"
    made = json.loads(keys(*words.split(), "--requests-per-minute", "60", "--json").stdout)
    assert (made["person"], made["people"], made["streams"]) == ("eva", None, 2)
    assert made["expires"] - made["created"] == pytest.approx(90 * 86400, abs=60)
    assert made["requests_per_minute"] == 60
    assert asyncio.run(_stored(redis_server.url))[0][0].about.person == "eva"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("create --name shop --scope chat,root", InvalidRequest),
        ("create --name shop --scope chat --expires soon", InvalidRequest),
        ("create --name Shop! --scope chat", InvalidRequest),
        ("rotate nobody", NotFound),
        ("revoke nobody", NotFound),
    ],
)
def test_what_cannot_be(keys: Keys, words: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        keys(*words.split())
    assert "There is no key" in keys("list").stdout


def test_a_name_is_taken(keys: Keys) -> None:
    keys("create", "--name", "shop", "--scope", "chat")
    with pytest.raises(Conflict):
        keys("create", "--name", "shop", "--scope", "chat")
