"""The same API on a real vLLM: what it samples is what is sent, and what is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import orjson
import pytest
from openai.types.chat import ChatCompletionMessageParam

from core.settings import Settings
from tests.conftest import ROOT, Vllm
from tests.server.conftest import Live, read_events, run_live, until

pytestmark = pytest.mark.vllm

ASK: list[ChatCompletionMessageParam] = [
    {"role": "user", "content": "How long do I have to return something?"}
]


def end_tokens(model: Path) -> set[int]:
    told = orjson.loads((model / "generation_config.json").read_bytes())["eos_token_id"]
    return set(told) if isinstance(told, list) else {told}


@pytest.fixture
async def live(settings: Settings, vllm: Vllm) -> AsyncIterator[Live]:
    served = {"vllm_urls": vllm.url, "base_model": str(ROOT / "models" / "seedling")}
    async with run_live(settings.model_copy(update=served)) as running:
        # An engine on a busy machine is slower than a stand-in.
        yield replace(running, openai=running.openai.with_options(timeout=60.0))


async def test_streamed_and_whole_answers_are_one_and_the_same(live: Live, vllm: Vllm) -> None:
    greedy: dict[str, Any] = {"model": "support", "messages": ASK, "temperature": 0}
    whole = await live.openai.chat.completions.create(**greedy)
    stream = await live.openai.chat.completions.create(**greedy, stream=True)
    chunks = [c async for c in stream]
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert whole.choices[0].message.content == text != ""
    first, second = await live.state.responses.get_many([whole.id, chunks[0].id])
    assert (first.status, second.status) == ("done", "done")
    assert first.output_ids == second.output_ids
    assert first.prompt_ids == second.prompt_ids
    assert first.output_ids is not None
    if first.finish_reason == "stop":
        assert first.output_ids[-1] in end_tokens(ROOT / "models" / "seedling")
    path = await live.state.messages.path(first.prompt)
    said = [{"role": m.role, "content": m.content} for m in path]
    assert first.prompt_ids == await live.state.client.tokenize(vllm.url, "base", said)


async def test_choices_usage_logprobs_and_seed(live: Live) -> None:
    many = await live.openai.chat.completions.create(
        model="support", messages=ASK, n=3, seed=11, temperature=1.5, max_tokens=12, logprobs=True
    )
    assert [c.index for c in many.choices] == [0, 1, 2]
    assert len({c.message.content for c in many.choices}) > 1
    assert many.choices[0].logprobs is not None
    again = await live.openai.chat.completions.create(
        model="support", messages=ASK, n=3, seed=11, temperature=1.5, max_tokens=12
    )
    assert [c.message.content for c in again.choices] == [c.message.content for c in many.choices]
    assert many.usage is not None
    records = await live.state.responses.get_many(
        [c.model_extra["response_id"] for c in many.choices if c.model_extra]
    )
    assert sum(len(r.output_ids or ()) for r in records) == many.usage.completion_tokens


async def test_an_answer_is_said_again_by_its_recorded_seed(live: Live) -> None:
    asked: dict[str, Any] = {"model": "support", "messages": ASK, "temperature": 1.5}
    asked["max_tokens"] = 24
    first = await live.openai.chat.completions.create(**asked)
    other = await live.openai.chat.completions.create(**asked)
    record = await live.state.responses.get(first.id)
    seed = record.sampling["seed"]
    again = await live.openai.chat.completions.create(**asked, seed=seed)
    repeated, drawn = await live.state.responses.get_many([again.id, other.id])
    assert repeated.output_ids == record.output_ids
    assert drawn.sampling["seed"] != seed
    assert drawn.output_ids != record.output_ids


async def test_a_choice_is_said_again_by_its_own_seed(live: Live) -> None:
    asked: dict[str, Any] = {"model": "support", "messages": ASK, "temperature": 1.5}
    asked["max_tokens"] = 24
    many = await live.openai.chat.completions.create(**asked, n=3)
    last = many.choices[2]
    assert last.model_extra is not None
    record = await live.state.responses.get(last.model_extra["response_id"])
    again = await live.openai.chat.completions.create(**asked, seed=record.sampling["seed"])
    assert again.choices[0].message.content == last.message.content


async def test_json_is_json(live: Live) -> None:
    schema = {
        "type": "object",
        "properties": {"days": {"type": "integer", "minimum": 0, "maximum": 99}},
    }
    schema |= {"required": ["days"], "additionalProperties": False}
    answer = await live.openai.chat.completions.create(
        model="extractor",
        messages=ASK,
        n=8,
        response_format={"type": "json_schema", "json_schema": {"name": "d", "schema": schema}},
    )
    for choice in answer.choices:
        assert orjson.loads(choice.message.content or "").keys() == {"days"}


async def test_without_chance_every_choice_is_the_same(live: Live) -> None:
    for without in ({"temperature": 0.0}, {"top_p": 0.0}):
        answer = await live.openai.chat.completions.create(
            model="support", messages=ASK, n=2, **without
        )
        one, two = answer.choices
        assert one.message.content == two.message.content != ""


async def test_what_vllm_refuses_names_the_reason(live: Live) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await live.openai.chat.completions.create(
            model="support", messages=ASK, logit_bias={"999999": 1}
        )
    assert "logit_bias" in caught.value.message
    with pytest.raises(openai.BadRequestError) as caught:
        await live.openai.chat.completions.create(
            model="support",
            messages=ASK,
            tools=[{"type": "function", "function": {"name": "look"}}],
        )
    assert "THUMBWHEEL_VLLM_ARGS" in caught.value.message


async def test_long_history_fits_by_vllms_own_count(live: Live) -> None:
    turns: list[Any] = []
    for number in range(60):
        turns.append({"role": "user", "content": f"Question {number}: where is my order? " * 4})
        turns.append({"role": "assistant", "content": "It is on its way. " * 8})
    answer = await live.openai.chat.completions.create(model="support", messages=[*turns, *ASK])
    record = await live.state.responses.get(answer.id)
    assert record.prompt_ids is not None
    assert record.output_ids is not None
    assert record.sampling["dropped_messages"] > 0
    assert len(record.prompt_ids) + record.sampling["max_tokens"] <= live.state.context_tokens
    assert len(record.prompt_ids) > live.state.context_tokens // 2
    with pytest.raises(openai.BadRequestError) as caught:
        await live.openai.chat.completions.create(
            model="support", messages=[{"role": "user", "content": "order " * 3000}]
        )
    assert caught.value.code == "context_length_exceeded"


async def test_blind_answers_differ_and_end(live: Live) -> None:
    body = {"model": "support", "messages": ASK, "n": 4}
    async with live.http.stream("POST", "/v1/comparisons", json=body, timeout=60) as reply:
        events = [e async for e in read_events(reply)]
    ends = [e.data for e in events if e.name == "candidate_done"]
    assert {e["finish_reason"] for e in ends} <= {"stop", "length"}
    assert len(ends) == 4
    assert len({e["text"] for e in ends}) > 1


async def test_reader_who_leaves_frees_vllm(live: Live, vllm: Vllm) -> None:
    body = {"model": "writer", "messages": ASK, "stream": True, "max_tokens": 900}
    body |= {"logit_bias": {str(t): -100 for t in end_tokens(ROOT / "models" / "seedling")}}
    async with live.http.stream("POST", "/v1/chat/completions", json=body) as reply:
        begin = await anext(read_events(reply))

    async def aborted() -> bool:
        return (await live.state.responses.get(begin.data["id"])).status == "aborted"

    async def idle() -> bool:
        metrics = (await live.http.get(f"{vllm.url}/metrics")).text
        running = [x for x in metrics.splitlines() if x.startswith("vllm:num_requests_running")]
        return all(float(line.rsplit(" ", 1)[1]) == 0 for line in running) and bool(running)

    await until(aborted)
    await until(idle)
