"""Single sign-on and addresses: believed of the proxy that the settings trust, of nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx import AsyncClient, AsyncHTTPTransport
from starlette.requests import HTTPConnection

from core.api_keys import ApiKeys
from core.errors import BadConfig, Forbidden, Unauthenticated
from core.settings import Settings
from core.store import Store
from server.access.door import Door
from server.access.proxies import Proxies
from tests.server.conftest import DEADLINE_S, Live, run_live

SECRET = "between the proxy and us"
HEADER = "X-Forwarded-User"
SSO = {"sso_header": HEADER, "sso_grants": {"eva@example.org": "operate"}}


def settings_of(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)


def request(peer: str = "203.0.113.9", **headers: str) -> HTTPConnection:
    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return HTTPConnection(
        {"type": "http", "headers": raw, "client": (peer, 1), "scheme": "http", "path": "/"}
    )


PROOFS: list[tuple[dict[str, Any], str, dict[str, str], bool]] = [
    ({"sso_secret": SECRET}, "203.0.113.9", {"x_thumbwheel_proxy_secret": SECRET}, True),
    ({"sso_secret": SECRET}, "203.0.113.9", {}, False),
    ({"sso_secret": SECRET}, "203.0.113.9", {"x_thumbwheel_proxy_secret": "guessed"}, False),
    ({"trusted_proxies": "10.0.0.0/8"}, "10.1.2.3", {}, True),
    ({"trusted_proxies": "10.0.0.0/8"}, "::ffff:10.1.2.3", {}, True),
    ({"trusted_proxies": "10.0.0.0/8"}, "203.0.113.9", {}, False),
    ({"trusted_proxies": "10.0.0.0/8"}, "203.0.113.9", {"x_forwarded_for": "10.1.2.3"}, False),
    ({"trusted_proxies": "10.0.0.0/8", "sso_secret": SECRET}, "10.1.2.3", {}, False),
]


async def test_a_sign_on_header_needs_its_proof(store: Store) -> None:
    for changes, peer, headers, believed in PROOFS:
        door = Door(settings_of(**SSO, **changes), ApiKeys(store))
        await door.open()
        asked = request(peer, x_forwarded_user="eva@example.org", **headers)
        if not believed:
            with pytest.raises(Unauthenticated):
                await door.find_caller(asked)
            continue
        caller = await door.find_caller(asked)
        assert caller.person == "eva@example.org"
        assert caller.scopes == {"chat", "feedback", "view", "operate"}
        with pytest.raises(Forbidden):
            caller.speaker("ada")


PROXY = "127.0.0.2"
"""An address on loopback that only the proxy calls from."""


@asynccontextmanager
async def calling_from(address: str, live: Live) -> AsyncIterator[AsyncClient]:
    transport = AsyncHTTPTransport(local_address=address)
    async with AsyncClient(transport=transport, base_url=live.url, timeout=DEADLINE_S) as client:
        yield client


async def test_who_a_proxy_signs_in_is_one_person_without_the_wheel(settings: Settings) -> None:
    changes = {**SSO, "trusted_proxies": PROXY}
    async with (
        run_live(settings.model_copy(update=changes)) as live,
        calling_from(PROXY, live) as proxy,
        calling_from("127.0.0.1", live) as stranger,
    ):
        eva, ada = ({HEADER: f"{name}@example.org"} for name in ("eva", "ada"))
        theirs = await proxy.post("/v1/conversations", json={"model": "support"}, headers=ada)
        path = f"/v1/conversations/{theirs.json()['id']}"
        assert (await proxy.get(path, headers=ada)).status_code == 200
        assert (await proxy.get(path, headers=eva)).status_code == 404
        assert (await proxy.get("/v1/conversations", headers=eva)).json()["data"] == []
        named = {**eva, "X-Thumbwheel-User": "ada@example.org"}
        assert (await proxy.get(path, headers=named)).status_code == 403
        hold = "/v1/assistants/support/hold"
        held = [await proxy.post(hold, json={"reason": "x"}, headers=who) for who in (ada, eva)]
        assert [reply.status_code for reply in held] == [403, 200], "eva alone was granted it"
        for claim in ({}, {"X-Forwarded-For": PROXY}, {"Forwarded": f"for={PROXY}"}):
            assert (await stranger.get(path, headers={**ada, **claim})).status_code == 401


async def test_sign_on_is_nobodys_without_proof_in_the_settings() -> None:
    with pytest.raises(BadConfig, match="SSO_SECRET"):
        Proxies(settings_of(**SSO))
    with pytest.raises(BadConfig, match="TRUSTED_PROXIES"):
        Proxies(settings_of(trusted_proxies="10.0.0.0/8, everybody"))
    assert Proxies(settings_of()).person(request(x_forwarded_user="eva")) == ""


@pytest.mark.parametrize("name", ["shop:eva", "two words", "", "x" * 129])
async def test_sign_on_names_no_keys_people(name: str) -> None:
    proxies = Proxies(settings_of(**SSO, trusted_proxies="10.0.0.1"))
    with pytest.raises(Forbidden):
        proxies.person(request("10.0.0.1", x_forwarded_user=name))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # said by no proxy of ours
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),  # the first was made up
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_an_address_cannot_be_made_up(peer: str, forwarded: str, address: str) -> None:
    proxies = Proxies(settings_of(trusted_proxies="10.0.0.0/24"))
    assert proxies.address(request(peer, x_forwarded_for=forwarded)) == address
    assert proxies.is_https(request(peer, x_forwarded_proto="https")) is (peer == "10.0.0.1")
    asked = request(peer)
    lines = forwarded.split(", ")
    asked.scope["headers"] += [(b"x-forwarded-for", line.encode()) for line in lines]
    assert proxies.address(asked) == address, "a line of its own for each"
