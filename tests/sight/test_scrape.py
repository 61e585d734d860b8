"""What a scrape shows: the state all share, this process's own numbers, and nothing without end."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core import metrics
from core.api_keys import NewKey
from core.archive import Archive
from core.backlog import Archived, Backlog
from core.local import RedisServer
from core.records import Replica, Run, Version, Worker
from core.registry import Actor
from core.settings import Settings
from core.store import Store
from core.trials import Look, Trial
from core.workers import Workers
from server.access import door
from server.sight.families import FAMILIES, PREFIX
from tests.conftest import ROOT, free_port
from tests.core.test_alarm import add
from tests.server.conftest import run_live, until
from tests.server.upstream import Upstream
from tests.sight.conftest import Loop, looping
from tests.sight.scrape import Samples, read_families, read_samples
from tests.worker.people import People

ADA = Actor("ada", "a test")
ROW = re.compile(r"^\| `(thumbwheel_\w+)` \| (\w+) \| ([^|]*) \|", re.MULTILINE)
"""Of the table in docs/sight.md: name, type, labels."""


def documented() -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = ROW.findall((ROOT / "docs" / "sight.md").read_text())
    return {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def declared() -> dict[str, tuple[str, tuple[str, ...]]]:
    """From the code."""
    own = [m for m in vars(metrics).values() if hasattr(m, "_labelnames")]
    shown = {m.describe()[0].name: (m._type, tuple(m._labelnames)) for m in own}
    shown = {
        (f"{n}_total" if k == "counter" else n): (k, labels) for n, (k, labels) in shown.items()
    }
    return shown | {f"{PREFIX}{f.name}": ("gauge", f.labels) for f in FAMILIES}


def test_every_metric_is_described_as_it_is() -> None:
    assert documented() == declared()


async def test_a_scrape_has_every_metric(served: Settings, store: Store) -> None:
    async with looping(served, store) as loop:
        names = {family.name for family in await read_families(loop.live.http)}
    assert {name.removesuffix("_total") for name in declared()} == names


async def test_what_a_run_did_is_shown(served: Settings, store: Store) -> None:
    async with looping(served, store) as loop:
        await loop.people.crowd(1)
        waiting = await read_samples(loop.live.http)
        run = await loop.learn()
        after = await read_samples(loop.live.http)
    assert waiting['feedback_lag_seconds{assistant="support"}'] > 0
    assert waiting['champion_info{assistant="support",version="base"}'] == 1
    assert after['feedback_lag_seconds{assistant="support"}'] == 0
    assert run.verdict is not None
    champion = run.verdict.version
    assert after[f'champion_info{{assistant="support",version="{champion}"}}'] == 1
    assert after[f'replica_version{{replica="r1",version="{champion}"}}'] == 1
    assert after['replica_versions_missing{replica="r1"}'] == 0
    assert after['gate_value{assistant="support",gate="win_rate"}'] == 0.75
    assert after['gate_limit{assistant="support",gate="win_rate"}'] == 0.5
    assert after['gate_passed{assistant="support",gate="win_rate"}'] == 1
    assert after['last_run_seconds{assistant="support",phase="train"}'] > 0
    at = after['last_verdict_timestamp_seconds{assistant="support",decision="promote"}']
    assert at == pytest.approx(run.verdict.at)
    assert after['opinions{assistant="support",kind="comparison"}'] == 17
    assert after['log_entries{assistant="support",where="redis"}'] == 17


async def test_a_vote_after_the_run_waits(served: Settings, store: Store) -> None:
    async with looping(served, store) as loop:
        await loop.learn()
        await loop.people.vote("late", "And now?")
        await until(lambda: _lags(loop))


async def _lags(loop: Loop) -> bool:
    return (await read_samples(loop.live.http))['feedback_lag_seconds{assistant="support"}'] > 0


async def test_an_open_run_is_shown(served: Settings, store: Store) -> None:
    async with looping(served, store) as loop:
        run, _ = await loop.context.runs.open("tutor", "asked for", {})
        queued = await read_samples(loop.live.http)
        lease = await loop.context.runs.take(run, 60.0)
        await loop.context.runs.progress(run.id, "train", 0.5)
        running = await read_samples(loop.live.http)
    assert lease is not None
    assert _run_of(queued, run) == (1, 0, 0, 0)
    assert _run_of(running, run) == (0, 1, 1, 1)
    assert running['run_progress_ratio{assistant="tutor",phase="train"}'] == 0.5


def _run_of(shown: Samples, run: Run) -> tuple[float, ...]:
    assert shown['run_opened_timestamp_seconds{assistant="tutor"}'] == pytest.approx(run.created)
    names = (
        'run_open{assistant="tutor",state="queued"}',
        'run_open{assistant="tutor",state="running"}',
        'lease_held{assistant="tutor"}',
        'run_attempts{assistant="tutor"}',
    )
    return tuple(shown[name] for name in names)


async def test_a_trial_is_shown_while_it_lasts(served: Settings, store: Store) -> None:
    trials = "canary_evidence", "canary_bound", "canary_votes", "canary_ends_timestamp_seconds"
    async with looping(served, store) as loop:
        run = await loop.learn()
        assert run.verdict is not None
        name, registry = run.verdict.version, loop.context.registry
        trial = Trial("tutor", name, "base", run.id, 1, 0.1, 0.05, time.time(), time.time() + 60)
        await loop.context.trials.add(trial, {})
        figures = {"better": 3.5, "promote_at": 20.0, "worse": 0.1, "rollback_at": 40.0}
        await loop.context.trials.note(trial, {**figures, "counted": 7}, Look([], time.time()))
        before = await read_samples(loop.live.http)
        await registry.add_version(await _copied(loop, name, "tutor"))
        await registry.begin_trial("tutor", name, 0.1, ADA, "base")
        during = await read_samples(loop.live.http)
    assert not [sample for sample in before if sample.startswith(trials)]
    assert during['canary_evidence{assistant="tutor",side="better"}'] == 3.5
    assert during['canary_bound{assistant="tutor",side="worse"}'] == 40.0
    assert during['canary_votes{assistant="tutor"}'] == 7


async def test_a_judge_who_goes_astray_is_shown(served: Settings, store: Store) -> None:
    async with looping(served, store) as loop:
        shown = []
        for sequence in (1, 2, 3):
            shown.append(await read_samples(loop.live.http))
            await add(store, sequence, proxy=0.7, people=0.45, counted=60)
        shown.append(await read_samples(loop.live.http))
    assert [at['judge_astray{assistant="support"}'] for at in shown] == [0, 0, 0, 1]
    assert shown[-1]['judge_astray{assistant="tutor"}'] == 0


async def _copied(loop: Loop, name: str, assistant: str) -> Version:
    return replace(await loop.context.registry.version("support", name), assistant=assistant)


async def test_who_is_gone_is_not_shown_for_ever(served: Settings, store: Store) -> None:
    async with looping(served, store) as loop:
        now = time.time()
        for name, at in (("silent", now - 60), ("forgotten", now - 86400)):
            await loop.context.replicas.report(Replica(name, "http://r", "base", True, ["v"], at))
        await Workers(store).report(Worker("w", ["short"], now))
        metrics.RESPONSES.labels("support", "support-p000001-00000000", "done").inc()
        metrics.RESPONSES.labels("support", "base", "done").inc()
        await read_samples(loop.live.http)
        shown = await read_samples(loop.live.http)
    assert shown['replica_ready{replica="silent"}'] == 0
    assert not [sample for sample in shown if "forgotten" in sample]
    assert (shown['workers{queue="short"}'], shown['workers{queue="train"}']) == (1, 0)
    kept = {sample for sample in shown if sample.startswith("responses_total")}
    assert any('version="base"' in sample for sample in kept)
    assert not any("support-p000001-00000000" in sample for sample in kept)


async def test_an_archive_is_shown_and_hides_no_lag(settings: Settings, store: Store) -> None:
    people, archive = People(store), Archive(store, settings.artifacts)
    backlog = Backlog(store)
    for number in range(4):
        await people.vote("ada", f"Question {number}?")
    rows = await store.redis.xrange("tw:{support}:feedback")
    ids = [row["id"] for _, row in rows]
    came = [int(position.split("-")[0]) / 1000 for position, _ in rows]
    assert await backlog.archived("support") == Archived(0, 0.0)
    assert await backlog.first_after("support", "") == came[0]
    assert await backlog.first_after("support", ids[1]) == came[2]
    assert await backlog.first_after("support", ids[3]) == 0.0
    await archive.move("support", 2)
    assert await backlog.archived("support") == Archived(2, came[1])
    assert await backlog.first_after("support", "") == came[0]
    assert await backlog.first_after("support", ids[2]) == came[3]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_without_redis_a_process_shows_its_own(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    """Also where it hangs, and although the key is limited, not fresh, and its use is to be noted:
    long before Prometheus gives up, after 10 s.
    """
    for name in ("FRESH_S", "USED_S"):
        monkeypatch.setattr(door, name, 0.0)
    with RedisServer(tmp_path / "redis", free_port()) as redis:
        async with run_live(settings.model_copy(update={"redis_url": redis.url})) as live:
            new = NewKey("prometheus", ["view"], requests_per_minute=60)
            live.http.headers["Authorization"] = (
                f"Bearer {(await live.state.api_keys.create(new))[1]}"
            )
            assert (await read_samples(live.http))["state_up"] == 1
            assert redis.process is not None
            redis.process.send_signal(how)
            begun = time.monotonic()
            shown = await read_samples(live.http)
            took_s = time.monotonic() - begun
            redis.process.send_signal(signal.SIGCONT)
    assert took_s < 8.5
    assert shown["state_up"] == 0
    assert "overhead_seconds_count" in shown
    assert not [sample for sample in shown if sample.startswith("champion_info")]


async def test_overhead_has_no_wait_for_the_model(
    served: Settings, store: Store, upstream: Upstream
) -> None:
    upstream.says(first_after_s=4.0)
    body = {"model": "support", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    async with looping(served, store) as loop:
        replies = await asyncio.gather(
            loop.live.http.post("/v1/chat/completions", json=body),
            loop.live.http.post("/v1/comparisons", json={**body, "n": 2}),
        )
    assert [float(r.headers["x-thumbwheel-overhead-ms"]) < 3500 for r in replies] == [True, True]
