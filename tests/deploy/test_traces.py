"""The component `traces`: whoever makes spans is told where they go, and may get there."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest

from tests.deploy.conftest import OVERLAYS, render, render_with
from tests.deploy.manifests import Manifests, selects
from tests.deploy.test_schema import OLDEST

SETTING = "THUMBWHEEL_OTLP_URL"
PORT = 4318
COLLECTOR = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}


def told(manifests: Manifests) -> set[str]:
    """Components of which a container has the collector's address."""
    return {
        pod.component
        for pod in manifests.pods()
        for container in pod.containers
        if SETTING in manifests.settings(container)
    }


def let_out(manifests: Manifests) -> set[str]:
    """Components that may speak to the collector."""
    selectors = [
        policy["spec"]["podSelector"]
        for policy in manifests.of("NetworkPolicy")
        for rule in policy["spec"].get("egress", [])
        if COLLECTOR in rule["to"] and {"port": PORT} in rule.get("ports", [])
    ]
    return {p.component for p in manifests.pods() if any(selects(s, p.labels) for s in selectors)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whoever_makes_spans_reaches_the_collector(overlay: str, tmp_path: Path) -> None:
    manifests = render_with(overlay, "traces", tmp_path)
    assert let_out(manifests) == {"api", "vllm", "worker-short", "worker-train"} <= told(manifests)
    maps = [m["data"] for m in manifests.of("ConfigMap") if SETTING in m["data"]]
    assert [m[SETTING] for m in maps] == [f"http://otel-collector.monitoring:{PORT}"]
    assert "THUMBWHEEL_REDIS_URL" in maps[0], "added to the settings, not put in their place"
    kubernetes_validate.validate(manifests.get("NetworkPolicy", "traces"), OLDEST, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_without_it_there_are_no_traces(overlay: str) -> None:
    manifests = render(overlay)
    assert (told(manifests), let_out(manifests)) == (set(), set())
