"""What operators read: opinions one by one and over time, a conversation behind, the fleet."""

from __future__ import annotations

import time
from typing import Any

import pytest
from httpx import AsyncClient

from core.archive import Archive
from core.conversations import Conversation
from core.records import Replica, Worker
from core.registry import Actor, AuditEntry
from core.workers import Workers
from server.explore import feedback
from server.explore.timeline import reigns
from server.state import State
from tests.server.conftest import Live, until
from tests.server.seeds import QUESTION, seed_comparison, seed_response, seed_version

URL = "/v1/assistants/support"
NEW = "support-p000001-aaaaaaaa"
MIDDAY = 1_763_551_800
"""Wednesday, 2025-11-19, 11:30 UTC."""


async def thumb(state: State, user: str, value: str = "up", **more: Any) -> str:
    response = await seed_response(state, user=user, version=more.pop("version", "base"))
    body = {"value": value, "tags": [], "comment": "", **more}
    return await say(state, "thumb", user, response.id, body, response.version)


async def say(
    state: State, kind: Any, user: str, target: str, body: dict[str, Any], *versions: str
) -> str:
    return (await state.feedback.append(kind, "support", user, target, body, versions=versions))[0]


async def listed(api: AsyncClient, **asked: Any) -> list[str]:
    """Ids over all pages."""
    found: list[str] = []
    while True:
        page = (await api.get(f"{URL}/feedback", params=asked)).json()
        found += [one["id"] for one in page["data"]]
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


async def test_an_opinion_is_shown_with_what_it_is_about(api: AsyncClient, state: State) -> None:
    pair = await seed_comparison(state, ["base", NEW], user="eva", conversation="conv_1")
    body = {"choice": "b", "tags": ["kind"], "comment": "warmer"}
    identity = await say(state, "comparison", "eva", pair.id, body, "base", NEW)
    [shown] = (await api.get(f"{URL}/feedback")).json()["data"]
    assert shown == {
        **{"id": identity, "object": "feedback", "kind": "comparison", "user": "eva"},
        **{"at": shown["at"], "versions": ["base", NEW], "response_ids": pair.responses},
        **{"comparison_id": pair.id, "conversation_id": "conv_1"},
        **{"tags": ["kind"], "comment": "warmer", "choice": "b"},
        **{"value": None, "order": None, "text": None, "signal": None},
        **{"prompt_excerpt": QUESTION, "answer_excerpt": "Answer 1."},
    }


async def test_what_does_not_hold_is_not_shown(api: AsyncClient, state: State) -> None:
    kept = await thumb(state, "eva", "down")
    taken = await thumb(state, "eva")
    assert await state.feedback.retract("support", "eva", taken)
    response = await seed_response(state, user="bob")
    await say(state, "thumb", "bob", response.id, {"value": "up"}, "base")
    changed = await say(state, "thumb", "bob", response.id, {"value": "down"}, "base")
    for user in ("zoe", "off"):
        await thumb(state, user)
    await api.delete("/v1/users/zoe", headers={"X-Thumbwheel-User": "zoe"})
    await api.put(
        "/v1/users/off/consent", json={"consent": "off"}, headers={"X-Thumbwheel-User": "off"}
    )
    assert await listed(api) == [changed, kept]
    assert await listed(api, user="off") == await listed(api, user="zoe") == []


