"""Every answer's record says what made it, so that it can be told from others and said again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.base_model import template_hash
from core.records import BaseFiles, Replica, Response
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store
from tests.server.conftest import Live, read_events, run_live
from tests.server.upstream import Upstream

FILES = BaseFiles(weights="w" * 64, template="t" * 64)
ASK: list[Any] = [{"role": "user", "content": "May I return a lamp?"}]
TOOL = {"type": "function", "function": {"name": "look", "parameters": {}}}


@pytest.fixture
async def live(settings: Settings, store: Store, upstream: Upstream) -> AsyncIterator[Live]:
    """With an agent's report in place of a static upstream."""
    patient = settings.model_copy(update={"replica_ttl_s": 3600.0})
    replica = Replica("r1", upstream.url, "m", True, [], time.time(), base_files=FILES)
    await Replicas(store, patient.replica_ttl_s).report(replica)
    async with run_live(patient) as running:
        yield running


async def chat(live: Live, **options: Any) -> Response:
    body = {"model": "support", "messages": ASK, **options}
    reply = await live.http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    return await live.state.responses.get(reply.json()["id"])


async def test_a_record_names_its_base_and_its_template(live: Live) -> None:
    support, tutor = await chat(live), await chat(live, model="tutor")
    assert support.base_hash == tutor.base_hash == FILES.weights
    for record in (support, tutor):
        prompt = live.state.assistants.get(record.assistant).system_prompt
        assert record.template_hash == template_hash(FILES, prompt)


async def test_what_was_asked_names_the_prompt(live: Live) -> None:
    first, again = await chat(live), await chat(live)
    other = await chat(live, messages=[{"role": "system", "content": "Be brief."}, *ASK])
    assert first.prompt == again.prompt != other.prompt


async def test_every_answer_has_a_seed_and_vllm_gets_it(live: Live, upstream: Upstream) -> None:
    records = [await chat(live) for _ in range(4)]
    seeds = [record.sampling["seed"] for record in records]
    assert [asked["seed"] for asked in upstream.asked] == seeds
    assert len(set(seeds)) == 4


@pytest.mark.parametrize(("given", "kept"), [(7, True), (0, True), (-1, False), (None, False)])
async def test_the_callers_seed_is_kept_and_none_is_drawn(
    live: Live, upstream: Upstream, given: int | None, kept: bool
) -> None:
    """vLLM takes -1 for none."""
    record = await chat(live, seed=given)
    assert upstream.asked[-1]["seed"] == record.sampling["seed"]
    assert (record.sampling["seed"] == given) is kept
    assert record.sampling["seed"] >= 0


async def test_each_of_several_choices_names_its_own_seed(live: Live, upstream: Upstream) -> None:
    body = {"model": "support", "messages": ASK, "n": 3, "seed": 40}
    reply = await live.http.post("/v1/chat/completions", json=body)
    ids = [choice["response_id"] for choice in reply.json()["choices"]]
    records = await live.state.responses.get_many(ids)
    assert [record.sampling["seed"] for record in records] == [40, 41, 42]
    assert upstream.asked[-1]["seed"] == 40


async def test_large_options_are_recorded_by_their_hash(live: Live) -> None:
    formed = {"type": "json_object"}
    record = await chat(live, tools=[TOOL], tool_choice="auto", response_format=formed)
    again = await chat(live, tools=[TOOL])
    assert len(record.sampling["tools"]) == len(record.sampling["response_format"]) == 64
    assert record.sampling["tools"] == again.sampling["tools"]
    assert record.sampling["tool_choice"] == "auto"


async def test_a_conversations_answer_and_a_comparisons_say_the_same(live: Live) -> None:
    made = await live.http.post("/v1/conversations", json={"model": "support"})
    where = f"/v1/conversations/{made.json()['id']}/messages"
    async with live.http.stream("POST", where, json={"content": "May I?"}) as reply:
        done = [event async for event in read_events(reply)][-1].data
    record = await live.state.responses.get(done["response_id"])
    assert done["provenance"] == {
        "base_hash": FILES.weights,
        "template_hash": record.template_hash,
        "prompt_hash": record.prompt,
        "sampling": record.sampling,
    }
    assert record.sampling["seed"] >= 0
    body = {"model": "support", "messages": ASK, "n": 2, "stream": False}
    compared = (await live.http.post("/v1/comparisons", json=body)).json()
    ids = [candidate["response_id"] for candidate in compared["candidates"]]
    for answer in await live.state.responses.get_many(ids):
        assert (answer.base_hash, answer.template_hash) == (FILES.weights, record.template_hash)


async def test_without_an_agent_the_base_is_not_named(
    settings: Settings, upstream: Upstream
) -> None:
    served = settings.model_copy(update={"vllm_urls": upstream.url})
    async with run_live(served) as live:
        record = await chat(live)
    assert (record.base_hash, record.template_hash) == ("", "")
