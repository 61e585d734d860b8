"""Dashboards and alerts ask only for what a scrape has; every alert has a place in the runbook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from core.settings import Settings
from core.store import Store
from tests.conftest import ROOT, Vllm
from tests.sight.conftest import looping
from tests.sight.scrape import read_families
from tests.sight.test_scrape import documented

MONITORING = ROOT / "k8s" / "monitoring"
DASHBOARDS = sorted((MONITORING / "dashboards").glob("*.json"))
OURS = re.compile(r"\bthumbwheel_\w+")
ENGINES = re.compile(r"\bvllm:\w+")
MATCHED = re.compile(r"\b(thumbwheel_\w+)\{([^}]*)\}")
SEVERITIES = {"page", "ticket", "info"}


def load(path: Path) -> dict[str, Any]:
    board: dict[str, Any] = json.loads(path.read_text())
    return board


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load((MONITORING / "rules.yaml").read_text())
    return [rule for group in rules["spec"]["groups"] for rule in group["rules"]]


def queries() -> Iterator[str]:
    for path in DASHBOARDS:
        board = load(path)
        yield from (t["expr"] for panel in panels(board) for t in panel["targets"])
        yield from (a["expr"] for a in board["annotations"]["list"])
        yield from (v["definition"] for v in board["templating"]["list"] if v["type"] == "query")
    yield from (alert["expr"] for alert in alerts())


def asked(pattern: re.Pattern[str]) -> set[str]:
    return {name for query in queries() for name in pattern.findall(query)}


async def test_every_metric_asked_for_is_in_a_scrape(served: Settings, store: Store) -> None:
    async with looping(served, store) as loop:
        body = {"model": "support", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        await loop.live.http.post("/v1/chat/completions", json=body)
        families = await read_families(loop.live.http)
    shown = {sample.name for family in families for sample in family.samples}
    names = shown | {family.name for family in families if family.type == "gauge"}
    totals = {f"{family.name}_total" for family in families if family.type == "counter"}
    assert asked(OURS) <= names | totals


def test_every_label_asked_for_is_one_of_the_metric() -> None:
    labels = {name: set(of) for name, (_, of) in documented().items()}
    for query in queries():
        for name, matchers in MATCHED.findall(query):
            wanted = set(re.findall(r"(\w+)[=!]~?\"", matchers))
            assert wanted <= labels[name.removesuffix("_bucket")], query


@pytest.mark.vllm
async def test_every_metric_asked_of_an_engine_is_one_of_its(vllm: Vllm) -> None:
    async with AsyncClient(base_url=vllm.url) as http:
        text = (await http.get("/metrics")).text
    shown = {s.name for f in text_string_to_metric_families(text) for s in f.samples}
    assert asked(ENGINES) <= shown


def test_every_alert_has_its_section_in_the_runbook() -> None:
    sections = re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert sections == [alert["alert"] for alert in alerts()]
    for alert in alerts():
        assert alert["labels"]["severity"] in SEVERITIES
        assert alert["annotations"]["summary"]
        anchor = f"docs/runbook.md#{alert['alert'].lower()}"
        assert alert["annotations"]["runbook_url"] == anchor


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_loaded(path: Path) -> None:
    board = load(path)
    assert board["uid"] == f"thumbwheel-{path.stem}"
    every = board["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    taken: set[tuple[int, int]] = set()
    for panel in every:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert all(panel["targets"] and panel["title"] for panel in panels(board))
