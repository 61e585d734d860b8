"""Traces: one vote can be followed to the version it shaped; off, there is nothing of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from core import spans
from core.errors import BadConfig
from core.settings import Settings
from core.store import Store
from tests.conftest import ROOT
from tests.server.upstream import Upstream
from tests.sight.collector import Collector, Span, collecting
from tests.sight.conftest import Loop, looping
from trainer.__main__ import _traced
from trainer.config import parse_config
from trainer.monitor import Monitor

SECRET = "my-cat-is-called-Tiddles"
THEIRS = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector
    spans.end()


async def chat(loop: Loop, **headers: str) -> str:
    """The response's id."""
    said = {"model": "support", "messages": [{"role": "user", "content": SECRET}]}
    reply = await loop.live.http.post("/v1/chat/completions", json=said, headers=headers)
    identity: str = reply.json()["id"]
    return identity


async def vote(loop: Loop, response: str) -> str:
    body = {"kind": "thumb", "response_id": response, "value": "up", "comment": SECRET}
    identity: str = (await loop.live.http.post("/v1/feedback", json=body)).json()["id"]
    return identity


def only(spans_: list[Span]) -> Span:
    [one] = spans_
    return one


async def test_a_vote_is_followed_to_the_version_it_shaped(
    served: Settings, store: Store, upstream: Upstream, collector: Collector
) -> None:
    traced = served.model_copy(update={"otlp_url": collector.url})
    async with looping(traced, store) as loop:
        response = await chat(loop)
        feedback = await vote(loop, response)
        run = await loop.learn()
        version = await loop.context.registry.version("support", run.version)
    asked = only(collector.named("POST /v1/chat/completions"))
    voted = only(collector.named("POST /v1/feedback"))
    opinion = only(collector.named("opinion"))
    learned = only(collector.named("run"))
    assert upstream.headers[-1]["traceparent"].startswith(asked.traceparent)
    assert (asked.parent, asked.about["thumbwheel.responses"]) == ("", response)
    assert (opinion.trace, opinion.parent, opinion.links) == (asked.trace, asked.id, [voted.id])
    assert opinion.about["thumbwheel.feedback"] == feedback
    assert learned.links == [asked.id]
    assert run.verdict is not None
    assert learned.about["thumbwheel.version"] == run.verdict.version != ""
    assert learned.about["thumbwheel.snapshot"] == run.snapshot
    stages = {name: only(collector.named(name)) for name in ("snapshot", "train", "publish")}
    assert {stage.parent for stage in stages.values()} == {learned.id}
    assert version.traceparent.startswith(stages["publish"].traceparent)
    trained = only(collector.named("dpo"))
    assert (trained.service, trained.parent) == ("thumbwheel-trainer", stages["train"].id)
    assert not [span for span in collector.spans if SECRET.encode() in span.raw]


async def test_who_asks_may_be_traced_already(
    served: Settings, store: Store, upstream: Upstream, collector: Collector
) -> None:
    traced = served.model_copy(update={"otlp_url": collector.url})
    async with looping(traced, store) as loop:
        await chat(loop, traceparent=THEIRS)
        await loop.live.http.get("/metrics")
    span = only(collector.spans)
    assert f"00-{span.trace}-{span.parent}-01" == THEIRS


async def test_off_there_is_no_trace_of_it(
    served: Settings, store: Store, upstream: Upstream
) -> None:
    async with looping(served, store) as loop:
        response = await chat(loop, traceparent=THEIRS)
        assert (await loop.live.state.responses.get(response)).traceparent == ""
    assert "traceparent" not in upstream.headers[-1]
    assert isinstance(spans.span("run"), nullcontext)


def test_off_nothing_is_imported() -> None:
    code = (
        "import sys, server.app, server.fleet.agent, worker.app, core.spans as s\n"
        "s.begin('api', '')\nwith s.span('a'): s.note({}), s.event('b'), s.link([]), s.flush()\n"
        "sys.exit('core.otel' in sys.modules or 'opentelemetry.exporter' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "core.otel", None)
    with pytest.raises(BadConfig, match=r"thumbwheel\[otel\]"):
        spans.begin("api", "http://127.0.0.1:1")


def test_a_trainer_goes_on_with_the_trace_of_who_started_it(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THUMBWHEEL_OTLP_URL", collector.url)
    monkeypatch.setenv("TRACEPARENT", THEIRS)
    tables = {
        "run": {
            "output": str(tmp_path),
            "run_id": "run_1",
            "base_model": str(ROOT / "models" / "seedling"),
        },
        "data": {"path": str(tmp_path)},
    }

    def train() -> None:
        with _traced(parse_config(tables, "dpo")):
            Monitor(tmp_path).progress("train", 0.5, "half of it")
            raise ValueError("diverged")

    with pytest.raises(ValueError, match="diverged"):
        train()
    span = only(collector.named("dpo"))
    assert (f"00-{span.trace}-{span.parent}-01", span.events) == (THEIRS, ["train"])
    assert span.about["thumbwheel.run"] == "run_1"
    assert b"diverged" not in span.raw
