"""Chat completions through the official SDK: what people get, what vLLM is sent, what is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from core.settings import Settings
from server.state import State
from tests.server.conftest import USER, Live, read_events, run_live, until
from tests.server.upstream import END_TOKEN, Upstream

ASK: list[ChatCompletionMessageParam] = [{"role": "user", "content": "May I return a lamp?"}]
SAID = "Yes, within 30 days."
IDS = [100, 101, 102, 103, 104, END_TOKEN]


async def test_whole_answer_comes_in_openais_shape_and_is_recorded(
    live: Live, upstream: Upstream
) -> None:
    raw = await live.openai.chat.completions.with_raw_response.create(model="support", messages=ASK)
    answer = raw.parse()
    assert (answer.object, answer.model) == ("chat.completion", "support")
    (choice,) = answer.choices
    assert (choice.message.role, choice.message.content) == ("assistant", SAID)
    assert choice.finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 6)
    assert raw.headers["x-thumbwheel-version"] == "base"
    assert 0 <= float(raw.headers["x-thumbwheel-overhead-ms"]) < 5000
    assert raw.headers["x-request-id"]

    record = await live.state.responses.get(answer.id)
    assert (record.status, record.finish_reason, record.version) == ("done", "stop", "base")
    assert (record.user, record.assistant) == (USER, "support")
    assert (record.prompt_ids, record.output_ids) == ([1, 5, 9], IDS)
    said = await live.state.messages.path(record.message)
    assert [m.role for m in said] == ["system", "user", "assistant"]
    assert said[-1].content == SAID
    assert said[-1].parent == record.prompt


async def test_whole_answer_takes_longer_than_any_silence(
    settings: Settings, upstream: Upstream
) -> None:
    upstream.says(*"abcde", pause_s=0.3)
    patience = {"vllm_urls": upstream.url, "stall_timeout_s": 1.2}
    async with run_live(settings.model_copy(update=patience)) as live:
        answer = await live.openai.chat.completions.create(model="support", messages=ASK)
    assert answer.choices[0].message.content == "abcde"


async def test_streamed_answer_is_the_same_and_ends_in_done(live: Live, upstream: Upstream) -> None:
    stream = await live.openai.chat.completions.create(
        model="support", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert {c.id for c in chunks} == {chunks[0].id}
    assert {c.model for c in chunks} == {"support"}
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == SAID
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 9
    record = await live.state.responses.get(chunks[0].id)
    assert (record.status, record.output_ids, record.prompt_ids) == ("done", IDS, [1, 5, 9])
    assert record.first_token_s is not None


async def test_nothing_of_vllms_own_goes_out(live: Live, upstream: Upstream) -> None:
    body = {"model": "support", "messages": ASK}
    whole = await live.http.post("/v1/chat/completions", json=body)
    streamed = await live.http.post("/v1/chat/completions", json={**body, "stream": True})
    assert streamed.text.endswith("data: [DONE]\n\n")
    for text in (whole.text, streamed.text):
        for secret in ("token_ids", "stop_reason", "vllm-secret", "chatcmpl-upstream", "usage"):
            assert secret not in text or (secret == "usage" and text is whole.text)


async def test_record_is_there_before_the_first_token(live: Live, upstream: Upstream) -> None:
    upstream.says("one", " two", wait_after=1)
    stream = await live.openai.chat.completions.create(model="support", messages=ASK, stream=True)
    first = await anext(aiter(stream))
    record = await live.state.responses.get(first.id)
    assert (record.status, record.version, record.output_ids) == ("open", "base", None)
    upstream.go_on.set()
    async for _ in stream:
        pass
    assert (await live.state.responses.get(first.id)).status == "done"


@pytest.mark.parametrize("streaming", [True, False])
async def test_every_choice_has_a_record_of_its_own(
    live: Live, upstream: Upstream, streaming: bool
) -> None:
    body = {"model": "support", "messages": ASK, "n": 2, "stream": streaming, "temperature": 1}
    reply = await live.http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200
    if streaming:
        events = [e.data async for e in read_events(reply)][:-1]
        choices = {c["index"]: c["response_id"] for e in events for c in e["choices"]}
        identity = events[0]["id"]
    else:
        choices = {c["index"]: c["response_id"] for c in reply.json()["choices"]}
        identity = reply.json()["id"]
    assert choices[0] == identity != choices[1]
    records = await live.state.responses.get_many([choices[0], choices[1]])
    assert [(r.status, r.output_ids) for r in records] == [("done", IDS)] * 2
    assert upstream.asked[-1]["n"] == 2


@pytest.mark.parametrize("n", [1, 16])
async def test_the_largest_seed_is_one_for_every_choice(
    live: Live, upstream: Upstream, n: int
) -> None:
    largest = 2**63 - n
    body = {"model": "support", "messages": ASK, "n": n, "seed": largest}
    reply = await live.http.post("/v1/chat/completions", json=body)
    assert upstream.asked[-1]["seed"] == largest
    last = reply.json()["choices"][-1].get("response_id") or reply.json()["id"]
    record = await live.state.responses.get(last)
    assert record.sampling["seed"] == 2**63 - 1


async def test_vllm_is_asked_only_what_was_checked(live: Live, upstream: Upstream) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"default": None}}}
    sent: dict[str, Any] = {
        "temperature": 0.2,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["END"],
        "logprobs": True,
        "top_logprobs": 2,
        "presence_penalty": 0.5,
        "frequency_penalty": -0.5,
        "response_format": {"type": "json_object"},
        "tools": [tool],
        "tool_choice": "auto",
        "max_completion_tokens": 9,
    }
    headers = {"X-Vllm-Priority": "-5", "X-Request-Id": "mine-1"}
    body = {"model": "support", "messages": ASK, "store": False, "metadata": {"a": "b"}, **sent}
    reply = await live.http.post("/v1/chat/completions", json=body, headers=headers)
    assert reply.status_code == 200
    assert reply.headers["x-request-id"] == "mine-1"
    (asked,) = upstream.asked
    expected = {k: v for k, v in sent.items() if k != "max_completion_tokens"}
    assert {k: asked[k] for k in expected} == expected
    assert asked["max_tokens"] == 9
    assert (asked["model"], asked["cache_salt"]) == ("base", "base")
    assert asked["return_token_ids"] is True
    assert not {"store", "metadata", "user", "priority"} & asked.keys()
    assert not any(name.lower().startswith("x-vllm") for name in upstream.headers[-1])


async def test_assistant_speaks_first_and_its_sampling_fills_the_gaps(
    live: Live, upstream: Upstream
) -> None:
    support = live.state.assistants.get("support")
    await live.openai.chat.completions.create(
        model="support",
        messages=[{"role": "system", "content": "Be brief."}, *ASK],
        top_p=0.5,
    )
    (asked,) = upstream.asked
    assert [m["role"] for m in asked["messages"]] == ["system", "user"]
    assert asked["messages"][0]["content"] == f"{support.system_prompt}\n\nBe brief."
    assert (asked["temperature"], asked["top_p"]) == (support.sampling.temperature, 0.5)
    assert asked["max_tokens"] == support.sampling.max_tokens


async def test_text_parts_are_one_text(live: Live, upstream: Upstream) -> None:
    parts: Any = [{"type": "text", "text": "May I"}, {"type": "text", "text": "return it?"}]
    await live.openai.chat.completions.create(
        model="support", messages=[{"role": "user", "content": parts}]
    )
    assert upstream.asked[0]["messages"][-1] == {"role": "user", "content": "May I\nreturn it?"}


SENT_BACK: list[tuple[dict[str, Any], str]] = [
    ({"content": None}, ""),
    ({"content": None, "refusal": "I will not."}, "I will not."),
    ({"content": [{"type": "refusal", "refusal": "I will not."}]}, "I will not."),
    ({"content": [{"type": "text", "text": "Yes."}], "refusal": None, "audio": None}, "Yes."),
]


async def test_what_an_assistant_said_may_be_sent_back(
    live: Live, upstream: Upstream, subtests: pytest.Subtests
) -> None:
    for said, text in SENT_BACK:
        with subtests.test(said=said):
            messages = [*ASK, {"role": "assistant", **said}, *ASK]
            body = {"model": "support", "messages": messages}
            reply = await live.http.post("/v1/chat/completions", json=body)
            assert reply.status_code == 200, reply.text
            assert upstream.asked[-1]["messages"][2] == {"role": "assistant", "content": text}


async def test_what_changes_no_answer_is_left_out(live: Live, upstream: Upstream) -> None:
    more = {"reasoning_effort": "low", "modalities": ["text"], "verbosity": "medium", "top_p": 0}
    reply = await live.http.post(
        "/v1/chat/completions", json={"model": "support", "messages": ASK, **more}
    )
    assert reply.status_code == 200, reply.text
    (asked,) = upstream.asked
    assert not more.keys() - {"top_p"} & asked.keys()
    assert 0 < asked["top_p"] < 1e-5


@pytest.mark.parametrize("streaming", [True, False])
async def test_choices_that_can_only_be_the_same_are_asked_for_once(
    live: Live, upstream: Upstream, streaming: bool
) -> None:
    """vLLM refuses n > 1 without chance."""
    body = {"model": "support", "messages": ASK, "n": 3, "temperature": 0, "stream": streaming}
    usage = {"stream_options": {"include_usage": True}} if streaming else {}
    reply = await live.http.post("/v1/chat/completions", json={**body, **usage})
    assert (reply.status_code, upstream.asked[-1]["n"]) == (200, 1)
    texts, names = ["", "", ""], {}
    events = [e.data async for e in read_events(reply)][:-1] if streaming else [reply.json()]
    for choice in (c for event in events for c in event["choices"]):
        shown = choice["delta" if streaming else "message"]
        texts[choice["index"]] += shown.get("content", "")
        names[choice["index"]] = choice["response_id"]
    assert texts == [SAID] * 3
    assert events[-1]["usage"]["completion_tokens"] == 3 * len(IDS)
    records = await live.state.responses.get_many([names[i] for i in range(3)])
    assert [(r.status, r.output_ids) for r in records] == [("done", IDS)] * 3


async def test_logprobs_come_through(live: Live, upstream: Upstream) -> None:
    stream = await live.openai.chat.completions.create(
        model="support", messages=ASK, stream=True, logprobs=True
    )
    found = [c.choices[0].logprobs async for c in stream]
    tokens = [p.content[0].token for p in found if p is not None and p.content]
    assert "".join(tokens) == SAID
    whole = await live.openai.chat.completions.create(model="support", messages=ASK, logprobs=True)
    assert whole.choices[0].logprobs is not None
    assert [p.token for p in whole.choices[0].logprobs.content or ()] == tokens


@pytest.fixture
def calls_a_tool(upstream: Upstream) -> None:
    def call(**function: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": 0, "function": function}]}

    named = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f"}}
    deltas = ({"tool_calls": [named]}, call(arguments='{"a"'), call(arguments=":1}"))
    upstream.says("", extra_deltas=deltas, finish_reason="tool_calls")


@pytest.mark.usefixtures("calls_a_tool")
async def test_tool_calls_of_a_whole_answer_come_whole(live: Live) -> None:
    answer = await live.openai.chat.completions.create(
        model="support", messages=ASK, tools=[{"type": "function", "function": {"name": "f"}}]
    )
    (choice,) = answer.choices
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    assert [c.model_dump(exclude_none=True) for c in choice.message.tool_calls or ()] == [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    ]


@pytest.mark.usefixtures("calls_a_tool")
async def test_tool_calls_come_through_and_are_kept(live: Live) -> None:
    stream = await live.openai.chat.completions.create(
        model="support",
        messages=ASK,
        stream=True,
        tools=[{"type": "function", "function": {"name": "f"}}],
    )
    chunks = [chunk async for chunk in stream]
    calls = [c.choices[0].delta.tool_calls[0] for c in chunks if c.choices[0].delta.tool_calls]
    assert "".join((c.function and c.function.arguments) or "" for c in calls) == '{"a":1}'
    record = await live.state.responses.get(chunks[0].id)
    kept = (await live.state.messages.get(record.message)).content
    assert kept == (
        '{"tool_calls":[{"id":"c1","type":"function",'
        '"function":{"name":"f","arguments":"{\\"a\\":1}"}}]}'
    )


async def test_models_are_the_assistants(live: Live) -> None:
    listed = [model.id async for model in live.openai.models.list()]
    assert listed == live.state.assistants.names
    card = await live.openai.models.retrieve("support")
    assert card.id == "support"
    assert card.model_extra is not None
    assert card.model_extra["champion"] == "base"
    assert card.model_extra["examples"]
    with pytest.raises(openai.NotFoundError) as caught:
        await live.openai.models.retrieve("gpt-4")
    assert caught.value.code == "model_not_found"


async def test_user_comes_from_header_then_body_then_cookie(live: Live) -> None:
    async def recorded(user: str | None, **how: Any) -> str:
        body = {"model": "support", "messages": ASK, **({"user": user} if user else {})}
        reply = await live.http.post("/v1/chat/completions", json=body, **how)
        return (await live.state.responses.get(reply.json()["id"])).user

    page = await live.http.get("/")
    cookie = {"Cookie": f"tw_user={page.cookies['tw_user']}"}
    live.http.cookies.clear()
    assert await recorded("carl") == USER
    live.http.headers.pop("X-Thumbwheel-User")
    assert await recorded("carl", headers=cookie) == "carl"
    assert (
        await recorded(None, headers=cookie)
        == (await live.http.get("/v1/me", headers=cookie)).json()["user"]
    )
    assert await recorded(None) == "anonymous"


async def test_reader_who_leaves_aborts_the_generation(live: Live, upstream: Upstream) -> None:
    upstream.says(*["word "] * 500, pause_s=0.02)
    stream = await live.openai.chat.completions.create(model="support", messages=ASK, stream=True)
    seen = aiter(stream)
    first = await anext(seen)
    await anext(seen)
    await stream.close()

    async def aborted() -> bool:
        return (await live.state.responses.get(first.id)).status == "aborted"

    await until(aborted)
    await until(lambda: upstream.aborted == 1)
    record = await live.state.responses.get(first.id)
    assert record.output_ids
    assert len(record.output_ids) < 500
    assert (await live.state.messages.get(record.message)).content.startswith("word ")


@pytest.mark.parametrize("streaming", [True, False])
async def test_caller_who_leaves_before_the_first_token_aborts_too(
    live: Live, upstream: Upstream, streaming: bool
) -> None:
    upstream.says(first_after_s=60.0, pause_s=60.0)
    body = {"model": "support", "messages": ASK, "stream": streaming}
    asking = asyncio.create_task(live.http.post("/v1/chat/completions", json=body))
    await until(lambda: upstream.asked)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: upstream.aborted == 1)


async def test_long_history_loses_its_oldest_turns_only(live: Live, upstream: Upstream) -> None:
    turns: list[Any] = []
    for number in range(40):
        turns.append({"role": "user", "content": f"question {number} " + "w " * 40})
        turns.append({"role": "assistant", "content": f"answer {number} " + "w " * 40})
    answer = await live.openai.chat.completions.create(model="support", messages=[*turns, *ASK])
    sent = upstream.asked[0]["messages"]
    assert sent[0]["role"] == "system"
    assert sent[1]["role"] == "user"
    assert sent[1:] == [*turns, *ASK][-len(sent) + 1 :]
    tokens = sum(4 + len(m["content"].split()) for m in sent)
    support = live.state.assistants.get("support")
    assert tokens + support.sampling.max_tokens <= live.state.context_tokens
    # The estimate may let one turn too many go, not more.
    assert tokens + 2 * (2 * 46) + support.sampling.max_tokens > live.state.context_tokens
    record = await live.state.responses.get(answer.id)
    assert record.sampling["dropped_messages"] == 81 - (len(sent) - 1)


async def test_last_message_that_cannot_fit_is_refused(live: Live, upstream: Upstream) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await live.openai.chat.completions.create(
            model="support", messages=[*ASK, {"role": "user", "content": "w " * 2000}]
        )
    assert caught.value.code == "context_length_exceeded"
    assert upstream.asked == []


async def test_long_answer_wish_is_cut_to_what_is_left(live: Live, upstream: Upstream) -> None:
    await live.openai.chat.completions.create(model="support", messages=ASK, max_tokens=100_000)
    tokens = sum(4 + len(m["content"].split()) for m in upstream.asked[0]["messages"])
    assert upstream.asked[0]["max_tokens"] == live.state.context_tokens - tokens


async def test_requests_and_answers_are_counted(live: Live, upstream: Upstream) -> None:
    async def counted() -> list[float]:
        shown = (await live.http.get("/metrics")).text.splitlines()
        lines = [line for line in shown if not line.startswith("#")]
        names = (
            'thumbwheel_requests_total{method="POST",route="/v1/chat/completions",status="200"}',
            'thumbwheel_requests_total{method="GET",route="unknown",status="404"}',
            'thumbwheel_responses_total{assistant="tutor",status="done",version="base"}',
            'thumbwheel_tokens_total{assistant="tutor",version="base"}',
            'thumbwheel_streams_open{assistant="tutor"}',
        )
        found = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}
        return [found.get(name, 0.0) for name in names]

    before = await counted()
    await live.openai.chat.completions.create(model="tutor", messages=ASK)
    await live.http.get("/no/such/place")
    after = await counted()
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1, len(IDS), 0]


@pytest.mark.parametrize("streaming", [True, False])
async def test_answers_are_open_while_they_are_generated(
    live: Live, upstream: Upstream, streaming: bool
) -> None:
    """What the number of API processes follows: waiting for the first token counts too."""

    async def opened() -> float:
        shown = (await live.http.get("/metrics")).text.splitlines()
        name = 'thumbwheel_streams_open{assistant="tutor"} '
        return sum(float(line.removeprefix(name)) for line in shown if line.startswith(name))

    upstream.says("one", " two", wait_after=0)
    body = {"model": "tutor", "messages": ASK, "stream": streaming}
    asking = asyncio.create_task(live.http.post("/v1/chat/completions", json=body))
    await until(lambda: upstream.asked)
    assert await opened() == 1
    upstream.go_on.set()
    await asking
    assert await opened() == 0


async def test_messages_of_one_chat_are_stored_once(live: Live, upstream: Upstream) -> None:
    def stored(state: State) -> Any:
        return state.store.redis.keys("tw:message:*")

    for _ in range(3):
        await live.openai.chat.completions.create(model="support", messages=ASK)
    assert len(await stored(live.state)) == 3
