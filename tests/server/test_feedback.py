"""Opinions over HTTP: every kind is stored as said, counts once, can change, can be taken back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient

from server.state import State
from tests.server.seeds import seed_comparison, seed_response

URL = "/v1/feedback"
NEW = "support-p000001-aaaaaaaa"


async def held(api: AsyncClient, **query: str) -> list[dict[str, Any]]:
    reply = await api.get(URL, params=query)
    assert reply.status_code == 200
    data: list[dict[str, Any]] = reply.json()["data"]
    return data


async def log_kinds(state: State, assistant: str = "support") -> list[str]:
    return [entry.kind async for entry in state.feedback.read(assistant)]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        (
            {"kind": "thumb", "value": "up", "tags": [" kind ", "kind"], "comment": " yes "},
            {"value": "up", "tags": ["kind"], "comment": "yes"},
        ),
        ({"kind": "thumb", "value": "down"}, {"value": "down", "tags": [], "comment": ""}),
        ({"kind": "edit", "text": "Within 14 days."}, {"text": "Within 14 days."}),
        ({"kind": "comment", "comment": "too curt"}, {"comment": "too curt"}),
        ({"kind": "implicit", "signal": "copy"}, {"signal": "copy"}),
    ],
)
async def test_opinion_on_a_response_is_stored(
    api: AsyncClient, state: State, said: dict[str, Any], stored: dict[str, Any]
) -> None:
    response = await seed_response(state)
    reply = await api.post(URL, json={**said, "response_id": response.id})
    assert reply.status_code == 201
    answer = reply.json()
    assert (answer["kind"], answer["assistant"]) == (said["kind"], "support")
    assert (answer["target"], answer["new"]) == (response.id, True)
    assert "versions" not in answer
    (mine,) = await held(api)
    assert (mine["id"], mine["body"], mine["target"]) == (answer["id"], stored, response.id)


@pytest.mark.parametrize("choice", ["a", "b", "tie", "both_bad"])
async def test_comparison_reveals_who_was_behind_the_letters(
    api: AsyncClient, state: State, choice: str
) -> None:
    comparison = await seed_comparison(state, ["base", NEW])
    body = {"kind": "comparison", "comparison_id": comparison.id, "choice": choice, "tags": ["x"]}
    reply = await api.post(URL, json=body)
    assert reply.status_code == 201
    assert reply.json()["versions"] == ["base", NEW]
    candidates = await state.responses.get_many(comparison.responses)
    assert reply.json()["message_ids"] == [c.message for c in candidates]
    (mine,) = await held(api)
    assert mine["body"] == {"choice": choice, "tags": ["x"], "comment": ""}


async def test_a_used_key_reveals_nothing_without_a_vote(api: AsyncClient, state: State) -> None:
    first, second = [await seed_comparison(state, ["base", NEW]) for _ in range(2)]
    body = {"kind": "comparison", "choice": "a", "key": "k"}
    assert (await api.post(URL, json={**body, "comparison_id": first.id})).status_code == 201
    reply = await api.post(URL, json={**body, "comparison_id": second.id})
    told = reply.status_code < 400
    assert told == bool(await state.feedback.about("support", "ada", [second.id]))
    assert told or NEW not in reply.text
    assert (await api.post(URL, json={**body, "comparison_id": first.id})).status_code == 200


async def test_ranking_is_stored_with_its_ties_in_one_order(api: AsyncClient, state: State) -> None:
    comparison = await seed_comparison(state, ["base"] * 4)
    said = {"kind": "ranking", "comparison_id": comparison.id, "order": [[2], [1, 0], [3]]}
    first = await api.post(URL, json=said)
    again = await api.post(URL, json={**said, "order": [[2], [0, 1], [3]]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["versions"] == ["base"] * 4
    assert (await held(api))[0]["body"] == {"order": [[2], [0, 1], [3]]}


@pytest.mark.parametrize("way", ["header", "body", "no key"])
async def test_same_vote_five_times_counts_once(api: AsyncClient, state: State, way: str) -> None:
    response = await seed_response(state)
    body = {"kind": "thumb", "response_id": response.id, "value": "up"}
    headers = {"Idempotency-Key": "k1"} if way == "header" else {}
    body |= {"key": "k1"} if way == "body" else {}
    replies = [await api.post(URL, json=body, headers=headers) for _ in range(5)]
    assert [r.status_code for r in replies] == [201, 200, 200, 200, 200]
    assert len({r.json()["id"] for r in replies}) == 1
    assert await state.feedback.counts("support") == {"thumb": 1}
    assert await log_kinds(state) == ["thumb"]


@pytest.mark.parametrize("key", [None, "k1"])
async def test_same_vote_five_times_at_once_counts_once(
    api: AsyncClient, state: State, key: str | None
) -> None:
    response = await seed_response(state)
    body = {"kind": "thumb", "response_id": response.id, "value": "up", "key": key}
    replies = await asyncio.gather(*(api.post(URL, json=body) for _ in range(5)))
    assert sorted(r.status_code for r in replies) == [200, 200, 200, 200, 201]
    assert len({r.json()["id"] for r in replies}) == 1
    assert await log_kinds(state) == ["thumb"]


async def test_changed_opinion_replaces_the_first(api: AsyncClient, state: State) -> None:
    response = await seed_response(state)
    body = {"kind": "thumb", "response_id": response.id, "value": "up"}
    up = await api.post(URL, json=body)
    down = await api.post(URL, json={**body, "value": "down"})
    assert (up.status_code, down.status_code) == (201, 201)
    assert up.json()["id"] != down.json()["id"]
    (mine,) = await held(api)
    assert (mine["id"], mine["body"]["value"]) == (down.json()["id"], "down")
    assert await state.feedback.counts("support") == {"thumb": 1}
    assert await log_kinds(state) == ["thumb", "thumb"]


async def test_a_late_retry_is_told_that_it_does_not_hold(api: AsyncClient, state: State) -> None:
    response = await seed_response(state)
    up = {"kind": "thumb", "response_id": response.id, "value": "up"}
    await api.post(URL, json={**up, "key": "k1"})
    down = await api.post(URL, json={**up, "value": "down", "key": "k2"})
    late = await api.post(URL, json={**up, "key": "k1"})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "conflict")
    assert down.json()["id"] in late.json()["error"]["message"]
    assert [f["body"]["value"] for f in await held(api)] == ["down"]
    assert (await api.post(URL, json={**up, "key": "k3"})).status_code == 201
    assert [f["body"]["value"] for f in await held(api)] == ["up"]


@pytest.mark.parametrize("kind", ["thumb", "comparison"])
async def test_a_vote_on_its_way_during_an_erasure_leaves_nothing(
    api: AsyncClient, state: State, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    comparison = await seed_comparison(state, ["base", "base"])
    append = state.feedback.append

    async def append_late(*said: Any, **how: Any) -> tuple[str, bool]:
        await state.erasures.begin("ada")
        await state.erasures.remove("ada", ["support"])
        return await append(*said, **how)

    monkeypatch.setattr(state.feedback, "append", append_late)
    about = {
        "thumb": {"response_id": comparison.responses[0], "value": "up"},
        "comparison": {"comparison_id": comparison.id, "choice": "a"},
    }
    body = {"kind": kind, **about[kind], "comment": "Ada was here", "key": "k"}
    assert (await api.post(URL, json=body)).status_code == 404
    assert await log_kinds(state) == []
    assert await state.store.redis.keys("*ada*") == []


async def test_people_and_kinds_have_opinions_of_their_own(api: AsyncClient, state: State) -> None:
    mine = await seed_response(state)
    theirs = await seed_response(state, user="bob", assistant="tutor")
    await api.post(URL, json={"kind": "thumb", "response_id": mine.id, "value": "up", "key": "k"})
    await api.post(URL, json={"kind": "comment", "response_id": mine.id, "comment": "fine"})
    bob = {"X-Thumbwheel-User": "bob"}
    body = {"kind": "thumb", "response_id": theirs.id, "value": "down", "key": "k"}
    assert (await api.post(URL, json=body, headers=bob)).status_code == 201
    assert [f["kind"] for f in await held(api)] == ["thumb", "comment"]
    assert [f["kind"] for f in await held(api, assistant="support")] == ["thumb", "comment"]
    assert await held(api, assistant="tutor") == []
    assert [f["assistant"] for f in (await api.get(URL, headers=bob)).json()["data"]] == ["tutor"]


async def test_unknown_assistant_is_not_found(api: AsyncClient) -> None:
    assert (await api.get(URL, params={"assistant": "nobody"})).status_code == 404


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        ("open", "", "not finished"),
        ("error", "", "error"),
        ("error", "half an ans", "error"),
        ("aborted", "", "stopped"),
    ],
)
async def test_vote_on_an_answer_that_did_not_end_well_is_refused(
    api: AsyncClient, state: State, status: Any, text: str, words: str
) -> None:
    response = await seed_response(state, status=status, text=text)
    body = {"kind": "thumb", "response_id": response.id, "value": "down"}
    reply = await api.post(URL, json=body)
    assert reply.status_code == 409
    assert words in reply.json()["error"]["message"]
    assert await log_kinds(state) == []


async def test_answer_stopped_half_way_may_be_rated(api: AsyncClient, state: State) -> None:
    response = await seed_response(state, status="aborted", text="Yes, with")
    body = {"kind": "thumb", "response_id": response.id, "value": "down"}
    assert (await api.post(URL, json=body)).status_code == 201


async def test_comparison_with_an_unfinished_answer_is_refused(
    api: AsyncClient, state: State
) -> None:
    comparison = await seed_comparison(state, ["base", "base"], statuses=["done", "open"])
    body = {"kind": "comparison", "comparison_id": comparison.id, "choice": "a"}
    reply = await api.post(URL, json=body)
    assert reply.status_code == 409
    assert "Answer b" in reply.json()["error"]["message"]
    assert "versions" not in reply.json()


async def test_vote_on_somebody_elses_answer_is_as_if_it_did_not_exist(
    api: AsyncClient, state: State
) -> None:
    response = await seed_response(state, user="bob")
    comparison = await seed_comparison(state, ["base", "base"], user="bob")
    thumb = {"kind": "thumb", "value": "up"}
    theirs = await api.post(URL, json={**thumb, "response_id": response.id})
    nobodys = await api.post(URL, json={**thumb, "response_id": "resp_none"})
    assert theirs.status_code == nobodys.status_code == 404
    said = [r.json()["error"]["message"] for r in (theirs, nobodys)]
    assert said[0].replace(response.id, "resp_none") == said[1]
    vote = {"kind": "comparison", "comparison_id": comparison.id, "choice": "a"}
    assert (await api.post(URL, json=vote)).status_code == 404
    assert (await api.post(URL, json={**vote, "comparison_id": "cmp_none"})).status_code == 404


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "kind"),
        ({"kind": "praise", "response_id": "r"}, "kind"),
        ({"kind": "thumb", "value": "up"}, "response_id"),
        ({"kind": "thumb", "response_id": "r", "value": "sideways"}, "value"),
        ({"kind": "thumb", "response_id": "r", "value": "up", "votes": 9}, "votes"),
        ({"kind": "thumb", "response_id": "../r", "value": "up"}, "response_id"),
        ({"kind": "thumb", "response_id": "r", "value": "up", "tags": ["t"] * 17}, "tags"),
        ({"kind": "thumb", "response_id": "r", "value": "up", "tags": ["t" * 41]}, "tags[0]"),
        ({"kind": "thumb", "response_id": "r", "value": "up", "comment": "c" * 4001}, "comment"),
        ({"kind": "thumb", "response_id": "r", "value": "up", "key": "two words"}, "key"),
        ({"kind": "comparison", "comparison_id": "c", "choice": "z"}, "choice"),
        ({"kind": "ranking", "comparison_id": "c", "order": []}, "order"),
        ({"kind": "ranking", "comparison_id": "c", "order": [[0], []]}, "order[1]"),
        ({"kind": "ranking", "comparison_id": "c", "order": [[0], [True]]}, "order[1][0]"),
        ({"kind": "edit", "response_id": "r", "text": " \n "}, "text"),
        ({"kind": "comment", "response_id": "r", "comment": "  "}, "comment"),
        ({"kind": "implicit", "response_id": "r", "signal": "sigh"}, "signal"),
    ],
)
async def test_wrong_body_is_refused_by_name(
    api: AsyncClient, body: dict[str, Any], param: str
) -> None:
    reply = await api.post(URL, json=body)
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


async def test_wrong_idempotency_key_is_refused_by_name(api: AsyncClient) -> None:
    body = {"kind": "thumb", "response_id": "r", "value": "up"}
    reply = await api.post(URL, json=body, headers={"Idempotency-Key": "k" * 129})
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "Idempotency-Key"


async def test_choice_must_name_a_candidate(api: AsyncClient, state: State) -> None:
    pair = await seed_comparison(state, ["base", "base"])
    three = await seed_comparison(state, ["base", "base", "base"])
    vote = {"kind": "comparison", "choice": "c"}
    reply = await api.post(URL, json={**vote, "comparison_id": pair.id})
    assert reply.status_code == 400
    assert "a, b, tie, both_bad" in reply.json()["error"]["message"]
    assert (await api.post(URL, json={**vote, "comparison_id": three.id})).status_code == 201


@pytest.mark.parametrize(
    "order", [[[0], [1]], [[0], [1], [3]], [[0], [1], [2], [2]], [[0, 1, 2, 3]]]
)
async def test_ranking_names_every_candidate_once(
    api: AsyncClient, state: State, order: list[list[int]]
) -> None:
    comparison = await seed_comparison(state, ["base", "base", "base"])
    body = {"kind": "ranking", "comparison_id": comparison.id, "order": order}
    reply = await api.post(URL, json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "order"


async def test_edit_that_changes_nothing_is_refused(api: AsyncClient, state: State) -> None:
    response = await seed_response(state, text="Yes.")
    reply = await api.post(
        URL, json={"kind": "edit", "response_id": response.id, "text": " Yes.\n"}
    )
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "text"


async def test_opinion_is_taken_back_once_and_only_by_its_owner(
    api: AsyncClient, state: State
) -> None:
    response = await seed_response(state, assistant="tutor")
    body = {"kind": "thumb", "response_id": response.id, "value": "up"}
    identity = (await api.post(URL, json=body)).json()["id"]
    theirs = await api.delete(f"{URL}/{identity}", headers={"X-Thumbwheel-User": "bob"})
    assert theirs.status_code == 404
    assert (await api.delete(f"{URL}/{identity}")).json() == {
        "id": identity,
        "object": "feedback.deleted",
        "deleted": True,
    }
    assert (await api.delete(f"{URL}/{identity}")).status_code == 404
    assert await held(api) == []
    assert await log_kinds(state, "tutor") == ["thumb", "retract"]
    assert await state.feedback.counts("tutor") == {"thumb": 0}
    assert (await api.post(URL, json=body)).status_code == 201


async def test_vote_lets_the_conversation_go_on_from_the_chosen_answer(
    api: AsyncClient, state: State
) -> None:
    conversation = await state.conversations.create("ada", "support")
    comparison = await seed_comparison(state, ["base", "base"], conversation=conversation.id)
    candidates = await state.responses.get_many(comparison.responses)
    await state.conversations.add(conversation, comparison.prompt)
    vote = {"kind": "comparison", "comparison_id": comparison.id, "choice": "b"}
    await api.post(URL, json=vote)
    head = (await state.conversations.get("ada", conversation.id)).head
    assert head == candidates[1].message
    (went_on,) = await state.messages.append("support", "ada", head, [("user", "Thanks")])
    await state.conversations.add(conversation, went_on.id)
    await api.post(URL, json={**vote, "choice": "a"})
    assert (await state.conversations.get("ada", conversation.id)).head == went_on.id
