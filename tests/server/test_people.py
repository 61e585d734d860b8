"""Consent and erasure over HTTP: each for oneself alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from httpx import AsyncClient

from core.artifacts import Artifacts
from core.lineage import Ledgers, write_people
from server.state import State
from tests.server.conftest import Live
from tests.server.seeds import seed_comparison, seed_response, seed_version
from tests.server.upstream import Upstream

URL = "/v1/users/ada"
ASKED: Final = {"model": "support", "messages": [{"role": "user", "content": "Hello?"}]}


async def test_consent_is_on_until_said_otherwise(api: AsyncClient) -> None:
    said = (await api.get(f"{URL}/consent")).json()
    assert said == {"id": "ada", "object": "user.consent", "consent": "on", "assistants": {}}


async def test_who_asks_may_be_called_me(api: AsyncClient, state: State) -> None:
    mine = "/v1/users/me"
    await seed_response(state)
    reply = await api.put(f"{mine}/consent", json={"consent": "off"})
    assert (reply.status_code, reply.json()["id"]) == (200, "ada")
    assert (await api.get(f"{URL}/consent")).json() == (await api.get(f"{mine}/consent")).json()
    erased = (await api.delete(mine)).json()
    assert (erased["id"], erased["removed"]["responses"]) == ("ada", 1)
    nameless = {"X-Thumbwheel-User": "anonymous"}
    assert (await api.delete(mine, headers=nameless)).status_code == 400


@pytest.mark.parametrize("said", ["on", "off"])
async def test_consent_is_off_again_for_who_comes_back(api: AsyncClient, said: str) -> None:
    await api.put(f"{URL}/consent", json={"consent": "off", "assistants": {"tutor": "on"}})
    await api.put(f"{URL}/consent", json={"consent": said})
    for _ in range(2):
        assert (await api.delete(URL)).status_code == 200
    assert (await api.get(f"{URL}/consent")).json()["consent"] == said


async def test_consent_is_replaced_as_a_whole(api: AsyncClient, state: State) -> None:
    body: dict[str, Any] = {"consent": "on", "assistants": {"tutor": "off"}}
    reply = await api.put(f"{URL}/consent", json=body)
    assert reply.status_code == 200
    assert (await api.get(f"{URL}/consent")).json() == reply.json()
    assert await state.consents.withheld("tutor", ["ada", "bob"]) == {"ada"}
    reply = await api.put(f"{URL}/consent", json={"consent": "off"})
    assert reply.json()["assistants"] == {}
    assert await state.consents.withheld("support", ["ada", "bob"]) == {"ada"}


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"consent": "maybe"}, 400, "consent"),
        ({}, 400, "consent"),
        ({"consent": "on", "assistants": {"nobody": "off"}}, 404, "nobody"),
        ({"consent": "on", "assistants": {"tutor": None}}, 400, "assistants"),
        ({"consent": "on", "extra": 1}, 400, "extra"),
    ],
)
async def test_a_wrong_consent_changes_nothing(
    api: AsyncClient, body: dict[str, Any], status: int, named: str
) -> None:
    reply = await api.put(f"{URL}/consent", json=body)
    assert reply.status_code == status
    assert named in reply.text
    assert (await api.get(f"{URL}/consent")).json()["consent"] == "on"


@pytest.mark.parametrize("user", ["bob", "anonymous"])
async def test_nobody_speaks_for_another(api: AsyncClient, state: State, user: str) -> None:
    response = await seed_response(state, user=user)
    for call in (
        api.get(f"/v1/users/{user}/consent"),
        api.put(f"/v1/users/{user}/consent", json={"consent": "off"}),
        api.delete(f"/v1/users/{user}"),
    ):
        assert (await call).status_code == 404
    assert await state.responses.get(response.id)


async def test_nobody_speaks_for_everybody_without_a_name(api: AsyncClient) -> None:
    headers = {"X-Thumbwheel-User": "anonymous"}
    reply = await api.delete("/v1/users/anonymous", headers=headers)
    assert reply.status_code == 400
    assert "give your name" in reply.json()["error"]["message"]


async def test_erasing_oneself(api: AsyncClient, state: State) -> None:
    mine = await seed_comparison(state, ["base", "base"])
    theirs = await seed_comparison(state, ["base", "base"], user="bob")
    vote = {"kind": "comparison", "choice": "a"}
    await api.post("/v1/feedback", json={**vote, "comparison_id": mine.id})
    bob = {"X-Thumbwheel-User": "bob"}
    await api.post("/v1/feedback", json={**vote, "comparison_id": theirs.id}, headers=bob)
    chat = (await api.post("/v1/conversations", json={"model": "support"})).json()

    reply = await api.delete(URL)
    assert reply.status_code == 200
    assert reply.json() == {
        "id": "ada",
        "object": "user.deleted",
        "deleted": True,
        "removed": {
            "comparisons": 1,
            "conversations": 1,
            "log entries": 1,
            "messages": 3,
            "opinions": 1,
            "responses": 2,
        },
        "versions": [],
    }
    assert (await api.get("/v1/feedback")).json()["data"] == []
    assert (await api.get("/v1/conversations")).json()["data"] == []
    assert (await api.get(f"/v1/conversations/{chat['id']}")).status_code == 404
    held = (await api.get("/v1/feedback", headers=bob)).json()["data"]
    assert [said["target"] for said in held] == [theirs.id]
    assert len(await state.responses.get_many(theirs.responses)) == 2
    board = (await api.get("/v1/assistants/support/leaderboard")).json()
    assert board["people"] <= 1
    again = (await api.delete(URL)).json()
    assert (again["removed"], again["deleted"]) == ({}, True)


async def test_versions_that_learned_are_named(
    api: AsyncClient, state: State, tmp_path: Path
) -> None:
    await seed_response(state)
    version, other = await seed_version(state), await seed_version(state)
    ledgers = Ledgers(Artifacts(state.settings.artifacts))
    for name, people in ((version, ["ada", "bob"]), (other, ["bob"])):
        directory = tmp_path / name
        directory.mkdir()
        write_people([await state.people.digest(user) for user in people], directory)
        ledgers.publish(name, directory)
    assert (await api.delete(URL)).json()["versions"] == [version]
    assert (await api.delete(URL)).json()["versions"] == [version]
    bob = {"X-Thumbwheel-User": "bob"}
    assert (await api.delete("/v1/users/bob", headers=bob)).json()["versions"] == [version, other]


async def test_chat_goes_on_without_consent(live: Live) -> None:
    await live.http.put(URL + "/consent", json={"consent": "off"})
    said = (await live.http.post("/v1/chat/completions", json=ASKED)).json()
    vote = {"kind": "thumb", "response_id": said["id"], "value": "up"}
    assert (await live.http.post("/v1/feedback", json=vote)).status_code == 201
    assert (await live.state.feedback.counts("support")).get("thumb", 0) == 0


async def test_what_is_being_said_while_somebody_is_erased_is_not_kept(
    live: Live, upstream: Upstream
) -> None:
    upstream.says("Yes", " of", " course", wait_after=1)
    chat = {**ASKED, "stream": True}
    async with live.http.stream("POST", "/v1/chat/completions", json=chat) as reply:
        lines = reply.aiter_lines()
        await anext(lines)
        assert (await live.http.delete(URL)).json()["removed"] == {"messages": 2, "responses": 1}
        upstream.go_on.set()
        said = [line async for line in lines if line]
    assert said[-1] == "data: [DONE]", "the stream itself goes on"
    left = [name async for name in live.state.store.redis.scan_iter("tw:*")]
    assert not [name for name in left if "ada" in name or ":message:" in name]
    assert not [name for name in left if ":response:" in name]


async def test_an_export_is_of_those_who_let_it_be_learned_from(
    api: AsyncClient, state: State
) -> None:
    for user in ("ada", "bob"):
        response = await seed_response(state, user=user)
        await state.feedback.append("thumb", "support", user, response.id, {"value": "up"})
    await api.put(f"{URL}/consent", json={"consent": "off"})
    query = {"assistant": "support", "format": "thumbwheel"}
    rows = (await api.get("/v1/feedback/export", params=query)).text.splitlines()
    assert [json.loads(row)["person"] for row in rows] == ["bob"]
