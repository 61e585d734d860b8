"""Logs: lines with ids, and without what people said unless that was asked for."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from core.logs import JsonLines, Lines, TextLines, before_quotes, bound
from core.settings import Settings
from core.store import Store
from tests.server.upstream import Upstream
from tests.sight.conftest import Log, looping

SECRET = "my-cat-is-called-Tiddles"


class Number(BaseModel):
    value: int


def plain() -> None:
    raise ValueError(SECRET)


def chained() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise RuntimeError(f"about {SECRET}") from error


def quoted_by_a_library() -> None:
    Number.model_validate({"value": SECRET})


def line_of(fails: Callable[[], None], lines: Lines) -> str:
    try:
        fails()
    except Exception:
        record = logging.getLogger("here").makeRecord(
            "here", logging.ERROR, "file", 1, "it failed", (), __import__("sys").exc_info()
        )
    return lines.format(record)


@pytest.mark.parametrize("style", [JsonLines, TextLines])
@pytest.mark.parametrize("fails", [plain, chained, quoted_by_a_library])
def test_an_exceptions_words_are_logged_only_if_asked(
    fails: Callable[[], None], style: type[Lines]
) -> None:
    without, asked = line_of(fails, style()), line_of(fails, style(texts=True))
    assert SECRET not in without
    assert fails.__name__ in without
    assert SECRET in asked


def test_what_the_system_says_is_logged() -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    assert "No space left on device" in line_of(full, JsonLines())


def test_bound_ids_are_on_every_line() -> None:
    record = logging.makeLogRecord({"msg": "said", "version": "v"})
    with bound(request_id="req_1"), bound(run_id="run_1"):
        line = json.loads(JsonLines().format(record))
        text = TextLines().format(record)
    assert (line["request_id"], line["run_id"], line["version"]) == ("req_1", "run_1", "v")
    assert "request_id=req_1" in text
    assert "request_id" not in json.loads(JsonLines().format(record))


def test_errors_are_cut_before_what_they_quote() -> None:
    assert before_quotes(f"The model failed (500): {SECRET}: x") == "The model failed (500)"


FAILURES: dict[str, dict[str, Any]] = {
    "it quotes what was asked": {"refuse": (500, {"message": f"no good: {SECRET}"})},
    "it refuses, quoting": {"refuse": (400, {"message": f"no good: {SECRET}"})},
    "it breaks off": {"die_after": 1},
    "it says nonsense": {"extra_deltas": ({"tool_calls": [{"index": SECRET, "function": 1}]},)},
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("how", FAILURES.values(), ids=FAILURES)
async def test_no_line_about_a_failing_request_says_what_was_said(
    served: Settings,
    store: Store,
    upstream: Upstream,
    log: Log,
    how: dict[str, Any],
    stream: bool,
) -> None:
    upstream.says(SECRET, SECRET, **how)
    said = {"role": "user", "content": SECRET}
    async with looping(served, store) as loop:
        body = {"model": "support", "messages": [said], "stream": stream}
        reply = await loop.live.http.post(
            "/v1/chat/completions", json=body, headers={"X-Request-Id": "req_here"}
        )
        assert reply.text
    about = [line for line in log.lines if line.get("request_id") == "req_here"]
    [last] = [line for line in about if line["message"] == "request"]
    assert (last["route"], last["status"]) == ("/v1/chat/completions", reply.status_code)
    assert SECRET not in log.text


@pytest.mark.parametrize(
    "body",
    [
        {"model": SECRET, "messages": [{"role": "user", "content": SECRET}]},
        {"model": "support", "messages": [{"role": SECRET, "content": SECRET}]},
        {"model": "support", SECRET: SECRET, "messages": [{"role": "user", "content": SECRET}]},
    ],
)
async def test_nor_about_one_that_was_refused(
    served: Settings, store: Store, log: Log, body: dict[str, Any]
) -> None:
    async with looping(served, store) as loop:
        reply = await loop.live.http.post("/v1/chat/completions", json=body)
        assert reply.status_code in (400, 404)
        await loop.live.http.get(f"/v1/{SECRET}")
    assert log.lines
    assert SECRET not in log.text


async def test_texts_are_logged_where_that_is_asked_for(
    served: Settings, store: Store, upstream: Upstream, log: Log
) -> None:
    asking = served.model_copy(update={"log_texts": True})
    async with looping(asking, store) as loop:
        said = {"model": "support", "messages": [{"role": "user", "content": SECRET}]}
        response = (await loop.live.http.post("/v1/chat/completions", json=said)).json()["id"]
    texts = {line["message"]: line["text"] for line in log.lines if "text" in line}
    assert texts == {"asked": SECRET, "answer": "".join(upstream.script({}).words)}
    [answer] = [line for line in log.lines if line["message"] == "answer"]
    assert (answer["response_id"], answer["version"], answer["status"]) == (
        response,
        "base",
        "done",
    )
    assert answer["request_id"]


async def test_a_runs_lines_name_it_and_its_version(
    served: Settings, store: Store, log: Log
) -> None:
    async with looping(served, store) as loop:
        run = await loop.learn()
    assert run.verdict is not None
    [last] = [line for line in log.lines if line.get("action") == "promote"]
    assert (last["run_id"], last["version"]) == (run.id, run.verdict.version)
    phases = [line for line in log.lines if line["logger"] == "worker.pipeline"]
    assert {line["run_id"] for line in phases} == {run.id}


async def test_a_failed_runs_line_does_not_quote(
    served: Settings, store: Store, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TRAINER", '{"exit": 1}')  # it says: no good
    async with looping(served, store) as loop:
        run = await loop.learn()
    assert run.verdict is not None
    assert "no good" in run.verdict.reason
    [last] = [line for line in log.lines if line.get("action") == "reject"]
    assert last["message"] == "the trainer ended with exit code 1"
    assert "no good" not in log.text
