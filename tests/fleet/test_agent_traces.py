"""What an agent does to a version is a span, linked with the run that made the version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core import spans
from core.records import Version
from core.settings import Settings
from core.store import Store
from server.fleet.client import VllmClient
from tests.fleet.conftest import Publisher, running, until
from tests.sight.collector import Collector, Span, collecting

V1, V2, V3 = (f"support-p00000{i}-aaaaaaaa" for i in (1, 2, 3))
PUBLISHED = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        spans.begin("thumbwheel-agent", collector.url)
        yield collector
        spans.end()


@pytest.fixture
def traced(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    """Registers versions as a traced run does."""
    add = publisher.registry.add_version

    async def add_traced(version: Version) -> None:
        await add(replace(version, traceparent=PUBLISHED))

    monkeypatch.setattr(publisher.registry, "add_version", add_traced)
    return publisher


def named(collector: Collector, name: str, version: str) -> list[Span]:
    spans.flush()
    about = {"thumbwheel.replica": "first", "thumbwheel.version": version}
    return [span for span in collector.named(name) if span.about == about]


async def test_bringing_and_unloading_are_followed_from_the_run(
    quick: Settings, store: Store, client: VllmClient, traced: Publisher, collector: Collector
) -> None:
    async with running(quick.model_copy(update={"replica": "first"}), store, client) as agent:
        for version in (V1, V2, V3):
            await traced.publish(version)
            await traced.promote(version)
            await until(lambda version=version: version in agent.replica().versions)  # type: ignore[misc]
        await until(lambda: bool(named(collector, "unload", V1)))
    (brought,) = named(collector, "bring", V1)
    (unloaded,) = named(collector, "unload", V1)
    assert brought.links == unloaded.links == [PUBLISHED.split("-")[2]]
    assert (brought.service, brought.parent) == ("thumbwheel-agent", "")
    assert brought.events == ["fetched", "loaded"]
    assert not named(collector, "unload", V3)


async def test_what_did_not_come_up_is_told_without_its_words(
    quick: Settings, store: Store, client: VllmClient, publisher: Publisher, collector: Collector
) -> None:
    await publisher.publish(V1, expected=b"wrong")
    await publisher.promote(V1)
    async with running(quick.model_copy(update={"replica": "first"}), store, client):
        await until(lambda: len(named(collector, "bring", V1)) >= 2)
    for span in named(collector, "bring", V1):
        assert b"ProbeFailed" in span.raw
        assert b"the trainer said" not in span.raw
        assert span.links == []
