"""The brake and the wheel over HTTP: what changes, when it may, and who did it and why."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from core.records import Replica, TriggerState, Verdict
from core.registry import Actor
from server.assistants.service import promote
from server.state import State
from tests.server.conftest import until
from tests.server.seeds import seed_version

URL = "/v1/assistants/support"
TEST = Actor("test", "set up")


async def report(state: State, *versions: str, replica: str = "r1", ready: bool = True) -> None:
    await state.replicas.report(
        Replica(replica, "http://127.0.0.1:1", "base", ready, list(versions), time.time())
    )


@pytest.fixture
def impatient(app: FastAPI, state: State) -> State:
    """The same state, which waits for replicas only a moment."""
    settings = state.settings.model_copy(update={"load_timeout_s": 0.3})
    app.state.thumbwheel = replace(state, settings=settings)
    return state


async def audit(api: AsyncClient) -> list[dict[str, Any]]:
    """Oldest first, without the times."""
    entries = (await api.get(f"{URL}/audit")).json()["data"]
    assert all(time.time() - 60 < e.pop("at") <= time.time() for e in entries)
    return list(reversed(entries))


async def test_every_assistant_is_listed_with_why_there_is_no_run(
    api: AsyncClient, state: State
) -> None:
    listed = (await api.get("/v1/assistants")).json()["data"]
    assert [a["id"] for a in listed] == state.assistants.names
    first = next(a for a in listed if a["id"] == "support")
    declared = state.assistants.get("support")
    assert (first["description"], first["examples"]) == (declared.description, declared.examples)
    assert (first["champion"], first["previous"], first["held"]) == ("base", "", False)
    assert first["active_run"] is None
    assert "No worker has looked" in first["why_not"]["reason"]


async def test_one_assistant_shows_its_run_and_what_the_worker_saw(
    api: AsyncClient, state: State
) -> None:
    run, _ = await state.runs.open("support", "enough comparisons", {"comparison": 32})
    seen = TriggerState(
        False, "a run is going on", {"comparison": 3}, {"comparison": 32}, time.time()
    )
    await state.runs.set_trigger_state("support", seen)
    shown = (await api.get(URL)).json()
    assert shown["active_run"]["id"] == run.id
    assert shown["why_not"]["reason"] == "a run is going on"
    await state.runs.set_trigger_state(
        "support", TriggerState(False, "too few", {}, {}, time.time() - 300)
    )
    assert "is it running?" in (await api.get(URL)).json()["why_not"]["reason"]


async def test_versions_and_runs_come_newest_first(api: AsyncClient, state: State) -> None:
    names = [await seed_version(state) for _ in range(3)]
    shown = (await api.get(f"{URL}/versions", params={"limit": 2})).json()["data"]
    assert [v["name"] for v in shown] == [names[2], names[1]]
    first, _ = await state.runs.open("support", "one", {})
    await state.runs.end(first, Verdict("reject", "no better", {"win_rate": 0.4}))
    second, _ = await state.runs.open("support", "two", {})
    shown = (await api.get(f"{URL}/runs")).json()["data"]
    assert [r["id"] for r in shown] == [second.id, first.id]
    assert shown[1]["verdict"]["figures"] == {"win_rate": 0.4}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/versions",
        "/runs",
        "/metrics",
        "/leaderboard",
        "/audit",
        "/hold",
        "/promote",
        "/retrain",
    ],
)
async def test_unknown_assistant_is_not_found(api: AsyncClient, path: str) -> None:
    url = f"/v1/assistants/nobody{path}"
    asked = {"reason": "why not"} | ({"version": "base"} if path == "/promote" else {})
    is_post = path in ("/hold", "/promote", "/retrain")
    reply = await (api.post(url, json=asked) if is_post else api.get(url))
    assert reply.status_code == 404
    assert "'nobody'" in reply.json()["error"]["message"]


@pytest.mark.parametrize("call", ["retrain", "promote", "rollback", "hold"])
@pytest.mark.parametrize("reason", [None, "  ", "r" * 501])
async def test_nothing_is_done_without_a_reason(
    api: AsyncClient, call: str, reason: str | None
) -> None:
    body = ({} if reason is None else {"reason": reason}) | (
        {"version": "base"} if call == "promote" else {}
    )
    reply = await api.post(f"{URL}/{call}", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "reason"
    assert await audit(api) == []


async def test_retrain_leaves_a_request_for_the_worker(api: AsyncClient, state: State) -> None:
    run, _ = await state.runs.open("support", "going on", {})
    reply = await api.post(f"{URL}/retrain", json={"reason": "new policy"})
    assert reply.status_code == 202
    assert reply.json() == {"assistant": "support", "requested": True, "active_run": run.id}
    assert (await api.get(URL)).json()["retrain_request"] == "ada: new policy"
    (entry,) = await audit(api)
    assert entry == {"by": "ada", "action": "retrain", "reason": "new policy", "change": ""}


async def test_promoting_a_loaded_version_flips_at_once(api: AsyncClient, state: State) -> None:
    version = await seed_version(state)
    await report(state, version)
    body = {"version": version, "reason": "looks good"}
    reply = await api.post(f"{URL}/promote", json=body)
    assert reply.status_code == 200
    changed = reply.json()
    assert (changed["champion"], changed["previous"], changed["candidate"]) == (version, "base", "")
    assert changed["changed"]
    (entry,) = await audit(api)
    assert (entry["by"], entry["action"], entry["reason"]) == ("ada", "promote", "looks good")
    again = await api.post(f"{URL}/promote", json=body)
    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert len(await audit(api)) == 1


async def test_promoting_waits_until_every_replica_has_loaded(
    api: AsyncClient, state: State
) -> None:
    version = await seed_version(state)
    await report(state, version, replica="r1")
    await report(state, replica="r2")
    await report(state, replica="starting", ready=False)
    promotion = asyncio.create_task(
        api.post(f"{URL}/promote", json={"version": version, "reason": "go"})
    )
    until = time.monotonic() + 10.0
    while (await state.registry.pointer("support")).candidate != version:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)
    assert (await state.registry.pointer("support")).champion == "base"
    await report(state, version, replica="r2")
    assert (await promotion).json()["champion"] == version
    assert [e["action"] for e in await audit(api)] == ["stage", "promote"]


async def test_version_that_nobody_loads_is_not_promoted(
    api: AsyncClient, impatient: State
) -> None:
    version = await seed_version(impatient)
    await report(impatient)
    reply = await api.post(f"{URL}/promote", json={"version": version, "reason": "go"})
    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) > 0
    pointer = await impatient.registry.pointer("support")
    assert (pointer.champion, pointer.candidate) == ("base", "")
    assert [e["action"] for e in await audit(api)] == ["stage", "unstage"]


async def test_a_promotion_that_is_cut_leaves_nothing_staged(
    api: AsyncClient, state: State
) -> None:
    version = await seed_version(state)
    await report(state)
    promotion = asyncio.create_task(promote(state, "support", version, TEST))
    await until(lambda: last_act(state, "stage"))
    promotion.cancel()
    with pytest.raises(asyncio.CancelledError):
        await promotion
    assert (await state.registry.pointer("support")).candidate == ""
    assert [e["action"] for e in await audit(api)] == ["stage", "unstage"]


async def last_act(state: State, action: str) -> bool:
    entries = await state.registry.audit("support", 1)
    return [entry.action for entry in entries] == [action]


async def test_a_run_s_candidate_is_not_overwritten(api: AsyncClient, state: State) -> None:
    """What a run no longer waits for gives way."""
    own, other = await seed_version(state), await seed_version(state)
    await report(state)
    await state.registry.stage("support", own, TEST)
    run, _ = await state.runs.open("support", "enough", {})
    body = {"version": other, "reason": "go"}
    refused = await api.post(f"{URL}/promote", json=body)
    assert (refused.status_code, run.id in refused.json()["error"]["message"]) == (409, True)
    assert (await state.registry.pointer("support")).candidate == own
    await state.registry.reject("support", other, TEST)
    assert (await state.registry.pointer("support")).candidate == own


async def test_unknown_version_is_not_promoted(api: AsyncClient) -> None:
    body = {"version": "support-p000009-deadbeef", "reason": "typo"}
    assert (await api.post(f"{URL}/promote", json=body)).status_code == 404
    assert await audit(api) == []


async def test_rollback_gives_the_alias_back_at_once(api: AsyncClient, state: State) -> None:
    first, second = await seed_version(state), await seed_version(state)
    for version in (first, second):
        await state.registry.promote("support", version, TEST)
    reply = await api.post(f"{URL}/rollback", json={"reason": "worse"})
    changed = reply.json()
    assert (reply.status_code, changed["champion"], changed["previous"]) == (200, first, second)
    states = {v["name"]: v["state"] for v in (await api.get(f"{URL}/versions")).json()["data"]}
    assert states == {first: "champion", second: "rolled_back"}
    last = (await audit(api))[-1]
    assert (last["by"], last["action"], last["reason"]) == ("ada", "rollback", "worse")
    to_base = await api.post(f"{URL}/rollback", json={"to": "base", "reason": "all of it"})
    assert to_base.json()["champion"] == "base"


async def test_a_flip_takes_less_than_a_second(api: AsyncClient, state: State) -> None:
    """What others do to the machine and its disk only adds, so the quickest of some counts."""
    version = await seed_version(state)
    await report(state, version)
    acts = {"promote": {"version": version, "reason": "go"}, "rollback": {"reason": "back"}}
    took: dict[str, list[float]] = {act: [] for act in acts}
    for _ in range(4):
        for act, body in acts.items():
            took[act].append((await api.post(f"{URL}/{act}", json=body)).json()["seconds"])
    assert all(0 <= min(seconds) < 1.0 for seconds in took.values()), took


@pytest.mark.parametrize(("to", "status"), [(None, 409), ("base", 409), ("support-p9", 404)])
async def test_rollback_to_nowhere_is_refused(
    api: AsyncClient, to: str | None, status: int
) -> None:
    reply = await api.post(f"{URL}/rollback", json={"to": to, "reason": "back"})
    assert reply.status_code == status
    assert await audit(api) == []


async def test_hold_and_resume_are_audited_and_shown(api: AsyncClient, state: State) -> None:
    held = (await api.post(f"{URL}/hold", json={"reason": "audit week"})).json()
    assert (held["held"], held["hold_reason"]) == (True, "audit week")
    version = await seed_version(state)
    await report(state, version)
    by_hand = await api.post(f"{URL}/promote", json={"version": version, "reason": "by hand"})
    assert by_hand.json()["champion"] == version
    resumed = (await api.post(f"{URL}/resume")).json()
    assert (resumed["held"], resumed["changed"]) == (False, True)
    again = (await api.post(f"{URL}/resume", json={"reason": "sure"})).json()
    assert again["changed"] is False
    entries = await audit(api)
    assert [(e["action"], e["reason"]) for e in entries] == [
        ("hold", "audit week"),
        ("promote", "by hand"),
        ("resume", "resumed"),
    ]
