"""Three replicas under load, and one of them in trouble: people notice as little as can be."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from core.settings import Settings
from tests.conftest import free_port
from tests.fleet.conftest import Publisher
from tests.fleet.site import CHAT, Fleet, Heard, Node, ask, keep_asking, node, until
from tests.server.conftest import run_live

V1, V2 = "support-p000001-aaaaaaaa", "support-p000002-bbbbbbbb"


@pytest.fixture
def ttl_s() -> float:
    """A busy machine is late with reports, and that is no partition."""
    return 300.0


@pytest.fixture
def fleet_settings(quick: Settings, ttl_s: float) -> Settings:
    changes = {"port": free_port(), "replica_ttl_s": ttl_s}
    return quick.model_copy(update=changes)


@pytest.fixture
async def fleet(fleet_settings: Settings, publisher: Publisher) -> AsyncIterator[Fleet]:
    """Three replicas that have the champion."""
    await publisher.publish(V1)
    await publisher.promote(V1)
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(run_live(fleet_settings))
        found = Fleet(live)
        for name in ("r1", "r2", "r3"):
            found.nodes[name] = await stack.enter_async_context(node(fleet_settings, name))
        await found.has(V1, "r1", "r2", "r3")
        yield found


def engines(fleet: Fleet, **changes: float) -> None:
    for each in fleet.nodes.values():
        for name, value in changes.items():
            setattr(each.engine, name, value)


@asynccontextmanager
async def held(fleet: Fleet, count: int) -> AsyncIterator[list[Heard]]:
    """So many answers that have all begun and go on when the block ends; then they are over."""
    for each in fleet.nodes.values():
        each.engine.goes_on.clear()
    heard = [Heard(f"user{n}") for n in range(count)]
    asking = [asyncio.create_task(ask(fleet.live, one.user, one)) for one in heard]
    try:
        await until(lambda: all(one.words for one in heard))
        yield heard
    finally:
        for each in fleet.nodes.values():
            each.engine.goes_on.set()
        await asyncio.gather(*asking)


async def test_load_spreads_and_a_person_stays(fleet: Fleet) -> None:
    async with held(fleet, 12) as together:
        pass
    assert [one for one in together if not one.whole] == []
    assert Counter([await fleet.where(one) for one in together]) == {"r1": 4, "r2": 4, "r3": 4}
    alone = [await ask(fleet.live, "ann") for _ in range(4)]
    assert len({await fleet.where(one) for one in alone}) == 1


async def test_who_is_killed_takes_only_its_own_streams(fleet: Fleet) -> None:
    async with held(fleet, 12) as heard:
        await fleet.nodes["r2"].engine.kill()
    failed = [one for one in heard if one.error]
    assert {await fleet.where(one) for one in failed} == {"r2"}
    assert len(failed) == 4
    assert all(one.whole for one in heard if one not in failed)
    for one in failed:
        assert (one.done, one.error is not None) == (True, True)
        assert one.error["type"] == "service_unavailable"
        thumb = {"kind": "thumb", "response_id": one.response, "value": "up"}
        who = {"X-Thumbwheel-User": one.user}
        assert (
            await fleet.live.http.post("/v1/feedback", json=thumb, headers=who)
        ).status_code == 409
    again = [await ask(fleet.live, one.user) for one in failed]
    assert all(one.whole and one.version == V1 for one in again)


async def test_a_killed_one_is_not_missed_and_comes_back(fleet: Fleet) -> None:
    engines(fleet, pause_s=0.01)
    async with keep_asking(fleet, 6) as heard:
        await until(lambda: len(heard) >= 12)
        await fleet.nodes["r2"].engine.kill()
        await until(lambda: "r2" not in fleet.routed())
        after = len(heard) + 6
        await until(lambda: len(heard) >= after + 12)
        await fleet.nodes["r2"].engine.start()
        await fleet.has(V1, "r2")
        calls = len(fleet.nodes["r2"].engine.asked_for())
        await until(lambda: len(fleet.nodes["r2"].engine.asked_for()) > calls + 3)
    assert all(one.whole for one in heard[after:])
    assert {one.version for one in heard} == {V1}


async def test_a_cold_one_is_asked_nothing_until_it_has_the_champion(
    fleet: Fleet, fleet_settings: Settings
) -> None:
    loads = asyncio.Event()
    engines(fleet, pause_s=0.01)
    async with (
        node(fleet_settings, "r4", loads=loads, pause_s=0.01) as cold,
        keep_asking(fleet, 8) as heard,
    ):
        await until(lambda: "r4" in fleet.routed())
        seen = len(heard)
        await until(lambda: len(heard) > seen + 24)
        assert (cold.engine.asked_for(), fleet.routed()["r4"]) == ([], [])
        loads.set()
        await until(lambda: len(cold.engine.asked_for()) >= 4)
    assert all(one.whole and one.version == V1 for one in heard)
    assert set(cold.engine.asked_for()) == {V1}


@pytest.mark.parametrize("ttl_s", [6.0])
async def test_one_cut_off_from_redis_ends_its_streams_and_gets_no_more(fleet: Fleet) -> None:
    away = fleet.nodes["r3"]
    async with held(fleet, 6) as heard:
        await away.gate.close()
        await until(lambda: "r3" not in fleet.routed())
        before = len(away.engine.asked_for())
    assert [one for one in heard if not one.whole] == []
    assert "r3" in {await fleet.where(one) for one in heard}
    assert all(one.whole for one in await fleet.ask(9))
    assert len(away.engine.asked_for()) == before
    await away.gate.open()
    await fleet.has(V1, "r3")
    await until(lambda: _reaches(fleet, away))


async def _reaches(fleet: Fleet, one: Node) -> bool:
    before = len(one.engine.asked_for())
    await fleet.ask(6)
    return len(one.engine.asked_for()) > before


async def test_one_that_lies_costs_nobody_an_answer(fleet: Fleet) -> None:
    liar = fleet.nodes["r1"].engine
    liar.lies = True
    engines(fleet, pause_s=0.02)
    async with keep_asking(fleet, 6) as heard:
        await until(lambda: len(heard) >= 40)
    assert [one for one in heard if not one.whole] == []
    assert {one.version for one in heard} == {V1}
    assert liar.asked_for(), "it was believed"


async def test_a_slow_one_gets_less_than_its_share(fleet: Fleet) -> None:
    """Ten times slower than the two others, which answer in its stead."""
    engines(fleet, pause_s=0.02)
    slow = fleet.nodes["r1"].engine
    slow.pause_s = 0.2
    async with keep_asking(fleet, 6) as heard:
        await until(lambda: len(heard) >= 60)
        asked = {name: len(each.engine.asked_for()) for name, each in fleet.nodes.items()}
    assert 0 < asked["r1"] < sum(asked.values()) / 3, asked
    assert asked["r1"] < min(asked["r2"], asked["r3"]), asked
    assert [one for one in heard if not one.whole] == []


async def test_a_stuck_one_gets_no_more_than_it_can_answer(fleet: Fleet) -> None:
    stuck = fleet.nodes["r1"].engine
    stuck.goes_on.clear()
    async with keep_asking(fleet, 6) as heard:
        await until(lambda: len(heard) >= 40)
        asked = len(stuck.asked_for())
        stuck.goes_on.set()
    assert asked <= 3
    assert [one for one in heard if not one.whole] == []


async def test_a_swap_under_load_across_three_drops_nothing(
    fleet: Fleet, publisher: Publisher
) -> None:
    engines(fleet, pause_s=0.02)
    await publisher.publish(V2, b"another")
    async with keep_asking(fleet, 9) as heard:
        await until(lambda: len(heard) >= 18)
        await publisher.stage(V2)
        await fleet.has(V2, "r1", "r2", "r3")
        await publisher.promote(V2)
        swapped = len(heard)
        await until(lambda: len(heard) >= swapped + 36)
    assert [one for one in heard if not one.whole] == []
    assert {tuple(set(one.words)) for one in heard} == {(V1,), (V2,)}
    assert all(set(one.words) == {one.version} for one in heard)
    for user in {one.user for one in heard}:
        later = [one.version for one in heard[swapped:] if one.user == user]
        assert set(later[1:]) <= {V2}, "but for what had begun before"
    assert all(CHAT in {path for path, _ in n.engine.calls} for n in fleet.nodes.values())
