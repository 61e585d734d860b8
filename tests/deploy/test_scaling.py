"""What is scaled, by what, and that nobody is scaled away while people wait."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from core import metrics
from tests.conftest import ROOT
from tests.deploy.conftest import render
from tests.deploy.manifests import Manifests
from tests.sight.test_monitoring import ENGINES, asked
from tests.sight.test_scrape import documented

AUTOSCALE = ROOT / "k8s" / "components" / "autoscale"
ADAPTER = yaml.safe_load((AUTOSCALE / "adapter-values.yaml").read_text())
SCALED = ["gpu", "multi-node"]
CALM_S = 300
"""A pod that goes takes streams with it, one that comes takes minutes."""


def scalers(manifests: Manifests) -> list[dict[str, Any]]:
    return manifests.of("HorizontalPodAutoscaler", "ScaledObject")


def behavior(scaler: dict[str, Any]) -> dict[str, Any]:
    spec = scaler["spec"]
    if scaler["kind"] == "ScaledObject":
        spec = spec["advanced"]["horizontalPodAutoscalerConfig"]
    found: dict[str, Any] = spec["behavior"]
    return found


def target(manifests: Manifests, scaler: dict[str, Any]) -> dict[str, Any]:
    wanted = scaler["spec"]["scaleTargetRef"]
    return manifests.get(wanted.get("kind", "Deployment"), wanted["name"])


@pytest.mark.parametrize("overlay", SCALED)
def test_the_api_and_vllm_are_scaled_and_nothing_else(overlay: str) -> None:
    """Two beats tick twice, and a train worker that is scaled away ends its run."""
    manifests = render(overlay)
    found = {(o["kind"], target(manifests, o)["metadata"]["name"]) for o in scalers(manifests)}
    assert found == {("HorizontalPodAutoscaler", "api"), ("ScaledObject", "vllm")}


def test_without_an_operator_nothing_is_scaled() -> None:
    assert not scalers(render("local-cpu"))


@pytest.mark.parametrize("overlay", SCALED)
def test_somebody_is_always_there_and_goes_slowly(overlay: str) -> None:
    for scaler in scalers(render(overlay)):
        spec, down = scaler["spec"], behavior(scaler)["scaleDown"]
        least = spec.get("minReplicas", spec.get("minReplicaCount"))
        most = spec.get("maxReplicas", spec.get("maxReplicaCount"))
        assert 1 <= least < most, scaler["kind"]
        assert down["stabilizationWindowSeconds"] >= CALM_S, scaler["kind"]
        assert [p["value"] for p in down["policies"] if p["type"] == "Pods"] == [1], scaler["kind"]


@pytest.mark.parametrize("overlay", SCALED)
def test_what_is_scaled_says_no_number_of_its_own(overlay: str) -> None:
    """An `apply` would set it back."""
    manifests = render(overlay)
    for scaler in scalers(manifests):
        assert "replicas" not in target(manifests, scaler)["spec"], scaler["kind"]


# -- by what --


@pytest.mark.parametrize("overlay", SCALED)
def test_the_api_is_scaled_by_a_gauge_that_each_of_its_pods_has(overlay: str) -> None:
    (metric,) = render(overlay).get("HorizontalPodAutoscaler", "api")["spec"]["metrics"]
    assert metric["type"] == "Pods"
    assert metric["pods"]["metric"]["name"] == metrics.STREAMS.describe()[0].name
    assert metric["pods"]["target"]["type"] == "AverageValue"


def test_an_adapter_serves_that_metric_by_pod() -> None:
    (rule,) = ADAPTER["rules"]["custom"]
    name, matchers = re.fullmatch(r"(\w+)\{(.*)\}", rule["seriesQuery"]).groups()  # type: ignore[union-attr]
    assert name == metrics.STREAMS.describe()[0].name
    assert documented()[name][0] == "gauge"
    labels = set(re.findall(r"(\w+)!=\"\"", matchers))
    assert labels == rule["resources"]["overrides"].keys() == {"namespace", "pod"}
    # Streams are told by assistant: their sum is the pod's.
    assert rule["metricsQuery"] == "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"


@pytest.mark.parametrize("overlay", SCALED)
def test_vllm_is_scaled_by_its_own_queue(overlay: str) -> None:
    manifests = render(overlay)
    (trigger,) = manifests.get("ScaledObject", "vllm")["spec"]["triggers"]
    query = trigger["metadata"]["query"]
    (name,) = ENGINES.findall(query)
    assert name in asked(ENGINES), "which are looked for in a real engine's /metrics"
    assert query == f'sum({name}{{namespace="{manifests.of("Namespace")[0]["metadata"]["name"]}"}})'
    assert float(trigger["metadata"]["threshold"]) > 0


def test_prometheus_is_asked_at_one_address() -> None:
    (trigger,) = render("gpu").get("ScaledObject", "vllm")["spec"]["triggers"]
    told = ADAPTER["prometheus"]
    assert trigger["metadata"]["serverAddress"] == f"{told['url']}:{told['port']}"


def test_the_manual_names_the_adapters_rule() -> None:
    assert "k8s/components/autoscale/adapter-values.yaml" in (ROOT / "docs/operate.md").read_text()
