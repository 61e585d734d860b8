"""A rollback that is sent again, or that comes too late, takes nothing else back."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from httpx import AsyncClient

from core.errors import StoreUnavailable
from core.records import Pointer, Replica
from core.registry import Actor
from core.store import Store
from server.state import State
from tests.server.conftest import until
from tests.server.seeds import seed_version

URL = "/v1/assistants/support/rollback"
TEST = Actor("test", "set up")


@pytest.fixture
async def reign(state: State) -> tuple[str, str]:
    """The champion, and a version that is not live yet."""
    first, second = await seed_version(state), await seed_version(state)
    await state.registry.promote("support", first, TEST)
    return first, second


async def bring_live(state: State, name: str, as_champion: bool) -> None:
    if as_champion:
        await state.registry.promote("support", name, TEST)
    else:
        champion = (await state.registry.pointer("support")).champion
        await state.registry.begin_trial("support", name, 0.1, TEST, expected=champion)


def confirm_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next durable write is made, but not confirmed in time, as by a slow disk."""
    run = Store.run_durably

    async def late(*call: Any) -> Any:
        monkeypatch.setattr(Store, "run_durably", run)
        await run(*call)
        raise StoreUnavailable("Redis did not confirm the write to disk in time; send it again")

    monkeypatch.setattr(Store, "run_durably", late)


async def states(state: State) -> dict[str, str]:
    return {v.name: v.state for v in await state.registry.versions("support")}


@pytest.mark.parametrize("as_champion", [False, True], ids=["on trial", "champion"])
async def test_sent_again_it_changes_nothing_and_says_so(
    api: AsyncClient,
    state: State,
    reign: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    as_champion: bool,
) -> None:
    good, bad = reign
    await bring_live(state, bad, as_champion)
    confirm_late(monkeypatch)
    body = {"version": bad, "reason": "it is bad"}
    assert (await api.post(URL, json=body)).status_code == 503
    for _ in range(2):
        again = await api.post(URL, json=body)
        told = again.json()
        assert (again.status_code, told["changed"]) == (200, False)
        assert (told["champion"], told["challenger"]) == (good, "")
    assert await states(state) == {good: "champion", bad: "rolled_back"}
    assert len(await state.registry.audit("support")) == 3


async def test_without_a_version_what_was_rolled_back_does_not_come_back(
    api: AsyncClient, state: State, reign: tuple[str, str]
) -> None:
    good, bad = reign
    await bring_live(state, bad, as_champion=True)
    body = {"reason": "it is bad"}
    assert (await api.post(URL, json=body)).json()["champion"] == good
    again = await api.post(URL, json=body)
    assert again.status_code == 409
    assert "was rolled back itself" in again.json()["error"]["message"]
    assert await states(state) == {good: "champion", bad: "rolled_back"}


async def test_the_base_is_taken_back_once(
    api: AsyncClient, state: State, reign: tuple[str, str]
) -> None:
    champion, _ = reign
    await state.registry.rollback("support", TEST, to="base")
    body = {"version": "base", "to": champion, "reason": "a mistake"}
    told = [(await api.post(URL, json=body)).json() for _ in range(2)]
    assert [(t["champion"], t["changed"]) for t in told] == [(champion, True), (champion, False)]


async def test_a_champion_is_taken_back_beside_a_trial(
    api: AsyncClient, state: State, reign: tuple[str, str]
) -> None:
    champion, tried = reign
    await bring_live(state, tried, as_champion=False)
    told = (await api.post(URL, json={"version": champion, "reason": "both are bad"})).json()
    assert (told["champion"], told["challenger"]) == ("base", "")
    assert await states(state) == {champion: "rolled_back", tried: "retired"}


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        pytest.param({"version": "support-p000009-x"}, 404, "no version", id="unknown"),
        pytest.param({"version": 2}, 409, "is staged and answers nobody", id="never live"),
        pytest.param({"version": 1, "to": "base"}, 409, "without `to`", id="a trial ends as it is"),
    ],
)
async def test_what_answers_nobody_is_not_taken_back(
    api: AsyncClient,
    state: State,
    reign: tuple[str, str],
    body: dict[str, Any],
    status: int,
    why: str,
) -> None:
    names = [*reign, await seed_version(state)]
    await bring_live(state, names[1], as_champion=False)
    before = await state.registry.pointer("support")
    version = body["version"]
    named = version if isinstance(version, str) else names[version]
    reply = await api.post(URL, json={**body, "version": named, "reason": "it is bad"})
    assert (reply.status_code, why in reply.json()["error"]["message"]) == (status, True)
    assert await state.registry.pointer("support") == before


@pytest.mark.parametrize("named", [True, False], ids=["named", "not named"])
async def test_a_trial_that_ends_meanwhile_leaves_the_champion(
    api: AsyncClient,
    state: State,
    reign: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    named: bool,
) -> None:
    """By votes, between the look at who answers and the change."""
    good, bad = reign
    await bring_live(state, bad, as_champion=False)
    registry, read = state.registry, state.registry.pointer

    async def read_and_end(assistant: str) -> Pointer:
        monkeypatch.setattr(registry, "pointer", read)
        before = await read(assistant)
        await registry.end_trial(assistant, bad, TEST, "rejected")
        return before

    monkeypatch.setattr(registry, "pointer", read_and_end)
    body = {"reason": "it is bad", **({"version": bad} if named else {})}
    reply = await api.post(URL, json=body)
    assert (reply.status_code, "just ended" in reply.json()["error"]["message"]) == (409, True)
    assert await states(state) == {good: "champion", bad: "rejected"}


async def report(state: State, *versions: str) -> None:
    """Of the one replica there is."""
    replica = Replica("r1", "http://127.0.0.1:1", "m", True, list(versions), time.time())
    await state.replicas.report(replica)


async def test_what_is_not_loaded_yet_is_loaded_while_the_base_answers(
    api: AsyncClient, state: State, reign: tuple[str, str]
) -> None:
    good, bad = reign
    await bring_live(state, bad, as_champion=True)
    await report(state, bad)
    body = {"version": bad, "to": good, "reason": "it is bad"}
    back = asyncio.create_task(api.post(URL, json=body))
    await until(lambda: is_staged(state, good))
    assert (await state.registry.pointer("support")).champion == "base"
    async with state.router.route("support", "ada") as route:
        assert route.version == "base"
    await report(state, bad, good)
    told = (await back).json()
    assert (told["champion"], told["changed"]) == (good, True)
    assert await states(state) == {good: "champion", bad: "rolled_back"}


async def is_staged(state: State, version: str) -> bool:
    return (await state.registry.pointer("support")).candidate == version


async def test_what_was_taken_back_answers_nobody_where_the_champion_is_not(
    api: AsyncClient, state: State, reign: tuple[str, str]
) -> None:
    good, bad = reign
    await bring_live(state, bad, as_champion=True)
    await report(state, bad)
    async with state.router.route("support", "ada") as route:
        assert route.version == bad
    assert (await api.post(URL, json={"reason": "it is bad"})).json()["champion"] == good
    async with state.router.route("support", "ada") as route:
        assert route.version == "base"
    await state.registry.promote("support", bad, TEST)
    async with state.router.route("support", "ada") as route:
        assert route.version == bad, "a person may change their mind"
