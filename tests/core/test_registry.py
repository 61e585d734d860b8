"""Versions, the fenced champion pointer, runs and leases on a real server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core import keys
from core.errors import Conflict, NotFound, StaleFence
from core.records import BASE, Pointer, Verdict, Version
from core.registry import Actor, Registry, version_name
from core.runs import KEPT_S, Runs
from core.store import Store

ANN = Actor("ann", "because")


@pytest.fixture
def registry(store: Store) -> Registry:
    return Registry(store)


@pytest.fixture
def runs(store: Store) -> Runs:
    return Runs(store)


async def add(registry: Registry, digest: str = "1a2b3c4d") -> str:
    sequence = await registry.next_sequence("support")
    name = version_name("support", sequence, digest)
    await registry.add_version(
        Version(name, "support", sequence, digest, BASE, "run_1", "snap", "base", time.time())
    )
    return name


async def test_a_new_assistant_is_answered_by_the_base(registry: Registry) -> None:
    pointer = await registry.pointer("support")
    assert (pointer.champion, pointer.desired()) == (BASE, [])


async def test_promote_then_roll_back(registry: Registry) -> None:
    first, second = await add(registry), await add(registry)
    assert first.startswith("support-p000001-")
    await registry.promote("support", first, ANN)
    await registry.stage("support", second, ANN)
    assert (await registry.pointer("support")).desired() == [first, second]
    await registry.promote("support", second, ANN, expected=first)
    assert await registry.rollback("support", ANN) == (second, first)
    pointer = await registry.pointer("support")
    assert (pointer.champion, pointer.previous) == (first, second)
    states = {v.name: v.state for v in await registry.versions("support")}
    assert states == {first: "champion", second: "rolled_back"}
    actions = [entry.action for entry in await registry.audit("support")]
    assert actions == ["rollback", "promote", "stage", "promote"]


async def test_rollback_without_a_past_and_to_the_base(registry: Registry) -> None:
    with pytest.raises(Conflict):
        await registry.rollback("support", ANN)
    await registry.promote("support", await add(registry), ANN)
    await registry.rollback("support", ANN)
    assert (await registry.pointer("support")).champion == BASE


async def test_a_trial_ends_with_the_challenger_or_without_it(registry: Registry) -> None:
    first, second, third = await add(registry), await add(registry), await add(registry)
    await registry.promote("support", first, ANN)
    await registry.stage("support", second, ANN)
    with pytest.raises(Conflict):
        await registry.begin_trial("support", second, 0.1, ANN, expected=BASE)
    await registry.begin_trial("support", second, 0.1, ANN, expected=first)
    pointer = await registry.pointer("support")
    assert (pointer.challenger, pointer.share, pointer.candidate) == (second, 0.1, "")
    assert pointer.desired() == [first, second]
    assert not await registry.end_trial("support", third, ANN)
    assert await registry.end_trial("support", second, ANN)
    assert (await registry.pointer("support")).challenger == ""
    await registry.begin_trial("support", third, 0.1, ANN, expected=first)
    await registry.promote("support", third, ANN, expected=first)
    pointer = await registry.pointer("support")
    assert (pointer.champion, pointer.previous, pointer.challenger) == (third, first, "")
    states = {v.name: v.state for v in await registry.versions("support")}
    assert states == {first: "retired", second: "rolled_back", third: "champion"}


async def test_the_log_names_whatever_became_something_else(registry: Registry) -> None:
    first, second, third = await add(registry), await add(registry), await add(registry)
    await registry.begin_trial("support", second, 0.1, ANN, expected=BASE)
    await registry.end_trial("support", second, ANN)
    await registry.reject("support", third, ANN)
    await registry.promote("support", first, ANN)
    promoted, rejected, ended, _ = [e.change for e in await registry.audit("support")]
    assert ended == f"challenger= share= {second}=rolled_back"
    assert rejected == f"{third}=rejected"
    assert promoted.startswith(f"champion={first} previous=base ")
    assert f"{first}=" not in promoted, "its fields name it"


async def test_a_rollback_ends_a_trial(registry: Registry) -> None:
    first, second = await add(registry), await add(registry)
    await registry.promote("support", first, ANN)
    await registry.begin_trial("support", second, 0.1, ANN, expected=first)
    await registry.rollback("support", ANN)
    assert (await registry.pointer("support")).challenger == ""
    states = {v.name: v.state for v in await registry.versions("support")}
    assert states == {first: "rolled_back", second: "retired"}


@pytest.mark.parametrize(
    "machine", [Actor("run", "good", 1), Actor("canary", "good", machine=True)], ids=["run", "look"]
)
async def test_only_a_person_makes_a_version_live_while_held(
    registry: Registry, machine: Actor
) -> None:
    first, second = await add(registry), await add(registry)
    await registry.begin_trial("support", first, 0.1, ANN, expected=BASE)
    await registry.hold("support", ANN)
    with pytest.raises(Conflict, match="is held"):
        await registry.begin_trial("support", first, 0.1, machine, expected=BASE)
    with pytest.raises(Conflict, match="is held"):
        await registry.promote("support", first, machine, challenger=first)
    assert await registry.end_trial("support", first, machine)
    await registry.begin_trial("support", second, 0.1, ANN, expected=BASE)
    await registry.promote("support", second, ANN)


async def test_one_trial_at_a_time(registry: Registry) -> None:
    first, second = await add(registry), await add(registry)
    for _ in range(2):
        await registry.begin_trial("support", first, 0.1, ANN, expected=BASE)
    with pytest.raises(Conflict, match=f"{first}' of 'support' is on trial now"):
        await registry.begin_trial("support", second, 0.1, ANN, expected=BASE)
    for name, challenger in ((second, ""), (second, second)):
        with pytest.raises(Conflict, match=f"{first}' of 'support' is on trial now"):
            await registry.promote("support", name, ANN, challenger=challenger)
    await registry.end_trial("support", first, ANN)
    with pytest.raises(Conflict, match="No version of 'support' is on trial now"):
        await registry.promote("support", first, ANN, challenger=first)
    assert (await registry.pointer("support")).champion == BASE


async def test_a_change_rests_on_what_was_seen(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the pointer and the write somebody else moves it."""
    first, second, third = await add(registry), await add(registry), await add(registry)
    await registry.promote("support", first, ANN)
    await registry.promote("support", second, ANN)
    seen = await registry.pointer("support")
    moves: list[Callable[[], Awaitable[Any]]] = [
        lambda: registry.begin_trial("support", third, 0.1, ANN, expected=second),
        lambda: registry.promote("support", third, ANN),
        lambda: registry.rollback("support", ANN),
    ]

    async def stale(_: str) -> Pointer:
        return seen

    async def with_stale(change: Awaitable[Any]) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(registry, "pointer", stale)
            with pytest.raises(Conflict, match="meanwhile"):
                await change

    for move in moves:
        await move()
        before = await registry.pointer("support"), await registry.audit("support")
        await with_stale(registry.promote("support", first, ANN, expected=second))
        await with_stale(registry.rollback("support", ANN, expected=second))
        await with_stale(registry.begin_trial("support", first, 0.1, ANN, expected=second))
        assert (await registry.pointer("support"), await registry.audit("support")) == before