@pytest.mark.parametrize("archived", [0, 8, 13])
async def test_filters_and_pages(api: AsyncClient, state: State, archived: int) -> None:
    everything = []
    for number in range(12):
        user, version = ("eva", "base") if number % 3 else ("bob", NEW)
        tags = ["wrong"] if number % 2 else []
        everything.insert(0, await thumb(state, user, version=version, tags=tags))
    comment = await seed_response(state, user="eva")
    everything.insert(0, await say(state, "comment", "eva", comment.id, {"comment": "hm"}))
    numbered = dict(enumerate(reversed(everything[1:])))
    await Archive(state.store, state.settings.artifacts).move("support", archived)
    for limit in (1, 5, 13, 50):
        assert await listed(api, limit=limit) == everything
        assert await listed(api, user="eva", limit=limit) == [
            i for i in everything if i not in [numbered[n] for n in (0, 3, 6, 9)]
        ]
    assert await listed(api, kind="comment") == everything[:1]
    assert await listed(api, version=NEW, limit=3) == [numbered[n] for n in (9, 6, 3, 0)]
    wrong_of_bob = await listed(api, tag="wrong", user="bob")
    assert wrong_of_bob == [numbered[9], numbered[3]]
    shown = (await api.get(f"{URL}/feedback")).json()["data"]
    middle = shown[6]["at"]
    assert await listed(api, since=middle) == everything[:7]
    assert await listed(api, until=middle, limit=2) == everything[7:]
    assert await listed(api, user="bob", until=middle) == [numbered[n] for n in (3, 0)]


