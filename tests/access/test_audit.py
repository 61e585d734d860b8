"""What operators did can be told afterwards: who, when, from where, and with which key."""

from __future__ import annotations

import time
from typing import Any

from fastapi.routing import APIRoute
from httpx import AsyncClient

from core.settings import Settings
from server.access.needs import READING, need_of
from server.app import create_app
from server.state import State
from tests.access.conftest import Made, Make

WHY = {"reason": "of a test"}


def test_no_operators_route_is_left_out_of_the_audit_log() -> None:
    routes = [r for r in create_app(Settings(_env_file=None)).routes if isinstance(r, APIRoute)]
    audited = {(r.name, r.path) for r in routes if need_of(r).audited}
    acts = {
        (r.name, r.path)
        for r in routes
        if not r.methods <= READING and need_of(r).scopes & {"operate", "admin"}
    }
    assert acts <= audited
    named = {name for name, _ in audited}
    assert {"retrain", "promote", "rollback", "hold", "resume", "cancel"} <= named
    assert {"take_in", "give_out", "create_key", "rotate_key", "revoke_key"} <= named


async def test_every_act_says_who_when_and_from_where(
    api: AsyncClient, ops: Made, make: Make, state: State
) -> None:
    wheel = await make("wheel", "operate", "feedback")
    before = time.time()
    run, _ = await state.runs.open("support", "of a test", {})
    path = "/v1/assistants/support"
    calls: list[tuple[str, str, Any, str, str]] = [
        ("POST", f"{path}/hold", WHY, "hold", "support"),
        ("POST", f"{path}/resume", WHY, "resume", "support"),
        ("POST", f"{path}/retrain", WHY, "retrain", "support"),
        ("DELETE", f"/v1/runs/{run.id}", None, "cancel", run.id),
        ("GET", "/v1/feedback/export?assistant=support", None, "give_out", "support"),
        ("POST", "/v1/feedback/import?assistant=support&format=kto", None, "take_in", "support"),
    ]
    for method, url, body, _, _ in calls:
        headers = {**wheel.as_("eva"), "X-Request-Id": "req-1"}
        reply = await api.request(method, url, json=body, headers=headers)
        assert reply.status_code < 300, reply.text
    told = (await api.get("/v1/audit", headers=ops.shown)).json()["data"]
    assert [(act["action"], act["target"]) for act in reversed(told)] == [c[3:] for c in calls]
    for act in told:
        assert (act["by"], act["key"], act["address"]) == ("wheel:eva", "wheel", "127.0.0.1")
        assert act["request"] == "req-1"
        assert before < act["at"] < time.time()
    own = (await api.get(f"{path}/audit", headers=ops.shown)).json()["data"]
    assert {entry["by"] for entry in own} >= {"wheel:eva"}, "with its reason, per assistant"


async def test_what_was_refused_is_no_act(api: AsyncClient, ops: Made, make: Make) -> None:
    looker = await make("looker", "view")
    for headers, status in ((looker.shown, 403), ({}, 401), (ops.shown, 404)):
        reply = await api.post("/v1/assistants/nobody/hold", json=WHY, headers=headers)
        assert reply.status_code == status
    assert (await api.get("/v1/audit", headers=ops.shown)).json()["data"] == []
    assert (await api.get("/v1/audit", headers=looker.shown)).status_code == 403


async def test_changes_of_keys_are_acts(api: AsyncClient, ops: Made) -> None:
    body = {"name": "shop", "scopes": ["chat"]}
    await api.post("/v1/keys", json=body, headers=ops.shown)
    await api.post("/v1/keys/shop/rotate", headers=ops.shown)
    await api.delete("/v1/keys/shop", headers=ops.shown)
    told = (await api.get("/v1/audit?limit=3", headers=ops.shown)).json()["data"]
    assert [act["action"] for act in told] == ["revoke_key", "rotate_key", "create_key"]
    assert [act["target"] for act in told] == ["shop"] * 3
