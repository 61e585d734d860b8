"""Every route says what it asks for, and asks for it before it reads anything."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from httpx import AsyncClient
from openai import AsyncOpenAI
from openai import AuthenticationError as WrongKey
from openai import PermissionDeniedError as NotAllowed

from core.api_keys import NewKey
from core.scopes import SCOPES, Scope
from core.settings import Settings
from server.access.guard import Guard
from server.access.needs import READING, need_of
from server.app import create_app
from server.web.plotly import PATH as PLOTLY
from tests.access.conftest import Made, Make
from tests.server.conftest import Live, run_live
from tests.server.upstream import Upstream

APP = create_app(Settings(_env_file=None))
ROUTES = [route for route in APP.routes if isinstance(route, APIRoute)]
PUBLIC = {"/healthz", "/readyz", "/v1/session", "/login", "/static/{path:path}", PLOTLY}
ASKED: dict[str, Any] = {"model": "support", "messages": [{"role": "user", "content": "Hello?"}]}


def test_every_route_declares_a_scope() -> None:
    assert {r.path for r in ROUTES if need_of(r).public} == PUBLIC
    assert all(isinstance(route.app, Guard) for route in ROUTES)
    others = {route.path for route in APP.routes if not isinstance(route, APIRoute)}
    assert others == {"/openapi.json"}, "what is no APIRoute has no guard"
    router = APIRouter()
    router.add_api_route("/new", lambda: {})
    with pytest.raises(LookupError, match="/new declares no scope"):
        need_of(router.routes[0])  # type: ignore[arg-type]


async def test_nobody_gets_in_without_a_key(api: AsyncClient) -> None:
    for route in ROUTES:
        path = re.sub(r"\{.*?\}", "support", route.path)
        for method in route.methods:
            for headers in ({}, {"Authorization": "Bearer tw_0123456789ab_" + "x" * 43}):
                reply = await api.request(method, path, headers=headers)
                if route.path in PUBLIC:
                    assert reply.status_code not in (401, 403), path
                elif need_of(route).page:
                    assert reply.headers["location"].startswith("/login?next=")
                else:
                    assert reply.status_code == 401, (method, path)
                    assert reply.json()["error"]["code"] == "invalid_api_key"
                    assert reply.headers["www-authenticate"] == "Bearer"


TABLE: dict[str, set[tuple[str, str]]] = {
    "chat": {("GET", "/v1/models"), ("POST", "/v1/conversations")},
    "feedback": {("GET", "/v1/feedback")},
    "view": {
        ("GET", "/v1/assistants"),
        ("GET", "/metrics"),
        ("GET", "/v1/feedback/export?assistant=support"),
    },
    "operate": {
        ("POST", "/v1/assistants/support/hold"),
        ("POST", "/v1/assistants/support/resume"),
        ("POST", "/v1/feedback/import?assistant=support&format=kto"),
    },
    "admin": {("GET", "/v1/keys"), ("GET", "/v1/audit")},
}
HELD = {
    "chat": {"chat"},
    "feedback": {"feedback"},
    "view": {"view"},
    "operate": {"operate", "view"},
    "admin": set(TABLE),
}
BODIES = {"/v1/conversations": {"model": "support"}, "/v1/assistants/support/hold": {"reason": "x"}}


async def test_a_key_does_what_its_scopes_say(api: AsyncClient, make: Make) -> None:
    for scope in SCOPES:
        await check_scope(api, await make(scope, scope), scope)


async def check_scope(api: AsyncClient, key: Made, scope: Scope) -> None:
    for needed, calls in TABLE.items():
        for method, path in calls:
            reply = await api.request(method, path, json=BODIES.get(path), headers=key.shown)
            if needed in HELD[scope]:
                assert reply.status_code < 300, (scope, path, reply.text)
            else:
                assert reply.status_code == 403, (scope, path)
                assert needed in reply.json()["error"]["message"]
    told = (await api.get("/v1/me", headers=key.shown)).json()
    assert told["user"] == f"{scope}:anonymous"
    assert set(told["scopes"]) == HELD[scope]
    assert told["open"] is False


def test_operating_is_more_than_looking() -> None:
    acts = {"/v1/assistants/{name}/retrain", "/v1/runs/{run_id}", "/v1/feedback/import"}
    asked = {r.path: need_of(r) for r in ROUTES if not r.methods <= READING}
    assert all("operate" in asked[path].scopes for path in acts)


async def test_no_body_is_read_before_it_is_known_who_sends_it(api: AsyncClient) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b"{" * 1000

    reply = await api.post("/v1/chat/completions", content=body())
    assert reply.status_code == 401
    assert read <= 1


async def test_openais_client_needs_nothing_but_the_key(
    settings: Settings, upstream: Upstream
) -> None:
    served = settings.model_copy(update={"vllm_urls": upstream.url})
    async with run_live(served) as live:
        chat, looker = await _key(live, "chat"), await _key(live, "view")
        async with AsyncOpenAI(base_url=f"{live.url}/v1", api_key=chat.token) as client:
            answer = await client.chat.completions.create(**ASKED, user="eva")
            assert (await live.state.responses.get(answer.id)).user == "chat:eva"
            stream = await client.chat.completions.create(**ASKED, stream=True)
            said = [chunk.choices[0].delta.content or "" async for chunk in stream]
            assert "".join(said) == answer.choices[0].message.content
        for token, error in ((looker.token, NotAllowed), ("none", WrongKey)):
            async with AsyncOpenAI(base_url=f"{live.url}/v1", api_key=token) as client:
                with pytest.raises(error):
                    await client.chat.completions.create(**ASKED)


async def _key(live: Live, scope: Scope) -> Made:
    return Made(*await live.state.api_keys.create(NewKey(scope, [scope])))
