"""Keys: what is stored of them, when they end, and that they are compared without telling."""

from __future__ import annotations

import hmac
import time
from typing import Any

import pytest
from httpx import AsyncClient

from core.api_keys import ApiKeys, NewKey
from core.errors import BadConfig, Conflict, InvalidRequest, Unauthenticated
from core.scopes import SCOPES
from core.settings import Settings
from core.store import Store
from server.access.door import DIGEST_PART, Door
from server.state import State
from tests.access.conftest import Made, Make


async def test_no_secret_is_stored(api: AsyncClient, ops: Made, state: State) -> None:
    asked = {"name": "shop", "scopes": ["chat"]}
    made = (await api.post("/v1/keys", json=asked, headers=ops.shown)).json()
    secret = made["key"].split("_", 2)[2]
    redis = state.store.redis
    dump = ""
    for name in await redis.keys("*"):
        kind = await redis.type(name)
        read = {"hash": redis.hgetall, "string": redis.get}.get(kind)
        dump += str(await read(name)) if read else str(await _all_of(redis, name, kind))
    assert made["id"] in dump
    assert secret not in dump
    listed = await api.get("/v1/keys", headers=ops.shown)
    assert [key["name"] for key in listed.json()["data"]] == ["ops", "shop"]
    assert secret not in listed.text


async def _all_of(redis: Any, name: str, kind: str) -> Any:
    read = {"stream": redis.xrange(name), "zset": redis.zrange(name, 0, -1)}
    found = await read.pop(kind)
    for other in read.values():
        other.close()
    return found


@pytest.mark.usefixtures("at_once")
async def test_a_key_ends_when_it_is_revoked_expires_or_is_changed(
    api: AsyncClient, ops: Made, make: Make
) -> None:
    async def opens(token: str) -> bool:
        shown = {"Authorization": f"Bearer {token}"}
        return (await api.get("/v1/models", headers=shown)).status_code == 200

    gone = await make("gone", "chat")
    assert await opens(gone.token)
    await api.delete(f"/v1/keys/{gone.key.id}", headers=ops.shown)
    assert not await opens(gone.token)

    brief = await make("brief", "chat", expires=time.time() + 60)
    assert brief.key.accepts(brief.key.digests[0], brief.key.about.expires - 0.01)
    assert not brief.key.accepts(brief.key.digests[0], brief.key.about.expires)

    turned = await make("turned", "chat")
    first = (await api.post("/v1/keys/turned/rotate", headers=ops.shown)).json()["key"]
    assert [await opens(token) for token in (turned.token, first)] == [True, True]
    at_once = {"grace_s": 0}
    reply = await api.post("/v1/keys/turned/rotate", json=at_once, headers=ops.shown)
    tokens = (turned.token, first, reply.json()["key"])
    assert [await opens(token) for token in tokens] == [False, False, True]


@pytest.mark.usefixtures("at_once")
async def test_a_session_ends_with_its_key(api: AsyncClient, ops: Made, make: Make) -> None:
    for name, end in (
        ("one", lambda: api.delete("/v1/keys/one", headers=ops.shown)),
        ("two", lambda: api.post("/v1/keys/two/rotate", json={"grace_s": 0}, headers=ops.shown)),
    ):
        api.cookies.clear()
        await api.post("/v1/session", json={"key": (await make(name, "chat")).token})
        assert (await api.get("/v1/models")).status_code == 200
        await end()
        assert (await api.get("/v1/models")).status_code == 401
    await api.post("/v1/session", json={"key": (await make("three", "chat")).token})
    await api.delete("/v1/session")
    assert (await api.get("/v1/models")).status_code == 401


async def test_secrets_are_compared_in_constant_time(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[Any, Any]] = []

    def spy(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return one == other

    key = (await make("shop", "chat")).key
    monkeypatch.setattr(hmac, "compare_digest", spy)
    for digest in (key.digests[0], "f" * 64, ""):
        compared.clear()
        assert key.accepts(digest, time.time()) is (digest == key.digests[0])
        assert len(compared) == 2, "as often whether right or wrong"
    own = key.digests[0][:DIGEST_PART]
    for part in (own, "f" * DIGEST_PART, ""):
        compared.clear()
        assert key.opened(part, time.time()) is (part == own)
        assert compared == [(own[: len(part)], part), ("0" * len(part), part)]


async def test_when_a_key_was_used_is_noted(api: AsyncClient, make: Make, state: State) -> None:
    key = await make("shop", "chat")
    assert (await state.api_keys.get("shop")).used == 0.0
    before = time.time()
    await api.get("/v1/models", headers=key.shown)
    assert (await state.api_keys.get("shop")).used >= before


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"name": "Two Words", "scopes": ["chat"]}, "name"),
    ({"name": "a:b", "scopes": ["chat"]}, "name"),
    ({"name": "shop", "scopes": []}, "scopes"),
    ({"name": "shop", "scopes": ["chat"], "person": "a:b"}, "person"),
    ({"name": "shop", "scopes": ["chat"], "person": "eva", "people": "shop"}, "person"),
    ({"name": "shop", "scopes": ["chat"], "expires": 1.0}, "expires"),
]


async def test_a_key_that_makes_no_sense_is_not_made(store: Store) -> None:
    api_keys = ApiKeys(store)
    for about, named in NONSENSE:
        with pytest.raises(InvalidRequest, match=named):
            await api_keys.create(NewKey(**about))
    assert not await api_keys.were_ever()


async def test_a_name_is_given_once(make: Make, state: State) -> None:
    await make("shop", "chat")
    with pytest.raises(Conflict, match="rotate or revoke"):
        await make("shop", "chat")
    await state.api_keys.revoke("shop")
    with pytest.raises(Conflict, match="is revoked"):
        await state.api_keys.rotate((await state.api_keys.all())[0].id, 0)
    await make("shop", "chat")


def test_the_settings_key_is_no_short_one(store: Store) -> None:
    with pytest.raises(BadConfig, match="at least 32"):
        Door(Settings(_env_file=None, admin_key="secret"), ApiKeys(store))


async def test_the_settings_key_may_everything(store: Store) -> None:
    token = "long enough to be no password of anybody's"
    door = Door(Settings(_env_file=None, admin_key=token, host="0.0.0.0"), ApiKeys(store))
    await door.open()
    caller = (await door.sign_in(token, "203.0.113.9"))[0]
    assert caller.scopes == set(SCOPES)
    with pytest.raises(Unauthenticated):
        await door.sign_in(token[:-1], "203.0.113.9")
