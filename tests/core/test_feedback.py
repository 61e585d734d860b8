"""The feedback log on a real server: idempotent, latest wins, durable, taken back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.errors import Conflict, NotFound, StoreUnavailable
from core.feedback import FeedbackLog
from core.local import RedisServer
from core.records import FeedbackKind
from core.store import Store, connect, wait_for_store
from tests.conftest import free_port

UP: dict[str, Any] = {"value": "up"}
DOWN: dict[str, Any] = {"value": "down"}


@pytest.fixture
def log(store: Store) -> FeedbackLog:
    return FeedbackLog(store)


async def events(log: FeedbackLog) -> list[tuple[str, str]]:
    return [(f.kind, str(f.body.get("value", ""))) async for f in log.read("support")]


async def test_same_key_five_times_counts_once(log: FeedbackLog) -> None:
    answers = await asyncio.gather(
        *(log.append("thumb", "support", "ann", "resp_1", UP, key="k") for _ in range(5))
    )
    assert len({identity for identity, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1
    assert await events(log) == [("thumb", "up")]
    assert await log.counts("support") == {"thumb": 1}


async def test_same_opinion_without_key_counts_once(log: FeedbackLog) -> None:
    first, new = await log.append("thumb", "support", "ann", "resp_1", UP)
    again, new_again = await log.append("thumb", "support", "ann", "resp_1", UP)
    assert (new, new_again) == (True, False)
    assert first == again


async def test_changed_mind_replaces_and_counts_one_target(log: FeedbackLog) -> None:
    for body in (UP, DOWN, UP):
        assert (await log.append("thumb", "support", "ann", "resp_1", body))[1]
    assert await events(log) == [("thumb", "up"), ("thumb", "down"), ("thumb", "up")]
    assert [f.body for f in await log.of_user("support", "ann")] == [UP]
    assert await log.counts("support") == {"thumb": 1}


@pytest.mark.parametrize("then", ["changed", "taken back"])
async def test_a_used_key_does_not_bring_back_what_was_before(log: FeedbackLog, then: str) -> None:
    first, _ = await log.append("thumb", "support", "ann", "resp_1", UP, "k1")
    holds = "nothing"
    if then == "changed":
        holds, _ = await log.append("thumb", "support", "ann", "resp_1", DOWN, "k2")
    else:
        await log.retract("support", "ann", first)
    before = await events(log)
    with pytest.raises(Conflict, match=f"'{first}', which .* {holds} holds now"):
        await log.append("thumb", "support", "ann", "resp_1", UP, "k1")
    assert await events(log) == before
    anew, new = await log.append("thumb", "support", "ann", "resp_1", UP, "k3")
    assert new
    assert await log.append("thumb", "support", "ann", "resp_1", UP, "k1") == (anew, False)
    assert [f.id for f in await log.of_user("support", "ann")] == [anew]


@pytest.mark.parametrize(
    ("kind", "target", "body"),
    [("thumb", "resp_1", DOWN), ("thumb", "resp_2", UP), ("comment", "resp_1", {"comment": "?"})],
)
async def test_a_used_key_says_nothing_else(
    log: FeedbackLog, kind: FeedbackKind, target: str, body: dict[str, Any]
) -> None:
    first, _ = await log.append("thumb", "support", "ann", "resp_1", UP, "k1")
    with pytest.raises(Conflict, match=first):
        await log.append(kind, "support", "ann", target, body, "k1")
    assert await events(log) == [("thumb", "up")]
    assert await log.counts("support") == {"thumb": 1}


async def test_nothing_is_said_about_what_is_gone(log: FeedbackLog) -> None:
    with pytest.raises(NotFound, match="resp_1"):
        await log.append("thumb", "support", "ann", "resp_1", UP, "k", on_record=True)
    assert await events(log) == []
    assert await log.counts("support") == {}
    assert (await log.append("thumb", "support", "ann", "resp_1", UP, "k"))[1]


async def test_people_and_assistants_do_not_mix(log: FeedbackLog) -> None:
    await log.append("thumb", "support", "ann", "resp_1", UP, key="k")
    assert (await log.append("thumb", "support", "bob", "resp_1", UP, key="k"))[1]
    assert (await log.append("thumb", "tutor", "ann", "resp_1", UP, key="k"))[1]
    assert len(await log.of_user("support", "bob")) == 1


async def test_taking_back(log: FeedbackLog) -> None:
    identity, _ = await log.append("thumb", "support", "ann", "resp_1", UP)
    assert not await log.retract("support", "bob", identity)
    assert await log.retract("support", "ann", identity)
    assert not await log.retract("support", "ann", identity)
    assert await log.of_user("support", "ann") == []
    assert await log.counts("support") == {"thumb": 0}
    assert [kind for kind, _ in await events(log)] == ["thumb", "retract"]


@pytest.mark.parametrize("newest", [1, 3, 7, 50])
async def test_the_newest_of_many(log: FeedbackLog, newest: int) -> None:
    said = [(await log.append("thumb", "support", "ann", f"r{n}", UP))[0] for n in range(7)]
    found = await log.of_user("support", "ann", newest)
    assert [f.id for f in found] == sorted(said)[-newest:]


async def test_bodies_survive_exactly(log: FeedbackLog) -> None:
    body = {"text": 'it "should" have said: | \n é 🙂', "tags": ["a b", ""]}
    await log.append("edit", "support", "ann", "resp_1", body)
    assert [f.body async for f in log.read("support")] == [body]
    assert [f.body for f in await log.of_user("support", "ann")] == [body]


async def test_read_in_batches_and_from_a_position(log: FeedbackLog) -> None:
    for number in range(7):
        await log.append("thumb", "support", "ann", f"resp_{number}", UP)
    found = [f.target async for f in log.read("support", batch=3)]
    assert found == [f"resp_{n}" for n in range(7)]


async def test_no_acknowledged_vote_is_lost_by_a_kill(tmp_path: Any) -> None:
    """kill -9 of the server while votes pour in: what was acknowledged is there afterwards."""
    server = RedisServer(tmp_path, free_port())
    server.start()
    store = connect(server.url)
    log = FeedbackLog(store)
    acknowledged: list[str] = []
    enough = asyncio.Event()

    async def vote(person: int) -> None:
        for number in range(1000):
            try:
                await log.append("thumb", "support", f"p{person}", f"r{number}", UP)
            except StoreUnavailable:
                return
            acknowledged.append(f"p{person} r{number}")
            if len(acknowledged) >= 100:
                enough.set()

    voters = [asyncio.create_task(vote(p)) for p in range(8)]
    await asyncio.wait_for(enough.wait(), 30.0)
    server.kill()
    await asyncio.gather(*voters)
    await store.close()
    with server:
        store = connect(server.url)
        await wait_for_store(store, 60.0)
        kept = {f"{f.user} {f.target}" async for f in FeedbackLog(store).read("support")}
        await store.close()
    assert len(acknowledged) >= 100
    assert set(acknowledged) <= kept


async def test_a_server_that_may_lose_votes_is_refused(store: Store) -> None:
    await store.redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(StoreUnavailable, match="noeviction"):
            await store.check_durable()
    finally:
        await store.redis.config_set("maxmemory-policy", "noeviction")
    await store.check_durable()


async def test_absent_server_is_unavailable() -> None:
    store = connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=1.0)
    with pytest.raises(StoreUnavailable):
        await FeedbackLog(store).append("thumb", "support", "ann", "resp_1", UP)
    await store.close()
