"""Several blind answers at once: muxed, recorded, of one version, each with dice of its own."""

from __future__ import annotations

from typing import Any

import pytest

from core.lineups import Duel, Lineup
from core.records import BASE, Version
from core.registry import Actor
from tests.server.conftest import Event, Live, read_events
from tests.server.test_conversations import start, tree
from tests.server.upstream import Script, Upstream

URL = "/v1/comparisons"
ASK = {"model": "support", "messages": [{"role": "user", "content": "May I return a lamp?"}]}


async def compare(live: Live, **body: Any) -> list[Event]:
    async with live.http.stream("POST", URL, json=body) as reply:
        assert reply.status_code == 200, await reply.aread()
        assert "x-thumbwheel-version" not in reply.headers
        return [event async for event in read_events(reply)]


def by_seed(*scripts: Script) -> Any:
    """Every seed its own script, in the order the seeds turn up."""
    seeds: dict[int, Script] = {}
    waiting = list(scripts)

    def script(body: dict[str, Any]) -> Script:
        if body["seed"] not in seeds:
            seeds[body["seed"]] = waiting.pop(0)
        return seeds[body["seed"]]

    return script


async def test_candidates_come_muxed_and_blind(live: Live, upstream: Upstream) -> None:
    upstream.script = by_seed(
        Script(words=("a1", " a2"), pause_s=0.02),
        Script(words=("b1", " b2", " *b3*"), pause_s=0.02),
        Script(words=("c1",), pause_s=0.02),
    )
    begin, *middle, done = await compare(live, **ASK, n=3)
    assert (begin.name, begin.data["candidates"]) == ("start", 3)
    assert (done.name, done.data) == ("done", {"comparison_id": begin.data["comparison_id"]})
    texts = ["", "", ""]
    for event in middle:
        if event.name == "delta":
            texts[event.data["candidate"]] += event.data["text"]
    assert sorted(texts) == ["a1 a2", "b1 b2 *b3*", "c1"]
    ends = {e.data["candidate"]: e.data for e in middle if e.name == "candidate_done"}
    assert [ends[i]["text"] for i in range(3)] == texts
    assert [ends[i]["letter"] for i in range(3)] == ["a", "b", "c"]
    assert [ends[i]["response_id"] for i in range(3)] == begin.data["responses"]
    assert "<em>b3</em>" in ends[texts.index("b1 b2 *b3*")]["html"]
    assert "version" not in str([e.data for e in middle])

    stored = await live.state.responses.comparison(begin.data["comparison_id"])
    assert stored.responses == begin.data["responses"]
    records = await live.state.responses.get_many(stored.responses)
    assert {(r.status, r.comparison, r.version) for r in records} == {("done", stored.id, "base")}
    assert {r.prompt for r in records} == {stored.prompt}
    seeds = {body["seed"] for body in upstream.asked}
    assert len(seeds) == 3
    assert {r.sampling["seed"] for r in records} == seeds
    support = live.state.assistants.get("support")
    assert {b["temperature"] for b in upstream.asked} == {support.compare.temperature}


async def test_whole_comparison_in_one_reply(live: Live, upstream: Upstream) -> None:
    reply = await live.http.post(URL, json={**ASK, "stream": False, "user": "ignored"})
    shown = reply.json()
    assert reply.status_code == 200
    assert "x-thumbwheel-version" not in reply.headers
    assert [c["letter"] for c in shown["candidates"]] == ["a", "b"]
    assert {c["text"] for c in shown["candidates"]} == {"Yes, within 30 days."}
    stored = await live.state.responses.comparison(shown["id"])
    assert [c["response_id"] for c in shown["candidates"]] == stored.responses
    vote = {"kind": "comparison", "comparison_id": shown["id"], "choice": "b"}
    told = await live.http.post("/v1/feedback", json=vote)
    assert told.status_code == 201
    assert told.json()["versions"] == ["base", "base"]


@pytest.mark.parametrize("streaming", [True, False])
async def test_one_failure_does_not_disturb_the_others_but_the_vote(
    live: Live, upstream: Upstream, streaming: bool
) -> None:
    upstream.script = by_seed(
        Script(words=("good", " answer"), pause_s=0.05), Script(words=("bad", " x"), die_after=1)
    )
    if streaming:
        events = await compare(live, **ASK)
        assert events[-1].name == "done"
        identity = events[0].data["comparison_id"]
        ends = [e.data for e in events if e.name == "candidate_done"]
    else:
        shown = (await live.http.post(URL, json={**ASK, "stream": False})).json()
        identity, ends = shown["id"], shown["candidates"]
    good = next(e for e in ends if e["finish_reason"] == "stop")
    bad = next(e for e in ends if e["finish_reason"] == "error")
    assert (good["text"], bad["error"]["type"]) == ("good answer", "service_unavailable")
    assert (await live.state.responses.get(bad["response_id"])).status == "error"
    vote = {"kind": "comparison", "comparison_id": identity, "choice": "a"}
    assert (await live.http.post("/v1/feedback", json=vote)).status_code == 409


async def test_a_candidate_whose_replica_is_gone_comes_from_another(
    half_dead: Live, upstream: Upstream
) -> None:
    events = await compare(half_dead, **ASK)
    ends = [e.data["finish_reason"] for e in events if e.name == "candidate_done"]
    assert ends == ["stop", "stop"]
    records = await half_dead.state.responses.get_many(events[0].data["responses"])
    assert [(r.status, r.replica) for r in records] == [("done", "sound")] * 2
    assert len(upstream.asked) == 2


