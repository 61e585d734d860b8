"""Bad requests get a clear 4xx in OpenAI's shape, whatever they are; vLLM never sees them."""

from __future__ import annotations

import random
from typing import Any

import openai
import pytest

from tests.server.conftest import Live
from tests.server.upstream import Upstream

URL = "/v1/chat/completions"
ASK = [{"role": "user", "content": "hello"}]
OK: dict[str, Any] = {"model": "support", "messages": ASK}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "model"),
    ({"model": ["support"]}, "model"),
    ({"messages": []}, "messages"),
    ({"messages": "hello"}, "messages"),
    ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
    ({"messages": [*ASK, {"role": "user"}]}, "messages[1].content"),
    ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
    ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
    (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        "messages[0].content",
    ),
    ({"temperature": 2.5}, "temperature"),
    ({"temperature": "hot"}, "temperature"),
    ({"top_p": -0.1}, "top_p"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"modalities": ["audio"]}, "modalities[0]"),
    ({"verbosity": "low"}, "verbosity"),
    ({"n": 0}, "n"),
    ({"n": 17}, "n"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_tokens": 1.5}, "max_tokens"),
    ({"seed": 2**63}, "seed"),
    ({"seed": 2**63 - 1, "n": 2}, "seed"),
    ({"seed": 2**63 - 15, "n": 16}, "seed"),
    ({"top_logprobs": 3}, "top_logprobs"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"tool_choice": "auto"}, "tool_choice"),
    ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"user": "two words"}, "user"),
    ({"priority": -1}, "priority"),
    ({"cache_salt": "x"}, "cache_salt"),
    ({"return_token_ids": True}, "return_token_ids"),
    ({"lora_request": {}}, "lora_request"),
    ({"top_k": 5}, "top_k"),
    ({"functions": []}, "functions"),
]
UNKNOWN = ("gpt-4", "base", "support-p000001-aaaaaaaa", "../x", "", "\0")
ODD = ("\0", "\x00\x1f\u202e", "\U0010ffff" * 50, "<|im_end|>", " ")


async def test_bad_request_names_what_is_wrong(
    live: Live, upstream: Upstream, subtests: pytest.Subtests
) -> None:
    live.http.headers.pop("X-Thumbwheel-User")
    for change, param in BAD:
        with subtests.test(change=change):
            reply = await live.http.post(URL, json={**OK, **change})
            assert reply.status_code == 400, reply.text
            error = reply.json()["error"]
            assert error.keys() == {"message", "type", "param", "code"}
            assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert upstream.asked == []


async def test_unknown_model_is_not_found(
    live: Live, upstream: Upstream, subtests: pytest.Subtests
) -> None:
    for name in UNKNOWN:
        with subtests.test(model=name):
            reply = await live.http.post(URL, json={**OK, "model": name})
            assert reply.status_code == 404
            error = reply.json()["error"]
            assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert upstream.asked == []


async def test_sdk_raises_its_own_errors(live: Live, upstream: Upstream) -> None:
    with pytest.raises(openai.NotFoundError):
        await live.openai.chat.completions.create(
            model="nobody", messages=[{"role": "user", "content": "x"}]
        )
    with pytest.raises(openai.BadRequestError) as caught:
        await live.openai.chat.completions.create(
            model="support",
            messages=[{"role": "user", "content": "x"}],
            extra_body={"priority": 1},
        )
    assert "priority" in caught.value.message


async def test_what_vllm_refuses_is_the_callers_error(live: Live, upstream: Upstream) -> None:
    refusal = {"message": "Grammar error: no", "param": "response_format", "code": 400}
    upstream.says(refuse=(400, refusal))
    for streaming in (False, True):
        reply = await live.http.post(URL, json={**OK, "stream": streaming})
        assert reply.status_code == 400
        assert reply.json()["error"]["message"] == "Grammar error: no"


async def test_tools_are_refused_in_our_words(live: Live, upstream: Upstream) -> None:
    """Where vLLM was started without them; its own words name flags of another program."""
    said = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    upstream.says(refuse=(400, {"message": said, "type": "BadRequestError", "code": 400}))
    tools = [{"type": "function", "function": {"name": "look"}}]
    for streaming in (False, True):
        reply = await live.http.post(URL, json={**OK, "tools": tools, "stream": streaming})
        assert (reply.status_code, reply.json()["error"]["param"]) == (400, "tools")
        assert "THUMBWHEEL_VLLM_ARGS" in reply.json()["error"]["message"]