async def test_a_rollback_names_what_it_takes_back_and_goes_to_nothing_bad(
    registry: Registry,
) -> None:
    first, second = await add(registry), await add(registry)
    await registry.promote("support", first, ANN)
    await registry.promote("support", second, ANN)
    with pytest.raises(Conflict, match="no longer"):
        await registry.rollback("support", ANN, expected=first)
    await registry.rollback("support", ANN, expected=second)
    with pytest.raises(Conflict, match="was rolled back itself"):
        await registry.rollback("support", ANN)
    assert (await registry.pointer("support")).champion == first
    await registry.rollback("support", ANN, to=second)
    assert (await registry.pointer("support")).champion == second


async def test_a_change_and_what_it_makes_of_versions_are_one_write(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    change = registry._change

    async def change_and_die(*arguments: Any, **named: Any) -> None:
        await change(*arguments, **named)
        raise Crash

    first, second = await add(registry), await add(registry)
    await registry.promote("support", first, ANN)
    monkeypatch.setattr(registry, "_change", change_and_die)
    with pytest.raises(Crash):
        await registry.promote("support", second, ANN)
    states = {v.name: v.state for v in await registry.versions("support")}
    assert states == {first: "retired", second: "champion"}


async def test_promotion_needs_the_expected_champion(registry: Registry) -> None:
    first, second = await add(registry), await add(registry)
    await registry.promote("support", first, ANN)
    with pytest.raises(Conflict):
        await registry.promote("support", second, ANN, expected=BASE)
    with pytest.raises(NotFound):
        await registry.promote("support", "support-p000099-ffffffff", ANN)


async def test_a_version_is_immutable(registry: Registry) -> None:
    version = Version("v", "support", 1, "aaaa", BASE, "run_1", "snap", "base", time.time())
    await registry.add_version(version)
    await registry.add_version(version)
    other = Version("v", "support", 1, "bbbb", BASE, "run_1", "snap", "base", time.time())
    with pytest.raises(Conflict):
        await registry.add_version(other)


async def test_one_open_run_and_one_owner(runs: Runs) -> None:
    opened = await asyncio.gather(*(runs.open("support", "64 votes", {}) for _ in range(8)))
    assert len({run.id for run, _ in opened}) == 1
    assert sum(new for _, new in opened) == 1
    run = opened[0][0]
    leases = await asyncio.gather(*(runs.take(run, 5.0) for _ in range(8)))
    assert sum(lease is not None for lease in leases) == 1
    assert (await runs.get(run.id)).attempts == 1


async def test_a_stale_owner_cannot_publish(runs: Runs, registry: Registry) -> None:
    run, _ = await runs.open("support", "64 votes", {})
    old = await runs.take(run, 0.05)
    assert old is not None
    await asyncio.sleep(0.1)
    new = await runs.take(run, 5.0)
    assert new is not None
    assert new.token > old.token
    name = await add(registry)
    stale = Actor(run.id, "trained", old.token)
    with pytest.raises(StaleFence):
        await registry.promote("support", name, stale)
    with pytest.raises(StaleFence):
        await runs.renew(old, 5.0)
    with pytest.raises(StaleFence):
        await runs.end(run, Verdict("promote", "late"), old.token)
    await registry.promote("support", name, Actor(run.id, "trained", new.token))
    assert await runs.end(run, Verdict("promote", "better", version=name), new.token)
    assert not await runs.end(run, Verdict("reject", "twice"), new.token)
    ended = await runs.get(run.id)
    assert ended.verdict is not None
    assert (ended.state, ended.verdict.decision) == ("ended", "promote")
    assert await runs.active("support") is None
    assert await runs.take(run, 5.0) is None


async def test_who_was_given_up_publishes_nothing_any_more(runs: Runs, registry: Registry) -> None:
    run, _ = await runs.open("support", "64 votes", {})
    stopped = await runs.take(run, 5.0)
    assert stopped is not None
    assert await runs.end(run, Verdict("reject", "cancelled"))
    late = Actor(run.id, "trained", stopped.token)
    name = await add(registry)
    with pytest.raises(StaleFence):
        await registry.promote("support", name, late)
    with pytest.raises(StaleFence):
        await registry.begin_trial("support", name, 0.1, late, expected=BASE)
    following, _ = await runs.open("support", "64 votes", {})
    lease = await runs.take(following, 5.0)
    assert lease is not None
    await registry.promote("support", name, Actor(following.id, "trained", lease.token))


async def test_progress_is_followed_from_a_position(runs: Runs) -> None:
    run, _ = await runs.open("support", "64 votes", {})
    for step in range(3):
        await runs.progress(run.id, "train", step / 3, f"step {step}")
    seen = [(position, row["message"]) async for position, row in runs.events(run.id)]
    assert [message for _, message in seen] == ["step 0", "step 1", "step 2"]
    rest = [row["message"] async for _, row in runs.events(run.id, after=seen[1][0])]
    assert rest == ["step 2"]
    assert [r async for r in runs.events(run.id, after=seen[2][0], block_ms=20)] == []


async def test_what_a_run_said_is_not_kept_for_ever(runs: Runs, store: Store) -> None:
    run, _ = await runs.open("support", "64 votes", {})
    await runs.progress(run.id, "train", 0.5)
    assert await runs.end(run, Verdict("reject", "no better"))
    left_s = await store.redis.ttl(keys.run_events(run.id))
    assert 0 < left_s <= KEPT_S
    assert len([row async for _, row in runs.events(run.id)]) == 2
    await store.redis.delete(keys.run_events(run.id))
    ended = await runs.get(run.id)
    assert (ended.verdict is not None, ended.phase, ended.fraction) == (True, "ended", 1.0)


async def test_a_retrain_request_is_taken_once(runs: Runs) -> None:
    await runs.request_retrain("support", "ann", "now please")
    taken = await asyncio.gather(*(runs.take_retrain_request("support") for _ in range(4)))
    assert sorted(t for t in taken if t) == ["ann: now please"]
