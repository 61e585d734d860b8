"""What comes from a browser: cookies, pages of other sites, names turned to this machine."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from starlette.requests import HTTPConnection

from core.errors import BadConfig, Forbidden
from core.settings import Settings
from server.access.cookies import Session, Signer
from server.access.origin import check_local
from server.app import create_app
from server.lifespan import open_state
from server.state import State
from tests.access.conftest import Made, Make

HOLD = "/v1/assistants/support/hold"
WHY = {"reason": "of a test"}


async def test_a_cookie_that_was_not_signed_here_is_nobodys(
    api: AsyncClient, make: Make, state: State
) -> None:
    shop = await make("shop", "chat")
    good = (await api.post("/v1/session", json={"key": shop.token})).cookies["tw_user"]
    body, _, mac = good.partition(".")
    session = Session("shop:eva", time.time() + 60, shop.key.id, shop.key.digests[0][:16])
    said = orjson.loads(urlsafe_b64decode(body))
    other = urlsafe_b64encode(orjson.dumps({**said, "person": "shop:eva"}))
    ours = Signer((await state.api_keys.session_secret()).encode())
    forged = [
        "baker",
        f"{other.decode()}.{mac}",
        f"{body}.",
        f"{body}.{mac[:-1]}",
        Signer(b"guessed").write(session),
        ours.write(Session("shop:eva", time.time() - 1, shop.key.id, "0" * 16)),
        ours.write(Session("eva", time.time() + 60)),
    ]
    api.cookies.clear()
    for cookie in forged:
        reply = await api.get("/v1/me", headers={"Cookie": f"tw_user={cookie}"})
        assert reply.status_code == 401, cookie
    reply = await api.get("/v1/me", headers={"Cookie": f"tw_user={good}"})
    assert reply.json()["user"].startswith("shop:")


async def test_scripts_and_plain_http_never_see_the_cookie(api: AsyncClient, make: Make) -> None:
    shop = await make("shop", "chat")
    reply = await api.post("https://127.0.0.1/v1/session", json={"key": shop.token})
    attributes = set(reply.headers["set-cookie"].split("; ")[1:])
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/"} <= attributes


SITES = [
    ({}, True),  # no browser
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"}, False),
    ({"Origin": "http://127.0.0.1"}, True),
    ({"Origin": "http://127.0.0.1:81"}, False),
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "null"}, False),
]


async def test_pages_of_other_sites_change_nothing(
    api: AsyncClient, ops: Made, state: State
) -> None:
    await api.post("/v1/session", json={"key": ops.token})
    for headers, ours in SITES:
        reply = await api.post(HOLD, json=WHY, headers=headers)
        assert reply.status_code == (200 if ours else 403), headers
        assert (await state.registry.pointer("support")).held is ours
        reply = await api.post("/v1/assistants/support/resume")
        sign_in = await api.post("/v1/session", json={"key": ops.token}, headers=headers)
        assert sign_in.status_code == (200 if ours else 403), headers
    # A browser asks before it sends this header for another site, and is told no.
    key = {**ops.shown, "Sec-Fetch-Site": "cross-site"}
    assert (await api.post(HOLD, json=WHY, headers=key)).status_code == 200


async def test_other_origins_read_nothing_unless_named(
    api: AsyncClient, settings: Settings
) -> None:
    ask = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    for path in ("/v1/me", "/v1/chat/completions"):
        reply = await api.options(path, headers=ask)
        assert reply.status_code == 405
        assert "access-control-allow-origin" not in reply.headers
    named = settings.model_copy(update={"cors_origins": "https://app.example"})
    transport = ASGITransport(create_app(named))
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as other:
        told = (await other.options("/v1/me", headers=ask)).headers
        assert told["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in told, "cookies stay at home"
        refused = await other.options("/v1/me", headers={**ask, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in refused.headers


@pytest.fixture
async def open_api(app: FastAPI) -> AsyncClient:
    """A server without keys."""
    return AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1:8080")


async def test_a_server_without_keys_is_for_this_machine_alone(open_api: AsyncClient) -> None:
    async with open_api as api:
        for host in ("127.0.0.1:8080", "localhost", "[::1]:8080", "app.localhost"):
            assert (await api.get("/v1/me", headers={"Host": host})).json()["open"] is True
        for headers in (
            {"Host": "evil.example"},
            {"Host": "127.0.0.1.evil.example"},
            {"Host": "["},
            {"X-Forwarded-For": "203.0.113.9"},
            {"X-Real-IP": "203.0.113.9"},
            {"Forwarded": "for=203.0.113.9"},
            {"Via": "1.1 caddy"},
        ):
            reply = await api.get("/v1/me", headers=headers)
            assert reply.status_code == 403, headers
            assert "thumbwheel keys create" in reply.json()["error"]["message"]
    scope = {"type": "http", "headers": [(b"host", b"127.0.0.1:8080")]}
    check_local(HTTPConnection({**scope, "http_version": "1.1"}))
    with pytest.raises(Forbidden):  # nginx with nothing but a proxy_pass
        check_local(HTTPConnection({**scope, "http_version": "1.0"}))


async def test_nobody_locks_others_out_of_a_server_without_keys(
    open_api: AsyncClient, state: State
) -> None:
    async with open_api as api:
        reply = await api.post("/v1/keys", json={"name": "mine", "scopes": ["admin"]})
        assert reply.status_code == 409
    assert not await state.api_keys.were_ever()


async def test_a_server_for_others_does_not_start_without_keys(
    settings: Settings, make: Make
) -> None:
    everywhere = settings.model_copy(update={"host": "0.0.0.0"})
    with pytest.raises(BadConfig, match="thumbwheel keys create"):
        async with open_state(everywhere):
            raise AssertionError("it started")
    await make("ops", "admin")
    async with open_state(everywhere) as state:
        assert await state.api_keys.were_ever()


async def test_the_page_asks_to_sign_in(api: AsyncClient) -> None:
    reply = await api.get("/")
    assert reply.status_code == 303
    assert reply.headers["location"] == "/login?next=/"
    page = await api.get(reply.headers["location"])
    assert "/static/login.js" in page.text
    assert "form-action 'none'" in page.headers["content-security-policy"]