def hostile_bodies() -> dict[str, bytes]:
    deep = b"[" * 100_000 + b"]" * 100_000
    message = b'{"model":"support","messages":[{"role":"user","content":%s}]}'
    dice = random.Random(7)
    return {
        "empty": b"",
        "no json": b"hello",
        "cut": b'{"model": "support", "messages": [',
        "deep": deep,
        "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "deep content": message % deep,
        "deep tools": b'{"model":"support","messages":[],"tools":' + deep + b"}",
        "list": b"[1, 2]",
        "number": b"7",
        "null": b"null",
        "string": b'"support"',
        "surrogate": message % b'"\\ud800"',
        "surrogate key": b'{"\\udfff": 1}',
        "surrogate model": b'{"model":"\\ud800","messages":[{"role":"user","content":"x"}]}',
        "bad utf-8": message % b'"\xff\xfe"',
        "bom": b"\xef\xbb\xbf" + message % b'"x"',
        "nan": b'{"model":"support","messages":[{"role":"user","content":"x"}],"temperature":NaN}',
        "infinite": message.replace(b"}]}", b'}],"temperature":1e999}') % b'"x"',
        "long number": message.replace(b"}]}", b'}],"seed":' + b"9" * 5000 + b"}") % b'"x"',
        "many keys": b"{" + b",".join(b'"k%d":1' % i for i in range(20_000)) + b"}",
        "many bad messages": b'{"model":"support","messages":[' + b"1," * 100_000 + b"1]}",
        "many biases": message.replace(b"}]}", b'}],"logit_bias":{%s}}')
        % (b'"x"', b",".join(b'"%d":[]' % i for i in range(50_000))),
        "duplicate keys": b'{"model":"support","model":5,"messages":[]}',
        "noise": dice.randbytes(5000),
    }


async def test_hostile_bodies_are_refused_calmly(
    live: Live, upstream: Upstream, subtests: pytest.Subtests
) -> None:
    headers = {"Content-Type": "application/json"}
    for name, body in hostile_bodies().items():
        for path in (URL, "/v1/comparisons", "/v1/conversations"):
            with subtests.test(body=name, path=path):
                reply = await live.http.post(path, content=body, headers=headers)
                assert 400 <= reply.status_code < 500, reply.text
                assert reply.json()["error"]["message"]
    assert upstream.asked == []


async def test_odd_texts_are_only_texts(
    live: Live, upstream: Upstream, subtests: pytest.Subtests
) -> None:
    for text in ODD:
        with subtests.test(text=text):
            body = {**OK, "messages": [{"role": "user", "content": text}]}
            reply = await live.http.post(URL, json=body)
            assert reply.status_code == 200
            assert upstream.asked[-1]["messages"][-1]["content"] == text
            record = await live.state.responses.get(reply.json()["id"])
            assert (await live.state.messages.get(record.prompt)).content == text


@pytest.mark.parametrize("announced", [True, False])
async def test_huge_body_is_too_large(live: Live, upstream: Upstream, announced: bool) -> None:
    huge = b'{"model": "' + b"x" * (live.state.settings.max_body_bytes + 1) + b'"}'

    async def pieces() -> Any:
        for start in range(0, len(huge), 65536):
            yield huge[start : start + 65536]

    content = huge if announced else pieces()
    headers = {"Content-Type": "application/json"}
    reply = await live.http.post(URL, content=content, headers=headers)
    assert reply.status_code == 413
    assert reply.json()["error"]["type"] == "invalid_request_error"
    assert reply.headers["x-request-id"]


async def test_unknown_places_answer_in_the_same_shape(live: Live) -> None:
    missing = await live.http.get("/v1/nowhere")
    wrong = await live.http.get(URL)
    assert (missing.status_code, wrong.status_code) == (404, 405)
    for reply in (missing, wrong):
        assert reply.json()["error"]["type"] == "invalid_request_error"
        assert reply.headers["x-thumbwheel-overhead-ms"]
