"""Two real vLLMs behind one gateway: a swap while both stream, and the death of one under load."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.registry import Registry
from core.settings import Settings
from core.store import Store
from server.fleet.client import VllmClient, open_session
from tests.conftest import ROOT, Vllm, free_port
from tests.fleet.conftest import OPERATOR, running
from tests.fleet.real import VERSIONS, forget_adapters, publish_real
from tests.fleet.site import DEADLINE_S, Fleet, Heard, ask, keep_asking, until
from tests.server.conftest import run_live
from tests.server.test_chat_vllm import end_tokens

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

V1, V2 = VERSIONS[:2]
NEVER_ENDS = {str(token): -100 for token in end_tokens(ROOT / "models" / "seedling")}


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Vllm]]:
    """The one that all tests share, `r1`, and one to be killed, `r2`; both start at once."""
    second = Vllm(free_port(), tmp_path_factory.mktemp("second") / "vllm.log")
    second.begin()
    try:
        first: Vllm = request.getfixturevalue("vllm")
        second.wait()
        yield {"r1": first, "r2": second}
    finally:
        second.stop(signal.SIGKILL)


@pytest.fixture
async def fleet(engines: dict[str, Vllm], settings: Settings, store: Store) -> AsyncIterator[Fleet]:
    """A gateway, and an agent beside each engine."""
    # Two busy engines on two cores are late with everything, and that is no partition.
    own = settings.model_copy(update={"replica_ttl_s": 120.0})
    of = {
        name: own.model_copy(update={"replica": name, "vllm_port": engine.port})
        for name, engine in engines.items()
    }
    async with open_session() as session, run_live(own) as live:
        live.http.timeout = DEADLINE_S
        clients = {name: VllmClient(session, each) for name, each in of.items()}
        async with (
            running(of["r1"], store, clients["r1"]),
            running(of["r2"], store, clients["r2"]),
        ):
            found = Fleet(live)
            await until(lambda: set(found.routed()) == {"r1", "r2"}, found.routed)
            yield found
        await forget_adapters(clients["r1"], engines["r1"].url)


async def test_two_engines_swap_under_load_and_one_dies_alone(
    fleet: Fleet, engines: dict[str, Vllm], settings: Settings, store: Store, adapters: Path
) -> None:
    registry = Registry(store)
    for version in (V1, V2):
        await publish_real(settings, registry, adapters / version, version)
    await registry.promote("support", V1, OPERATOR)
    await fleet.has(V1, "r1", "r2")

    async with keep_asking(fleet, 4, max_tokens=24) as heard:
        await until(lambda: len(heard) >= 8)
        await registry.stage("support", V2, OPERATOR)
        await fleet.has(V2, "r1", "r2")
        await registry.promote("support", V2, OPERATOR)
        swapped = time.monotonic()
        await until(lambda: len([one for one in heard if one.asked > swapped]) >= 16)
    assert [one for one in heard if not one.whole] == []
    after = [one for one in heard if one.asked > swapped]
    for phase, version in ((heard[:8], V1), (after, V2)):
        assert {one.version for one in phase} == {version}
        assert {await fleet.where(one) for one in phase} == {"r1", "r2"}

    heard = [Heard(f"user{n}") for n in range(6)]
    endless = {"max_tokens": 400, "logit_bias": NEVER_ENDS}
    asking = [asyncio.create_task(ask(fleet.live, one.user, one, **endless)) for one in heard]
    await until(lambda: all(one.words for one in heard))
    await asyncio.to_thread(engines["r2"].stop, signal.SIGKILL)
    await asyncio.gather(*asking)
    failed = [one for one in heard if one.error]
    assert {await fleet.where(one) for one in failed} == {"r2"}
    assert {await fleet.where(one) for one in heard if one.whole} == {"r1"}
    assert len(failed) == 3
    for one in failed:
        assert one.error is not None
        assert (one.done, one.error["type"]) == (True, "service_unavailable")
    again = [await ask(fleet.live, one.user, max_tokens=8) for one in failed]
    assert [(one.whole, one.version) for one in again] == [(True, V2)] * 3
    await until(lambda: set(fleet.routed()) == {"r1"}, fleet.routed)
