"""Who answers: the pointer decides the version, the reports the place, failures the order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from core import keys
from core.arms import Arm, Assignment
from core.errors import InvalidRequest, ModelUnavailable
from core.metrics import REPLICAS
from core.records import BASE, Replica
from core.registry import Registry
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store
from server.fleet.client import VllmClient
from server.fleet.router import REFRESH_S, Route, Router
from tests.conftest import free_port
from tests.fleet.conftest import OPERATOR, Publisher, until
from tests.fleet.fake import FakeVllm, fake_vllm

V1, V2, V3 = (f"support-p00000{i}-aaaaaaaa" for i in (1, 2, 3))


@pytest.fixture
async def replicas(store: Store, quick: Settings) -> Replicas:
    return Replicas(store, quick.replica_ttl_s)


@pytest.fixture
async def router(
    store: Store, quick: Settings, client: VllmClient, replicas: Replicas
) -> AsyncIterator[Router]:
    router = Router(Registry(store), replicas, quick, client)
    yield router
    await router.close()


async def report(replicas: Replicas, name: str, *versions: str, **changes: Any) -> None:
    fields = {"url": f"http://{name}", "ready": True, "at": time.time(), **changes}
    await replicas.report(Replica(id=name, base_model="m", versions=list(versions), **fields))


async def point(publisher: Publisher, *history: str) -> None:
    """Makes each version the champion in turn."""
    for name in history:
        await publisher.publish(name, weights=name.encode())
        await publisher.promote(name)


async def choose(router: Router, user: str = "ann") -> Route:
    async with router.route("support", user) as route:
        return route


async def test_a_trial_answers_its_share_and_a_side_its_own(
    router: Router, replicas: Replicas, publisher: Publisher, store: Store
) -> None:
    await point(publisher, V1)
    await publisher.publish(V2, weights=b"2")
    registry = Registry(store)
    await registry.begin_trial("support", V2, 0.5, OPERATOR, expected=V1)
    await report(replicas, "r1", V1, V2)
    await router.start()
    routes = [await choose(router, f"user-{number}") for number in range(40)]
    assert {(r.version, r.assignment.arm) for r in routes} == {
        (V1, "champion"),
        (V2, "challenger"),
    }
    async with router.route("support", "ann", side=Assignment("challenger", 0.5, V2)) as route:
        assert (route.version, route.assignment.propensity) == (V2, 0.5)
    await registry.end_trial("support", V2, OPERATOR)
    assert {(await choose(router, f"user-{n}")).version for n in range(40)} == {V1}


@pytest.mark.parametrize(
    ("loaded", "arm", "version", "trial"),
    [
        ([V1, V2], "challenger", V2, V2),
        ([V1, V2], "champion", V1, V2),
        ([V1], "challenger", V1, ""),
        ([V2], "champion", BASE, ""),
    ],
)
async def test_what_another_than_its_arms_version_answers_is_of_no_trial(
    router: Router,
    replicas: Replicas,
    publisher: Publisher,
    store: Store,
    loaded: list[str],
    arm: Arm,
    version: str,
    trial: str,
) -> None:
    await point(publisher, V1)
    await publisher.publish(V2, weights=b"2")
    await Registry(store).begin_trial("support", V2, 0.5, OPERATOR, expected=V1)
    await report(replicas, "r1", *loaded)
    await router.start()
    async with router.route("support", "ann", side=Assignment(arm, 0.5, V2)) as route:
        assert (route.version, route.assignment) == (version, Assignment(arm, 0.5, trial))


async def test_a_version_that_was_just_loaded_answers_the_next_request(
    router: Router, replicas: Replicas, publisher: Publisher
) -> None:
    await point(publisher, V1)
    await report(replicas, "r1", V1)
    await router.start()
    assert (await choose(router)).version == V1
    await point(publisher, V2)
    await report(replicas, "r1", V1, V2)
    assert (await choose(router)).version == V2


@pytest.mark.parametrize(
    ("other", "reports", "expected"),
    [(V1, [V1, V2], V1), (BASE, [V1, V2], BASE), (V1, [V2], V2), (V3, [V1, V2, V3], V2)],
)
async def test_another_live_version_answers_where_it_is_loaded(
    router: Router,
    replicas: Replicas,
    publisher: Publisher,
    other: str,
    reports: list[str],
    expected: str,
) -> None:
    """The champion does where it is not, or is live no more."""
    await point(publisher, V1, V2)
    await report(replicas, "r1", *reports)
    await router.start()
    side = Assignment("other", 0.05, other=other)
    async with router.route("support", "ann", side=side) as route:
        assert (route.version, route.assignment) == (expected, side)


@pytest.mark.parametrize(
    ("history", "reports", "expected"),
    [
        ([], {"r1": []}, ("r1", BASE)),
        ([V1], {"r1": [V1]}, ("r1", V1)),
        ([V1], {"r1": [], "r2": [V1]}, ("r2", V1)),
        ([V1, V2], {"r1": [V1, V2]}, ("r1", V2)),
        ([V1, V2], {"r1": [V1], "r2": [V2, V1]}, ("r2", V2)),
        ([V1, V2], {"r1": [V1], "r2": []}, ("r1", V1)),
        ([V1, V2], {"r1": [V3]}, ("r1", BASE)),
    ],
)
async def test_only_a_replica_that_reports_the_version_is_asked(
    router: Router,
    replicas: Replicas,
    publisher: Publisher,
    history: list[str],
    reports: dict[str, list[str]],
    expected: tuple[str, str],
) -> None:
    await point(publisher, *history)
    for name, versions in reports.items():
        await report(replicas, name, *versions)
    await router.start()
    route = await choose(router)
    assert (route.replica, route.version) == expected
    assert route.model == route.version
    assert router.versions_loaded() == {name: sorted(v) for name, v in reports.items()}


@pytest.mark.parametrize("changes", [{"ready": False}, {"at": time.time() - 60}])
async def test_replicas_that_cannot_answer_get_nothing(
    router: Router, replicas: Replicas, changes: dict[str, Any]
) -> None:
    await report(replicas, "r1", **changes)
    await router.start()
    with pytest.raises(ModelUnavailable):
        await choose(router)


async def test_the_pointer_acts_at_once(
    router: Router, replicas: Replicas, publisher: Publisher
) -> None:
    await report(replicas, "r1", V1, V2)
    await router.start()
    for name in (V1, V2):
        await point(publisher, name)
        assert (await choose(router)).version == name


async def test_the_least_loaded_comes_first_and_a_tie_goes_to_the_known_one(
    router: Router, replicas: Replicas
) -> None:
    for name in ("r1", "r2", "r3"):
        await report(replicas, name)
    await router.start()
    homes = {user: (await choose(router, user)).replica for user in map(str, range(60))}
    assert homes == {user: (await choose(router, user)).replica for user in homes}
    assert set(homes.values()) == {"r1", "r2", "r3"}
    async with AsyncExitStack() as open_requests:
        places = [
            (await open_requests.enter_async_context(router.route("support", "ann"))).replica
            for _ in range(6)
        ]
    assert sorted(places) == ["r1", "r1", "r2", "r2", "r3", "r3"]
    assert places[0] == places[3] == (await choose(router, "ann")).replica


async def test_people_stay_when_another_replica_leaves(router: Router, replicas: Replicas) -> None:
    for name in ("r1", "r2", "r3"):
        await report(replicas, name)
    await router.start()
    before = {user: (await choose(router, user)).replica for user in map(str, range(60))}
    await replicas.forget("r3")
    await until(lambda: "r3" not in router.versions_loaded())
    after = {user: (await choose(router, user)).replica for user in before}
    assert all(after[u] == place for u, place in before.items() if place != "r3")


async def test_a_replica_that_failed_comes_last_for_a_moment(
    router: Router, replicas: Replicas
) -> None:
    for name in ("r1", "r2"):
        await report(replicas, name)
    await router.start()
    failed = await choose(router)
    with pytest.raises(ModelUnavailable):
        async with router.route("support", "ann"):
            raise ModelUnavailable("gone")
    assert (await choose(router)).replica != failed.replica
    with pytest.raises(ModelUnavailable):
        async with router.route("support", "ann"):
            raise ModelUnavailable("the other one too")
    await choose(router)  # both failed: any is better than none


async def test_a_failure_gives_another_version_only_to_whom_it_befell(
    router: Router, replicas: Replicas, publisher: Publisher, fake: FakeVllm
) -> None:
    await point(publisher, V1)
    await report(replicas, "warm", V1, url=f"http://127.0.0.1:{free_port()}")
    await report(replicas, "cold", url=fake.url)
    await router.start()
    for user in map(str, range(8)):
        route, _ = await router.chat("support", user, body)
        assert (route.replica, route.version) == ("cold", BASE)
        next_one = await choose(router, f"next to {user}")
        assert (next_one.replica, next_one.version) == ("warm", V1)


async def read(router: Router, user: str = "ann") -> tuple[Route, list[dict[str, Any]]]:
    async with router.stream("support", user, body) as (route, chunks):
        return route, [chunk async for chunk in chunks]


def body(route: Route) -> dict[str, Any]:
    return {"model": route.model, "messages": [], "cache_salt": route.version}


@asynccontextmanager
async def beside_a_sound_one(
    router: Router, replicas: Replicas, ill: FakeVllm, mode: str
) -> AsyncIterator[None]:
    """Two replicas, of which `ill` fails in this mode."""
    async with fake_vllm() as sound:
        await report(replicas, "sound", url=sound.url)
        await report(replicas, "ill", url=ill.url)
        await router.start()
        ill.mode = mode
        yield


@pytest.mark.parametrize("mode", ["hang up", "500", "empty", "404"])
async def test_another_replica_is_tried_before_the_first_chunk(
    router: Router, replicas: Replicas, fake: FakeVllm, mode: str
) -> None:
    async with beside_a_sound_one(router, replicas, fake, mode):
        for user in map(str, range(8)):
            route, chunks = await read(router, user)
            assert (route.replica, len(chunks)) == ("sound", 3)
            answered, _ = await router.chat("support", user, body)
            assert answered.replica == "sound"


@pytest.mark.parametrize("mode", ["die", "cut"])
async def test_a_whole_answer_that_breaks_off_is_asked_for_elsewhere(
    router: Router, replicas: Replicas, fake: FakeVllm, mode: str
) -> None:
    async with beside_a_sound_one(router, replicas, fake, mode):
        for user in map(str, range(8)):
            route, reply = await router.chat("support", user, body)
            assert route.replica == "sound"
            assert [c["message"]["content"] for c in reply["choices"]] == ["0 1 2 "]
        assert fake.calls


async def test_a_replica_that_lost_the_version_answers_by_what_it_has(
    router: Router, replicas: Replicas, publisher: Publisher, fake: FakeVllm
) -> None:
    await point(publisher, V1, V2)
    await report(replicas, "r1", V1, V2, url=fake.url)
    await router.start()
    fake.loaded[V1] = "/somewhere"  # vLLM restarted and the agent is reloading: V2 is still missing
    route, chunks = await read(router)
    assert route.version == V1
    assert {chunk["id"] for chunk in chunks} == {V1}


@pytest.mark.parametrize(("mode", "error"), [("die", ModelUnavailable), ("400", InvalidRequest)])
async def test_failures_that_no_other_replica_can_mend_are_told(
    router: Router, replicas: Replicas, fake: FakeVllm, mode: str, error: type[Exception]
) -> None:
    async with fake_vllm(mode=mode) as other:
        await report(replicas, "r1", url=fake.url)
        await report(replicas, "r2", url=other.url)
        await router.start()
        fake.mode = mode
        with pytest.raises(error):
            await read(router)
        assert len(fake.calls) + len(other.calls) == 1


async def test_when_all_fail_the_reason_is_told(
    router: Router, replicas: Replicas, fake: FakeVllm
) -> None:
    fake.mode = "500"
    await report(replicas, "r1", url=fake.url)
    await report(replicas, "r2", url=f"http://127.0.0.1:{free_port()}")
    await router.start()
    with pytest.raises(ModelUnavailable, match=r"cannot be reached|failed"):
        await read(router)
    assert len(fake.calls) == 1


async def test_leaving_a_stream_aborts_it_and_frees_the_place(
    router: Router, replicas: Replicas, fake: FakeVllm
) -> None:
    fake.mode, fake.chunks = "slow", 1000
    await report(replicas, "r1", url=fake.url)
    await router.start()
    async with router.stream("support", "ann", body) as (_, chunks):
        await anext(chunks)
        assert router._in_flight["r1"] == 1
    assert router._in_flight["r1"] == 0
    await until(lambda: fake.aborted == 1)


async def test_an_upstream_without_agent_answers_by_its_base(
    store: Store, quick: Settings, client: VllmClient, replicas: Replicas, publisher: Publisher
) -> None:
    await point(publisher, V1)
    async with fake_vllm(base="Qwen/Qwen2.5") as static:
        urls = f"{static.url}/, http://127.0.0.1:{free_port()}"
        settings = quick.model_copy(update={"vllm_urls": urls})
        router = Router(Registry(store), replicas, settings, client)
        await router.start()
        try:
            route = await choose(router)
        finally:
            await router.close()
    assert route == Route(static.url, static.url, "Qwen/Qwen2.5", BASE)


async def test_a_report_nobody_understands_does_not_stop_the_looking(
    router: Router, replicas: Replicas, store: Store
) -> None:
    await report(replicas, "r1")
    await router.start()
    await store.redis.hset(keys.replicas(), "r2", "from another release")
    await asyncio.sleep(2 * REFRESH_S)
    await store.redis.hdel(keys.replicas(), "r2")
    await report(replicas, "r3")
    await until(lambda: "r3" in router.versions_loaded())


async def test_replicas_are_counted_by_state(router: Router, replicas: Replicas) -> None:
    await report(replicas, "r1")
    await report(replicas, "r2", ready=False)
    await report(replicas, "r3", at=0.0)
    await report(replicas, "r4", at=0.0)
    await router.start()
    states = {s: REPLICAS.labels(s)._value.get() for s in ("ready", "not_ready", "silent")}
    assert states == {"ready": 1, "not_ready": 1, "silent": 2}
