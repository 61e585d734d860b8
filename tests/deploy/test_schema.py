"""Every manifest fits Kubernetes' own schemas. Kinds of others (KEDA, the Prometheus operator,
LeaderWorkerSet) have none here; of a LeaderWorkerSet the pods inside are looked at.
"""

from __future__ import annotations

import kubernetes_validate
import pytest

from tests.deploy.manifests import Manifests

OLDEST = "1.30"
"""The first Kubernetes whose preStop can sleep by itself."""
NEWEST = "1.34"
FOREIGN = {"ScaledObject", "ServiceMonitor", "PodMonitor", "PrometheusRule", "LeaderWorkerSet"}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_what_is_applied_fits_the_schema(manifests: Manifests, version: str) -> None:
    for found in manifests.objects:
        if found["kind"] not in FOREIGN:
            kubernetes_validate.validate(found, version, strict=True)
    for pod in manifests.pods():
        plain = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod.spec}
        kubernetes_validate.validate(plain, version, strict=True)


def test_a_wrong_manifest_would_not_fit(manifests: Manifests) -> None:
    service = manifests.of("Service")[0]
    wrong = {**service, "spec": {**service["spec"], "sellector": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, OLDEST, strict=True)


def test_only_kinds_of_others_go_unseen(manifests: Manifests) -> None:
    groups = {o["apiVersion"].split("/")[0] for o in manifests.of(*FOREIGN)}
    assert groups <= {"keda.sh", "monitoring.coreos.com", "leaderworkerset.x-k8s.io"}
