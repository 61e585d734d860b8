"""A trial and what else happens meanwhile: who is rolled back stays so, and a verdict says what was
done.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.assistants import Assistants
from core.errors import ArtifactCorrupt, StoreUnavailable
from core.records import BASE, Pointer, Version
from core.runs import Lease
from core.trials import Trial
from tests.worker.conftest import Fleet
from tests.worker.people import People
from tests.worker.test_canary import ADA, V1, fail, outcome, planned, try_out, vote
from tests.worker.test_pipeline import Crash, verdict
from tests.worker.test_tick import state
from worker import promotion
from worker import tick as ticks
from worker.canary import watch
from worker.canary.watch import look_at_trial
from worker.context import Context
from worker.gate import Judgement
from worker.run import do_run
from worker.snapshot import DOUBTED, Snapshot
from worker.tick import tick
from worker.verdicts import died
from worker.verdicts import verdict as said

V2 = "support-p000002-bbbbbbbb"
During = Callable[[Callable[[], Awaitable[Any]]], None]


@pytest.fixture
def during_the_look(monkeypatch: pytest.MonkeyPatch) -> During:
    """Something happens between the votes that the worker reads and what it does then."""
    hear = watch.hear

    def arrange(happens: Callable[[], Awaitable[Any]]) -> None:
        async def slowly(context: Context, trial: Trial) -> Any:
            heard = await hear(context, trial)
            await happens()
            return heard

        monkeypatch.setattr(watch, "hear", slowly)

    return arrange


async def ends_by_hand(context: Context) -> None:
    assert await context.registry.end_trial("support", V1, ADA)


async def holds(context: Context) -> None:
    await context.registry.hold("support", ADA)


async def promotes(context: Context) -> None:
    await context.registry.promote("support", V1, ADA)


@pytest.mark.parametrize(
    ("votes", "act", "champion", "decision"),
    [
        pytest.param(1.0, ends_by_hand, BASE, "rollback", id="rolled back"),
        pytest.param(1.0, holds, BASE, None, id="held"),
        pytest.param(0.0, promotes, V1, "promote", id="promoted"),
    ],
)
async def test_what_a_person_does_during_a_look_stands(
    context: Context,
    people: People,
    during_the_look: During,
    votes: float,
    act: Callable[[Context], Awaitable[None]],
    champion: str,
    decision: str | None,
) -> None:
    await try_out(context)
    await vote(people, 24, votes)
    during_the_look(lambda: act(context))
    await look_at_trial(context, "support")
    assert (await context.registry.pointer("support")).champion == champion
    await look_at_trial(context, "support")
    found = (await context.trials.get("support", V1)).verdict
    assert (found.decision if found else None) == decision


async def test_while_held_the_log_is_read_once(
    context: Context, people: People, during_the_look: During
) -> None:
    looks: list[int] = []

    async def counts() -> None:
        looks.append(1)

    await try_out(context)
    await vote(people, 24, 1.0)
    await context.registry.hold("support", ADA)
    during_the_look(counts)
    for _ in range(3):
        await look_at_trial(context, "support")
    assert len(looks) == 1
    await context.registry.resume("support", ADA)
    await look_at_trial(context, "support")
    assert (await context.registry.pointer("support")).champion == V1


async def test_who_dies_before_the_verdict_is_written_leaves_why(
    context: Context, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: Any) -> None:
        raise Crash

    await try_out(context)
    await vote(people, 24, 1.0)
    with monkeypatch.context() as patched:
        patched.setattr(type(context.trials), "end", dies)
        with pytest.raises(Crash):
            await look_at_trial(context, "support")
    assert (await context.registry.pointer("support")).champion == V1
    await look_at_trial(context, "support")
    found = await outcome(context)
    assert found.decision == "promote"
    assert found.reason.startswith("people prefer it: it won 100%")
    assert found.figures["better"] >= found.figures["promote_at"]


async def test_a_trial_that_has_not_begun_yet_is_left_alone(context: Context) -> None:
    """A run that was killed between what the trial is and its beginning begins it later."""
    run, _ = await context.runs.open("support", "enough votes", {})
    trial = await planned(context, weights={"bob": 0.0}, run=run.id)
    await look_at_trial(context, "support")
    assert (await context.trials.get("support", V1)).verdict is None
    assert await context.trials.weights(trial) == {"bob": 0.0}
    await context.runs.end(run, died(3))
    await look_at_trial(context, "support")
    found = await outcome(context)
    assert (found.decision, found.reason) == ("reject", "it never began")
    assert await context.trials.weights(trial) == {}


async def test_a_trial_that_begins_while_the_pointer_is_read_goes_on(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = await context.runs.open("support", "enough votes", {})
    await planned(context, run=run.id)
    read, registry = context.registry.pointer, context.registry

    async def read_and_begin(assistant: str) -> Pointer:
        monkeypatch.setattr(registry, "pointer", read)
        before = await read(assistant)
        await registry.begin_trial(assistant, V1, 0.1, ADA, expected=BASE)
        await context.runs.end(run, said("trial", "good", version=V1))
        return before

    monkeypatch.setattr(registry, "pointer", read_and_begin)
    await look_at_trial(context, "support")
    assert (await registry.pointer("support")).challenger == V1
    assert (await context.trials.get("support", V1)).verdict is None


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Of 20 people, one of whom is believed less."""
    (tmp_path / DOUBTED).write_text('{"bob": 0.0}')
    return Snapshot(tmp_path, {"counts": {"people": 20}})