async def test_pages_go_on_where_little_fits(
    api: AsyncClient, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await thumb(state, "eva", tags=["rare"])
    for _ in range(6):
        await thumb(state, "eva")
    archive = Archive(state.store, state.settings.artifacts)
    await archive.move("support", 3)
    monkeypatch.setattr(feedback, "MOST_EXAMINED", 1)
    monkeypatch.setattr(feedback, "CHUNK", 2)
    page = (await api.get(f"{URL}/feedback", params={"tag": "rare"})).json()
    assert page["data"] == []
    assert page["next"]
    assert await listed(api, tag="rare") == [first]


@pytest.mark.parametrize(
    "asked",
    [
        {"cursor": "1-2; drop"},
        {"cursor": "0-0"},
        {"cursor": "5-0", "user": "eva"},
        {"cursor": "fb_" + "0" * 26},
        {"kind": "wave"},
        {"limit": 0},
        {"since": "nan"},
    ],
)
async def test_a_wrong_question_is_refused(api: AsyncClient, asked: dict[str, Any]) -> None:
    assert (await api.get(f"{URL}/feedback", params=asked)).status_code == 400


@pytest.mark.parametrize("nameless", ["anonymous", "shop:anonymous"])
async def test_nameless_people_are_read_from_the_log(
    api: AsyncClient, state: State, nameless: str
) -> None:
    identity = await thumb(state, nameless)
    await thumb(state, "eva")
    first = (await api.get(f"{URL}/feedback", params={"user": nameless, "limit": 1})).json()
    assert [one["id"] for one in first["data"]] == [identity]
    assert not first["next"].startswith("fb_"), "a place in the log, not among her opinions"
    assert await listed(api, user=nameless, limit=1) == [identity]


# -- the conversation behind --


async def talk(state: State, user: str = "eva") -> tuple[Conversation, str]:
    conversation = await state.conversations.create(user, "support", "lamps")
    response = await seed_response(state, user=user, conversation=conversation.id)
    await state.conversations.add(conversation, response.prompt)
    await state.conversations.add(conversation, response.message, response.id)
    return conversation, response.id


async def test_an_operator_reads_the_conversation_behind(api: AsyncClient, state: State) -> None:
    conversation, response = await talk(state)
    url = f"{URL}/conversations/{conversation.id}"
    assert (await api.get(url)).status_code == 404, "nobody gave feedback in it"
    said = await say(state, "thumb", "eva", response, {"value": "down", "tags": ["wrong"]}, "base")
    shown = (await api.get(url)).json()
    assert (shown["id"], shown["user"], shown["title"]) == (conversation.id, "eva", "lamps")
    asked, answered = shown["messages"]
    assert (asked["content"], asked["version"]) == (QUESTION, "")
    assert (answered["response_id"], answered["version"]) == (response, "base")
    assert [(o["id"], o["value"], o["tags"]) for o in shown["opinions"]] == [
        (said, "down", ["wrong"])
    ]
    assert (await api.get(f"/v1/conversations/{conversation.id}")).status_code == 404, "not hers"
    assert (await api.get(f"/v1/assistants/tutor/conversations/{conversation.id}")).is_error


async def test_a_comparison_is_blind_for_who_reads_along(api: AsyncClient, state: State) -> None:
    """Whoever votes may be the one who reads, so versions are told with the vote, as to them."""
    conversation = await state.conversations.create("eva", "support")
    pair = await seed_comparison(state, ["base", NEW], user="eva", conversation=conversation.id)
    for candidate in await state.responses.get_many(pair.responses):
        await state.conversations.add(conversation, candidate.message, candidate.id)
    await say(state, "thumb", "eva", pair.responses[1], {"value": "up"}, NEW)
    urls = (f"{URL}/conversations/{conversation.id}", f"{URL}/feedback")
    for told in (False, True):
        for url in urls:
            assert (NEW in (await api.get(url)).text) is told
        await say(state, "comparison", "eva", pair.id, {"choice": "b"}, "base", NEW)


async def test_a_comparison_counts_as_feedback_in_it(api: AsyncClient, state: State) -> None:
    conversation = await state.conversations.create("eva", "support")
    pair = await seed_comparison(state, ["base", NEW], user="eva", conversation=conversation.id)
    candidates = await state.responses.get_many(pair.responses)
    await state.conversations.add(conversation, pair.prompt)
    for candidate in candidates:
        await state.conversations.add(conversation, candidate.message, candidate.id)
    await say(state, "comparison", "eva", pair.id, {"choice": "tie"}, "base", NEW)
    shown = (await api.get(f"{URL}/conversations/{conversation.id}")).json()
    assert [m["version"] for m in shown["messages"]] == ["", "base", NEW]
    assert [o["choice"] for o in shown["opinions"]] == ["tie"]


@pytest.mark.parametrize("how", ["consent", "retract", "erase", "delete"])
async def test_nobody_reads_what_its_person_withholds(
    api: AsyncClient, state: State, how: str
) -> None:
    conversation, response = await talk(state)
    said = await say(state, "thumb", "eva", response, {"value": "down"}, "base")
    as_eva = {"headers": {"X-Thumbwheel-User": "eva"}}
    if how == "consent":
        body = {"consent": "on", "assistants": {"support": "off"}}
        await api.put("/v1/users/eva/consent", json=body, **as_eva)
    elif how == "retract":
        await api.delete(f"/v1/feedback/{said}", **as_eva)
    elif how == "erase":
        await api.delete("/v1/users/eva", **as_eva)
    else:
        await api.delete(f"/v1/conversations/{conversation.id}", **as_eva)
    assert (await api.get(f"{URL}/conversations/{conversation.id}")).status_code == 404


async def test_an_erasure_that_only_began_hides_it_too(api: AsyncClient, state: State) -> None:
    conversation, response = await talk(state)
    await say(state, "thumb", "eva", response, {"value": "down"}, "base")
    await state.erasures.begin("eva")
    assert (await api.get(f"{URL}/conversations/{conversation.id}")).status_code == 404
    assert await listed(api) == []


# -- over time --


@pytest.fixture
def midday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far from where an hour, a day or a week ends, and so a bucket."""
    real, ahead = time.time, MIDDAY - time.time()
    monkeypatch.setattr(time, "time", lambda: real() + ahead)


@pytest.mark.usefixtures("midday")
async def test_votes_come_out_by_time_and_version(api: AsyncClient, state: State) -> None:
    old = await seed_version(state)
    response = await seed_response(state)
    pair = await seed_comparison(state, ["base", old])
    for body in (
        {"kind": "thumb", "response_id": response.id, "value": "up"},
        {"kind": "comparison", "comparison_id": pair.id, "choice": "b"},
    ):
        assert (await api.post("/v1/feedback", json=body)).status_code == 201
    await state.registry.promote("support", old, Actor("ada", "better"))
    shown = (await api.get(f"{URL}/timeline")).json()
    assert (shown["bucket"], len(shown["buckets"])) == ("day", 90)
    last = shown["buckets"][-1]
    figures = ("responses", "thumbs_up", "thumbs_down", "comparisons", "people")
    assert [last[name] for name in figures] == [3, 1, 0, 1, 1]
    nothing = {"up": 0, "down": 0, "wins": 0, "losses": 0, "ties": 0}
    assert last["by_version"] == {
        "base": {**nothing, "up": 1, "losses": 1},
        old: {**nothing, "wins": 1},
    }
    assert all(not bucket["people"] for bucket in shown["buckets"][:-1])
    base, champion = shown["versions"]
    assert (base["name"], base["since"], base["until"]) == ("base", None, champion["since"])
    assert (champion["name"], champion["until"]) == (old, None)
    for span, usual in (("hour", 48), ("week", 53)):
        found = (await api.get(f"{URL}/timeline", params={"bucket": span})).json()["buckets"]
        assert (len(found), found[-1]["people"]) == (usual, 1)


def test_reigns_follow_the_audit_log() -> None:
    changes = [
        AuditEntry(at, "ada", action, "", change)
        for at, action, change in [
            (40.0, "rollback", "champion=base previous=v1 candidate= challenger= share="),
            (30.0, "hold", "held=1 hold_reason=champion=v7 previous=v8"),
            (20.0, "promote", "champion=v1 previous=base candidate= challenger= share="),
            (10.0, "stage", "candidate=v1"),
        ]
    ]
    found = [(r.name, r.since, r.until) for r in reigns(changes, "base")]
    assert found == [("base", None, 20.0), ("v1", 20.0, 40.0), ("base", 40.0, None)]
    assert [(r.name, r.since, r.until) for r in reigns([], "v2")] == [("v2", None, None)]


@pytest.mark.parametrize(
    "asked", [{"since": 20, "until": 10}, {"bucket": "hour", "since": 0}, {"bucket": "month"}]
)
async def test_a_wrong_time_is_refused(api: AsyncClient, asked: dict[str, Any]) -> None:
    assert (await api.get(f"{URL}/timeline", params=asked)).status_code == 400


@pytest.mark.parametrize("span", ["hour", "day", "week"])
@pytest.mark.parametrize("asked", [{"until": 4.7e-238}, {"since": 1e9, "until": 1e9 + 1e-7}])
async def test_less_than_a_microsecond_is_one_bucket(
    api: AsyncClient, span: str, asked: dict[str, float]
) -> None:
    reply = await api.get(f"{URL}/timeline", params={"bucket": span, **asked})
    assert reply.status_code == 200, reply.text
    assert len(reply.json()["buckets"]) == 1


# -- the fleet --


async def test_the_fleet_shows_who_is_silent(api: AsyncClient, state: State) -> None:
    now = time.time()
    for identity, ready, at in (("a", True, now), ("b", True, now - 60), ("c", False, now)):
        url = f"http://127.0.0.1:1/{identity}"
        replica = Replica(identity, url, "seedling", ready, [NEW], at, "" if ready else "loading")
        await state.replicas.report(replica)
    await Workers(state.store).report(Worker("train@host", ["train"], now))
    await until(lambda: state.router.in_flight("a") is not None)
    shown = (await api.get("/v1/fleet")).json()
    seen = [(r["id"], r["ready"], r["in_flight"], r["error"]) for r in shown["replicas"]]
    assert seen == [("a", True, 0, ""), ("b", False, None, ""), ("c", False, None, "loading")]
    assert shown["replicas"][0]["versions"] == [NEW]
    assert shown["replicas"][0]["base_model"] == "seedling"
    assert 59 < shown["replicas"][1]["age_s"] < 90
    [worker] = shown["workers"]
    assert (worker["name"], worker["queues"]) == ("train@host", ["train"])


async def test_an_upstream_without_an_agent_is_one_too(live: Live) -> None:
    [shown] = (await live.http.get("/v1/fleet")).json()["replicas"]
    assert (shown["ready"], shown["in_flight"], shown["age_s"]) == (True, 0, None)
