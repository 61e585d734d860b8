"""A run over HTTP: read, follow to its verdict, cancel."""

from __future__ import annotations

import asyncio

import pytest
from httpx import AsyncClient

from core.records import Run, Verdict
from server.runs.service import follow
from server.state import State
from tests.server.conftest import read_events

VERDICT = Verdict("promote", "better", {"win_rate": 0.8}, "support-p000001-aaaaaaaa", 1.0)


@pytest.fixture
async def run(state: State) -> Run:
    opened, _ = await state.runs.open("support", "enough comparisons", {"comparison": 32})
    return opened


async def test_run_is_read_as_it_is(api: AsyncClient, state: State, run: Run) -> None:
    await state.runs.progress(run.id, "training", 0.25, "step 5 of 20", 12.0)
    shown = (await api.get(f"/v1/runs/{run.id}")).json()
    assert (shown["id"], shown["assistant"], shown["state"]) == (run.id, "support", "queued")
    assert (shown["phase"], shown["fraction"], shown["eta_s"]) == ("training", 0.25, 12.0)
    assert shown["verdict"] is None


async def test_events_replay_and_end_with_the_verdict(
    api: AsyncClient, state: State, run: Run
) -> None:
    await state.runs.progress(run.id, "snapshot", 0.1)
    await state.runs.progress(run.id, "training", 0.5, "half", 3.5, {"step": 5, "loss": 0.25})
    await state.runs.end(run, VERDICT)
    reply = await api.get(f"/v1/runs/{run.id}/events")
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = [e async for e in read_events(reply)]
    assert [e.name for e in events] == ["progress", "progress", "progress", "verdict"]
    assert [e.data.get("phase") for e in events] == ["snapshot", "training", "ended", "ended"]
    assert (events[1].data["message"], events[1].data["eta_s"]) == ("half", 3.5)
    assert [e.data["figures"] for e in events[:3]] == [None, {"step": 5, "loss": 0.25}, None]
    assert events[-1].data["verdict"]["reason"] == "better"

    behind = await api.get(f"/v1/runs/{run.id}/events", headers={"Last-Event-ID": events[1].id})
    assert [e async for e in read_events(behind)] == events[2:]


async def test_events_come_while_the_run_goes_on(state: State, run: Run) -> None:
    followed = follow(state, run.id, "0")
    waiting = asyncio.ensure_future(anext(followed))
    await state.runs.progress(run.id, "training", 0.5)
    async with asyncio.timeout(10):
        assert (await waiting).data["phase"] == "training"
        await state.runs.end(run, VERDICT)
        assert [e.name async for e in followed][-1] == "verdict"


@pytest.mark.parametrize("position", ["abc", "1", "1-2-3", "-"])
async def test_position_of_another_stream_is_refused(
    api: AsyncClient, run: Run, position: str
) -> None:
    headers = {"Last-Event-ID": position}
    reply = await api.get(f"/v1/runs/{run.id}/events", headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "Last-Event-ID"


async def test_unknown_run_is_not_found(api: AsyncClient) -> None:
    for path in ("/v1/runs/run_none", "/v1/runs/run_none/events"):
        assert (await api.get(path)).status_code == 404
    assert (await api.delete("/v1/runs/run_none")).status_code == 404


async def test_cancel_asks_once_and_is_audited(api: AsyncClient, state: State, run: Run) -> None:
    reply = await api.delete(f"/v1/runs/{run.id}")
    assert reply.status_code == 202
    assert reply.json()["cancelled"] is True
    (entry,) = await state.registry.audit("support")
    assert (entry.by, entry.action, entry.reason) == ("ada", "cancel", f"run {run.id}")


async def test_finished_run_cannot_be_cancelled(api: AsyncClient, state: State, run: Run) -> None:
    await state.runs.end(run, VERDICT)
    reply = await api.delete(f"/v1/runs/{run.id}")
    assert reply.status_code == 409
    assert "promote, better" in reply.json()["error"]["message"]
    assert (await api.get(f"/v1/runs/{run.id}")).json()["cancelled"] is False
