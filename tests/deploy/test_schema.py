"""Every manifest fits a schema: Kubernetes' own, and of kinds of others (KEDA, the Prometheus
operator, LeaderWorkerSet) those in `crds/`.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.deploy.conftest import render
from tests.deploy.manifests import Manifests, Object

OLDEST = "1.30"
"""The first Kubernetes whose preStop can sleep by itself."""
NEWEST = "1.34"
CRDS = Path(__file__).parent / "crds"
FOREIGN = {path.stem for path in CRDS.glob("*.yaml")}


@cache
def schema(kind: str) -> Any:
    return yaml.safe_load((CRDS / f"{kind}.yaml").read_text())


def check(found: Object) -> None:
    """Of a kind of others. Raises ValidationError."""
    jsonschema.validate(found, schema(found["kind"]), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_what_is_applied_fits_the_schema(manifests: Manifests, version: str) -> None:
    for found in manifests.objects:
        if found["kind"] not in FOREIGN:
            kubernetes_validate.validate(found, version, strict=True)
    for pod in manifests.pods():
        plain = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod.spec}
        kubernetes_validate.validate(plain, version, strict=True)


def test_what_operators_read_fits_theirs(manifests: Manifests) -> None:
    for found in manifests.of(*FOREIGN):
        check(found)


def test_a_wrong_manifest_would_not_fit(manifests: Manifests) -> None:
    service = manifests.of("Service")[0]
    wrong = {**service, "spec": {**service["spec"], "sellector": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST, strict=True)


WRONG = {
    "a misspelt field": ("ScaledObject", "vllm", "minReplicas", 1),
    "no target": ("ScaledObject", "vllm", "scaleTargetRef", {}),
    "a number where text is read": (
        "ScaledObject",
        "vllm",
        "triggers",
        [
            {
                "type": "prometheus",
                "metadata": {"serverAddress": "http://p", "query": "x", "threshold": 5},
            }
        ],
    ),
    "a policy nobody knows": ("LeaderWorkerSet", "vllm", "startupPolicy", "WhenReady"),
    "nobody to ask": ("ServiceMonitor", "api", "endpoints", []),
    "a port by number": ("ServiceMonitor", "api", "endpoints", [{"port": 8000}]),
    "a rule that asks nothing": (
        "PrometheusRule",
        "thumbwheel",
        "groups",
        [{"name": "g", "rules": [{"alert": "Gone"}]}],
    ),
}


@pytest.mark.parametrize(("kind", "name", "field", "value"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_one_of_others_would_not_fit(kind: str, name: str, field: str, value: Any) -> None:
    wrong = deepcopy(render("multi-node").get(kind, name))
    wrong["spec"][field] = value
    with pytest.raises(jsonschema.ValidationError):
        check(wrong)
