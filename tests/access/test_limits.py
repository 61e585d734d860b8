"""Rates, quotas and streams at once: per key and person, all charged or none, told in headers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from core import keys
from core.api_keys import ApiKeys, NewKey
from core.limits import DAY_S, WORDS, Limits, Subject
from core.settings import Settings
from core.store import Store
from server.access.door import Door
from server.access.meter import Meter
from server.background import Background
from server.chat.schemas import MAX_MESSAGES
from tests.access.conftest import Made
from tests.server.conftest import Live, read_events, run_live, until
from tests.server.upstream import Upstream

CHAT = "/v1/chat/completions"
ASKED: dict[str, Any] = {"model": "support", "messages": [{"role": "user", "content": "Hello?"}]}


def subject(name: str, requests: int = 0, tokens: int = 0, streams: int = 0) -> Subject:
    return Subject(name, f"the {name}", requests, tokens, streams)


async def test_requests_come_in_bursts_and_then_at_the_rate(store: Store) -> None:
    limits, who = Limits(store), subject("key", requests=3)
    began = time.monotonic()
    told = [await limits.admit([who]) for _ in range(3)]
    assert [t.requests.left for t in told if t.requests] == [2, 1, 0]
    assert not any(t.refusal for t in told)
    refused = [await limits.admit([who]) for _ in range(3)]
    took = time.monotonic() - began
    assert all(t.refusal and 20 - took <= t.refusal.retry_after_s <= 20 for t in refused)
    assert "3 requests per minute" in str(refused[0].refusal)
    # 20 s later there is place for one: the arrival time is moved back instead of waiting.
    name = keys.limit("key", "requests")
    await store.redis.set(name, float(await store.redis.get(name)) - 20_000)
    assert not (await limits.admit([who])).refusal
    assert (await limits.admit([who])).refusal


async def test_who_is_refused_is_charged_nothing(store: Store) -> None:
    limits = Limits(store)
    free, spent = subject("key", requests=10, streams=5), subject("person", requests=1)
    await limits.admit([spent])
    for _ in range(20):
        assert (await limits.admit([free, spent], "stream")).refusal
    told = await limits.admit([free], "stream")
    assert told.requests
    assert told.requests.left == 9
    assert await store.redis.zcard(keys.limit("key", "streams")) == 1


async def test_many_at_once_get_no_more_than_there_is(store: Store) -> None:
    limits, who = Limits(store), subject("key", requests=4)
    told = await asyncio.gather(*(limits.admit([who]) for _ in range(100)))
    assert sum(t.refusal is None for t in told) == 4


async def test_a_days_tokens_are_counted_from_the_first(store: Store) -> None:
    limits, who = Limits(store), subject("key", tokens=100)
    assert not (await limits.admit([who], "stream")).refusal
    await limits.spend(["key"], 60)
    name = keys.limit("key", "tokens")
    assert 0 < await store.redis.ttl(name) <= DAY_S
    await store.redis.expire(name, 1000)
    await limits.spend(["key"], 60)
    assert await store.redis.ttl(name) <= 1000, "later ones do not prolong the day"
    told = await limits.admit([who], "stream")
    assert told.refusal
    assert 990 < told.refusal.retry_after_s <= 1000
    assert not (await limits.admit([who])).refusal, "what costs no tokens goes on"


async def test_a_stream_nobody_gave_back_counts_for_a_time(store: Store) -> None:
    limits, who = Limits(store), subject("person", streams=2)
    for stream in ("one", "two"):
        assert not (await limits.admit([who], stream)).refusal
    assert (await limits.admit([who], "three")).refusal
    await limits.release([who], "one")
    assert not (await limits.admit([who], "three")).refusal
    name = keys.limit("person", "streams")
    await store.redis.zadd(name, {"two": time.time() * 1000 - 1})
    assert not (await limits.admit([who], "four")).refusal


@pytest.fixture
async def limited(settings: Settings, upstream: Upstream) -> AsyncIterator[Live]:
    changes = {
        "vllm_urls": upstream.url,
        "person_requests_per_minute": 5,
        "person_streams": 1,
        "key_tokens_per_day": 1000,
        "max_open_requests": 3,
    }
    async with run_live(settings.model_copy(update=changes)) as running:
        running.http.headers.pop("X-Thumbwheel-User")
        yield running


async def make(live: Live, name: str = "shop", **about: Any) -> Made:
    return Made(*await live.state.api_keys.create(NewKey(name, ["chat"], **about)))


async def test_a_flood_gets_429_and_the_usual_headers(limited: Live) -> None:
    shop = await make(limited)
    replies = [await limited.http.get("/v1/models", headers=shop.as_("eva")) for _ in range(6)]
    assert [r.status_code for r in replies] == [200] * 5 + [429]
    assert [r.headers["x-ratelimit-remaining-requests"] for r in replies] == list("432100")
    refused = replies[-1]
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(refused.headers["retry-after"]) <= 13
    assert refused.headers["x-ratelimit-limit-requests"] == "5"
    assert refused.headers["x-ratelimit-reset-requests"].endswith("s")
    for others in (shop.as_("ada"), shop.shown):
        assert (await limited.http.get("/v1/models", headers=others)).status_code == 200
    for _ in range(5):
        body = {**ASKED, "user": "named-in-the-body"}
        assert (await limited.http.post(CHAT, json=body, headers=shop.shown)).status_code == 200
    assert (await limited.http.post(CHAT, json=body, headers=shop.shown)).status_code == 429


async def test_tokens_run_out_and_votes_go_on(limited: Live) -> None:
    shop = await make(limited, tokens_per_day=40)
    first = await limited.http.post(CHAT, json={**ASKED, "n": 3}, headers=shop.shown)
    assert first.headers["x-ratelimit-remaining-tokens"] == "40"
    used = first.json()["usage"]["total_tokens"]
    name = keys.limit(f"key:{shop.key.id}", "tokens")

    async def spent() -> bool:
        return int(await limited.state.store.redis.get(name) or 0) >= used

    await until(spent)
    assert int(await limited.state.store.redis.get(name)) == used
    await limited.state.limits.spend([f"key:{shop.key.id}"], 40)
    refused = await limited.http.post(CHAT, json=ASKED, headers=shop.shown)
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-remaining-tokens"] == "0"
    assert "tokens per day" in refused.json()["error"]["message"]
    assert (await limited.http.get("/v1/models", headers=shop.shown)).status_code == 200


async def test_one_person_has_so_many_answers_at_once(limited: Live, upstream: Upstream) -> None:
    eva = (await make(limited)).as_("eva")
    upstream.says("Yes", " of", " course", wait_after=1)
    body = {**ASKED, "stream": True}
    async with limited.http.stream("POST", CHAT, json=body, headers=eva) as reply:
        lines = reply.aiter_lines()
        await anext(lines)
        assert (await limited.http.post(CHAT, json=body, headers=eva)).status_code == 429
        upstream.go_on.set()
        async for _ in lines:
            pass
    await until(lambda: nothing_taken(limited))
    assert (await limited.http.post(CHAT, json=body, headers=eva)).status_code == 200


async def nothing_taken(live: Live) -> bool:
    return not await live.state.store.redis.keys(keys.limit("*", "streams"))


async def test_an_answer_keeps_its_place_when_its_reader_left(
    limited: Live, upstream: Upstream
) -> None:
    http, eva = limited.http, (await make(limited)).as_("eva")
    made = await http.post("/v1/conversations", json={"model": "support"}, headers=eva)
    path = f"/v1/conversations/{made.json()['id']}/messages"
    upstream.says("Yes", " of", " course", wait_after=1)
    async with http.stream("POST", path, json={"content": "Hello?"}, headers=eva) as reply:
        begin = await anext(read_events(reply))
    assert (await http.post(CHAT, json=ASKED, headers=eva)).status_code == 429
    again = {**eva, "Last-Event-ID": begin.id}
    async with http.stream("POST", path, headers=again) as reply:
        assert reply.status_code == 200, "going on reading takes no place"
        upstream.go_on.set()
        assert [event.name async for event in read_events(reply)][-1] == "done"
    await until(lambda: nothing_taken(limited))
    assert (await http.post(CHAT, json=ASKED, headers=eva)).status_code == 200


@pytest.mark.parametrize("path", [CHAT, "/v1/comparisons"])
async def test_each_of_several_answers_takes_a_place(
    settings: Settings, upstream: Upstream, path: str
) -> None:
    changes = {"vllm_urls": upstream.url, "person_streams": 3}
    upstream.says("Yes", " of", " course", wait_after=1)
    async with run_live(settings.model_copy(update=changes)) as live:
        two = {**ASKED, "n": 2, "stream": True}
        async with live.http.stream("POST", path, json=two) as reply:
            lines = reply.aiter_lines()
            await anext(lines)
            upstream.says()
            refused = await live.http.post(path, json=two)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            assert "3 answers at once" in refused.json()["error"]["message"]
            assert (await live.http.post(CHAT, json=ASKED)).status_code == 200
            upstream.go_on.set()
            async for _ in lines:
                pass
        await until(lambda: nothing_taken(live))
        never = await live.http.post(path, json={**two, "n": 4})
        assert (never.status_code, never.json()["error"]["param"]) == (400, "n")


LIMITS = {"requests": "requests_per_minute", "tokens": "tokens_per_day", "streams": "streams"}
"""Settings of a person and of a key."""


@pytest.mark.parametrize("whose", ["person", "key"])
@pytest.mark.parametrize("kind", LIMITS)
async def test_every_limit_in_the_settings_stops_whom_it_is_for(
    settings: Settings, upstream: Upstream, whose: str, kind: str
) -> None:
    """One request a minute, one token a day, or one answer at once."""
    changes = {"vllm_urls": upstream.url, f"{whose}_{LIMITS[kind]}": 1}
    async with run_live(settings.model_copy(update=changes)) as live:
        shop, bank = await make(live, "shop"), await make(live, "bank")
        eva, ada, other = shop.as_("eva"), shop.as_("ada"), bank.as_("eva")
        async with used_up(live, upstream, eva, kind):
            refused = await live.http.post(CHAT, json=ASKED, headers=eva)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) >= 1
            error = refused.json()["error"]
            assert error["code"] == "rate_limit_exceeded"
            shown = "this person" if whose == "person" else "the API key shop"
            assert f"for {shown}: 1 {WORDS[kind]}" in error["message"]
            reply = await live.http.post(CHAT, json=ASKED, headers=ada)
            assert reply.status_code == (200 if whose == "person" else 429)
            reply = await live.http.post(CHAT, json=ASKED, headers=other)
            assert reply.status_code == 200


@asynccontextmanager
async def used_up(
    live: Live, upstream: Upstream, who: dict[str, str], kind: str
) -> AsyncIterator[None]:
    """While the block lasts, nothing is left of a limit of 1."""
    if kind != "streams":
        assert (await live.http.post(CHAT, json=ASKED, headers=who)).status_code == 200
        if kind == "tokens":  # counted when the answer has ended
            await until(lambda: live.state.store.redis.keys(keys.limit("*", "tokens")))
        yield
        return
    upstream.says("Yes", " of", " course", wait_after=1)
    async with live.http.stream("POST", CHAT, json={**ASKED, "stream": True}, headers=who) as reply:
        lines = reply.aiter_lines()
        await anext(lines)
        upstream.says()
        yield
        upstream.go_on.set()
        async for _ in lines:
            pass


async def test_bodies_chats_and_requests_at_once_have_an_end(limited: Live) -> None:
    shop = (await make(limited)).shown
    large = {**ASKED, "messages": [{"role": "user", "content": "x" * (1 << 20)}]}
    assert (await limited.http.post(CHAT, json=large, headers=shop)).status_code == 413
    many = {**ASKED, "messages": [{"role": "user", "content": ""}] * (MAX_MESSAGES + 1)}
    assert (await limited.http.post(CHAT, json=many, headers=shop)).status_code == 400
    door = limited.state.door
    with door.count(), door.count(), door.count():
        reply = await limited.http.get("/v1/models", headers=shop)
        assert reply.status_code == 503
        assert "retry-after" in reply.headers
        assert (await limited.http.get("/healthz")).status_code == 200
    assert (await limited.http.get("/v1/models", headers=shop)).status_code == 200


async def test_what_is_counted_of_a_person_says_no_name(limited: Live) -> None:
    await limited.http.get("/v1/models", headers=(await make(limited)).as_("evangeline"))
    found = [name async for name in limited.state.store.redis.scan_iter("tw:limit:*")]
    assert len(found) == 1
    assert "evangeline" not in str(found)


async def test_what_it_costs_a_request(
    store: Store, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Printed, in microseconds of the quickest of many rounds. Chunks pass nothing of it."""
    stored = ApiKeys(store)
    _, token = await stored.create(NewKey("shop", ["chat"]))
    shown = [(b"authorization", f"Bearer {token}".encode()), (b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "POST", "path": CHAT, "headers": shown}

    async def cost_us(**changes: int) -> float:
        door = Door(settings.model_copy(update=changes), stored)
        await door.open()
        rounds = []
        for _ in range(20):
            begun = time.perf_counter()
            for _ in range(20):
                conn = HTTPConnection(dict(scope))
                door.check_same_site(conn)
                caller = await door.find_caller(conn)
                meter = Meter(Limits(store), Background(), True)
                await meter.charge(door.subjects(caller, caller.speaker("eva")))
            rounds.append((time.perf_counter() - begun) / 20 * 1e6)
        return min(rounds)

    async def write_us() -> float:
        rounds = []
        for _ in range(200):
            begun = time.perf_counter()
            await store.redis.set("one", "1")
            rounds.append((time.perf_counter() - begun) * 1e6)
        return min(rounds)

    bare = await cost_us()
    full = await cost_us(person_requests_per_minute=10**6, key_tokens_per_day=10**9)
    with capsys.disabled():
        print(  # noqa: T201
            f"\naccess: {bare:.0f} us a request, {full:.0f} us with limits, of which one write to "
            f"this Redis alone, synced to disk, takes {await write_us():.0f}"
        )
    assert bare < full