@pytest.mark.parametrize("streaming", [True, False])
async def test_nothing_but_failures_is_a_503(
    live: Live, upstream: Upstream, streaming: bool
) -> None:
    upstream.says(refuse=(500, {"message": "dead"}))
    reply = await live.http.post(URL, json={**ASK, "stream": streaming})
    assert reply.status_code == 503
    assert reply.headers["retry-after"]


async def test_all_failing_in_the_middle_is_an_error_event(live: Live, upstream: Upstream) -> None:
    upstream.says("one", " two", die_after=1)
    events = await compare(live, **ASK)
    assert events[0].name == "start"
    assert events[-1].name == "error"
    records = await live.state.responses.get_many(events[0].data["responses"])
    assert [r.status for r in records] == ["error", "error"]


async def test_within_a_conversation_all_answers_are_branches_and_the_vote_picks(
    live: Live, upstream: Upstream
) -> None:
    conversation = await start(live.http)
    upstream.script = by_seed(Script(words=("first",)), Script(words=("second",)))
    events = await compare(live, conversation=conversation, content="Hello?")
    ends = {e.data["text"]: e.data for e in events if e.name == "candidate_done"}
    shown = {m["id"]: m for m in (await tree(live.http, conversation))["messages"]}
    question = events[0].data["message_id"]
    assert shown[question]["content"] == "Hello?"
    for text, end in ends.items():
        assert shown[end["message_id"]]["content"] == text
        assert shown[end["message_id"]]["parent"] == question
        assert shown[end["message_id"]]["response_id"] == end["response_id"]
    assert [m["version"] for m in shown.values()] == ["", "", ""], "blind until the vote"
    chosen = ends["second"]
    vote = {
        "kind": "comparison",
        "comparison_id": events[0].data["comparison_id"],
        "choice": chosen["letter"],
    }
    assert (await live.http.post("/v1/feedback", json=vote)).status_code == 201
    told = (await tree(live.http, conversation))["messages"]
    assert [m["version"] for m in told] == ["", "base", "base"]
    upstream.says("Gladly.")
    path = f"/v1/conversations/{conversation}/messages"
    reply = await live.http.post(path, json={"content": "Go on", "parent": chosen["message_id"]})
    assert reply.status_code == 200
    assert [m["content"] for m in upstream.asked[-1]["messages"][1:]] == [
        "Hello?",
        "second",
        "Go on",
    ]


SENSELESS: list[tuple[dict[str, Any], int]] = [
    ({}, 400),
    ({**ASK, "n": 1}, 400),
    ({**ASK, "n": 9}, 400),
    ({"messages": ASK["messages"]}, 400),
    ({**ASK, "conversation": "conv_x"}, 400),
    ({**ASK, "content": "x"}, 400),
    ({"conversation": "conv_x"}, 400),
    ({"conversation": "conv_x", "content": "x"}, 404),
    ({**ASK, "model": "base"}, 404),
    ({**ASK, "temperature": 0}, 400),
    ({**ASK, "messages": [{"role": "user"}]}, 400),
]


async def test_senseless_comparisons_are_refused(
    live: Live, upstream: Upstream, subtests: pytest.Subtests
) -> None:
    for body, status in SENSELESS:
        with subtests.test(body=body):
            reply = await live.http.post(URL, json=body)
            assert reply.status_code == status, reply.text
            assert reply.json()["error"]["message"]
    assert upstream.asked == []


async def test_a_trial_shows_both_sides_and_logs_the_chance(live: Live) -> None:
    name = "support-p000001-aaaaaaaa"
    actor = Actor("ann", "a test")
    await live.state.registry.add_version(
        Version(name, "support", 1, "aaaa", BASE, "run_1", "snap", "base", 0.0)
    )
    await live.state.registry.begin_trial("support", name, 0.1, actor, expected=BASE)
    begin, *_ = await compare(live, **ASK, n=2)
    records = await live.state.responses.get_many(begin.data["responses"])
    assert sorted(r.arm for r in records) == ["challenger", "champion"]
    assert {r.propensity for r in records} == {0.5}


async def test_another_live_version_is_shown_as_the_lineup_says(live: Live) -> None:
    """While it is of this pointer; blind, and with the chance logged."""
    names = ["support-p000001-aaaaaaaa", "support-p000002-bbbbbbbb"]
    for number, name in enumerate(names, start=1):
        await live.state.registry.add_version(
            Version(name, "support", number, "aaaa", BASE, "run_1", "snap", "base", 0.0)
        )
        await live.state.registry.promote("support", name, Actor("ann", "a test"))
    pointer = await live.state.registry.pointer("support")
    duels = [Duel(pointer.champion, pointer.previous, 0.0, 0.0, 1.0)]
    for made_for, arms in ((pointer.updated, ["champion", "other"]), (0.0, ["champion"] * 2)):
        lineup = Lineup(made_for, newest=0.0, made=0.0, duels=duels)
        await live.state.lineups.put("support", lineup)
        begin, *_ = await compare(live, **ASK, n=2)
        records = await live.state.responses.get_many(begin.data["responses"])
        assert sorted(r.arm for r in records) == arms
        assert {r.propensity for r in records} == {0.5 if "other" in arms else 1.0}