@pytest.mark.parametrize("share", [0.2, 0.0], ids=["to try it out", "to promote it"])
async def test_a_run_displaces_no_trial(
    context: Context,
    fleet: Fleet,
    snapshot: Snapshot,
    monkeypatch: pytest.MonkeyPatch,
    share: float,
) -> None:
    support = context.assistants.get("support")
    canary = support.canary.model_copy(update={"share": share})
    own = replace(context, assistants=Assistants([support.model_copy(update={"canary": canary})]))
    version = Version(V2, "support", 2, "bbbb", BASE, "run_2", "snap", "base", time.time())
    await own.registry.add_version(version)
    loaded = promotion.wait_loaded

    async def and_then_another_begins(*args: Any) -> None:
        await loaded(*args)
        await try_out(own)

    monkeypatch.setattr(promotion, "wait_loaded", and_then_another_begins)
    lease = Lease("support", "run_2", 1)
    for _ in ("it begins meanwhile", "it is on"):
        left = await promotion.go_live(own, lease, version, BASE, Judgement([]), snapshot)
        await promotion.let_go(own, lease, left)
        assert (left.decision, f"{V1} is on trial" in left.reason) == ("hold", True)
        pointer = await own.registry.pointer("support")
        assert (pointer.champion, pointer.challenger, pointer.candidate) == (BASE, V1, "")
    await look_at_trial(own, "support")
    for trial in await own.trials.of("support"):
        ended = trial.verdict.reason if trial.verdict else ""
        assert ended == ("it never began" if trial.challenger == V2 else "")
    assert [t.challenger for t in await own.trials.open("support")] == [V1]


@pytest.mark.parametrize(
    "end", [None, ends_by_hand, promotes], ids=["on", "rolled back", "promoted"]
)
async def test_a_run_that_is_cancelled_with_its_version_on_trial_says_so(
    context: Context, end: Callable[[Context], Awaitable[None]] | None
) -> None:
    run, _ = await context.runs.open("support", "enough votes", {})
    await try_out(context)
    if end is not None:
        await end(context)
    await context.runs.note(run.id, version=V1)
    await context.runs.cancel(run.id)
    await do_run(context, run.id)
    ended = await verdict(context, run)
    assert (ended.decision, ended.version) == ("trial", V1)
    assert ended.reason == "cancelled too late: it was on trial already"


# -- a part that fails --


async def test_one_assistant_s_trouble_stops_no_other_and_not_its_own_guardrails(
    context: Context, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ArtifactCorrupt("the archive of support lacks a file")

    await try_out(context)
    await vote(people, 4, 1.0)
    await tick(context)
    before = (await context.trials.get("support", V1)).figures
    await vote(people, 1, 1.0, crowd=1)
    monkeypatch.setattr(watch, "hear", broken)
    await tick(context)
    assert "on trial" in (await state(context)).reason
    assert "0 of 12" in (await state(context, "tutor")).reason
    assert (await context.trials.get("support", V1)).figures == before
    await fail(context, people, 20)
    await tick(context)
    found = await outcome(context)
    assert (found.decision, found.figures["guardrail"]) == ("rollback", "error_rate")
    assert found.figures["votes"] == 4
    assert [point.votes for point in await context.trials.path("support", V1)][-1] == 4


async def test_a_part_that_fails_stops_no_other(
    context: Context, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise KeyError("a bug")

    await people.crowd(12)
    for part in ("finish_erasures", "remove_old", "close_unfinished", "look_at_lineup"):
        monkeypatch.setattr(ticks, part, broken)
    assert len(await tick(context)) == 1
    monkeypatch.setattr(ticks, "gather", broken)
    assert await tick(context) == []


async def test_without_redis_a_tick_ends(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise StoreUnavailable("Redis is not available")

    monkeypatch.setattr(ticks, "look_at_trial", away)
    with pytest.raises(StoreUnavailable):
        await tick(context)


async def test_a_run_lets_go_of_its_own_candidate_alone(context: Context) -> None:
    """Another one is whom a person is promoting just now."""
    registry, lease = context.registry, Lease("support", "run_2", 1)
    for number, name in enumerate((V1, V2), 1):
        run = f"run_{number}"
        version = Version(name, "support", number, run, BASE, run, "snap", "base", time.time())
        await registry.add_version(version)
    ended = said("reject", "it is worse", version=V2)
    for staged, left, becomes in ((V1, V1, "staged"), (V2, "", "rejected")):
        await registry.stage("support", staged, ADA)
        await promotion.let_go(context, lease, ended)
        assert (await registry.pointer("support")).candidate == left
        assert (await registry.version("support", staged)).state == becomes
