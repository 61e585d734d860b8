"""Who finds whom, and who may speak to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.deploy.conftest import OVERLAYS, render, render_with
from tests.deploy.manifests import Manifests, Pod, selects

ASKED_BY = {
    "redis-log": {"api", "vllm", "worker-short", "worker-train"},
    "redis-broker": {"worker-short", "worker-train", "beat"},
    "vllm": {"api"},
    "api": set(),
    "worker-short": set(),
    "worker-train": set(),
    "beat": set(),
    "fetch-model": set(),
}
IN_A_GROUP = {"vllm": {"api", "vllm-follower"}, "vllm-follower": {"vllm", "vllm-follower"}}
"""What `multi-node` adds: the machines of one vLLM speak with each other."""
OUTSIDE = {"api": {"front", "monitoring"}, "vllm": {"monitoring"}}
"""Whose namespaces may ask, by what the selector names."""
OUTWARD = {"api", "vllm", "worker-short", "worker-train", "beat", "fetch-model"}
"""Who may leave the cluster where Redis and artifacts are managed; elsewhere nobody."""
METADATA = "169.254.0.0/16"
"""Where clouds hand a node's own credentials to whoever asks."""


def test_nothing_is_allowed_by_default(manifests: Manifests) -> None:
    denied = manifests.get("NetworkPolicy", "default-deny")["spec"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_who_is_asked_by_whom(overlay: str) -> None:
    manifests = render(overlay)
    expected = ASKED_BY | (IN_A_GROUP if overlay == "multi-node" else {})
    for pod in manifests.pods():
        found = {p.component for p in selected(manifests, admitted(manifests, pod))}
        assert found == expected[pod.component], pod.component


def test_who_may_be_asked_from_outside(manifests: Manifests) -> None:
    for pod in manifests.pods():
        wide = [s for s in admitted(manifests, pod) if "podSelector" not in s]
        labels = [s["namespaceSelector"]["matchLabels"] for s in wide]
        found = {"front" if "thumbwheel/front" in of else next(iter(of.values())) for of in labels}
        assert found == OUTSIDE.get(pod.component, set()), pod.component


def test_who_may_be_asked_can_be_asked(manifests: Manifests) -> None:
    assert one_sided(manifests) == []


def test_so_can_a_redis_that_is_added(tmp_path: Path) -> None:
    manifests = render_with("gpu", "redis", tmp_path)
    assert one_sided(manifests) == []
    for component in ("redis-log", "redis-broker"):
        asking = selected(manifests, admitted(manifests, manifests.pod(component)))
        assert {pod.component for pod in asking} == ASKED_BY[component]


def one_sided(manifests: Manifests) -> list[tuple[str, str]]:
    """(who asks, who is asked) where only one end consents: both must, on one port."""
    return [
        (asker.owner, asked.owner)
        for asked in manifests.pods()
        for rule in rules(manifests, asked, "ingress")
        for asker in selected(manifests, rule["from"])
        if asked not in reached(manifests, asker, rule.get("ports"))
    ]


def reached(manifests: Manifests, asker: Pod, ports: Any) -> list[Pod]:
    ways = [w for w in rules(manifests, asker, "egress") if w.get("ports") == ports]
    return [pod for way in ways for pod in selected(manifests, way["to"])]


def selected(manifests: Manifests, ends: list[dict[str, Any]]) -> list[Pod]:
    """Our pods that one side of a rule names."""
    selectors = [end["podSelector"] for end in ends if "podSelector" in end]
    return [p for p in manifests.pods() if any(selects(s, p.labels) for s in selectors)]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_who_may_leave_the_cluster(overlay: str) -> None:
    manifests = render(overlay)
    for pod in manifests.pods():
        blocks = [
            target["ipBlock"]
            for rule in rules(manifests, pod, "egress")
            for target in rule["to"]
            if "ipBlock" in target
        ]
        assert bool(blocks) == (overlay != "local-cpu" and pod.component in OUTWARD), pod.component
        assert all(METADATA in block["except"] for block in blocks), pod.component


def rules(manifests: Manifests, pod: Pod, way: str) -> list[dict[str, Any]]:
    """Of every policy that names this pod; what is for all pods left out."""
    return [
        rule
        for policy in manifests.of("NetworkPolicy")
        if policy["spec"]["podSelector"] and selects(policy["spec"]["podSelector"], pod.labels)
        for rule in policy["spec"].get(way, [])
    ]


def admitted(manifests: Manifests, pod: Pod) -> list[dict[str, Any]]:
    return [source for rule in rules(manifests, pod, "ingress") for source in rule["from"]]


def test_every_service_finds_pods_that_let_somebody_in(manifests: Manifests) -> None:
    for service in manifests.of("Service"):
        wanted = {"matchLabels": service["spec"]["selector"]}
        pods = [p for p in manifests.pods() if selects(wanted, p.labels)]
        assert pods, service["metadata"]["name"]
        names = {port["name"] for p in pods for c in p.containers for port in c.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
        assert all(admitted(manifests, pod) for pod in pods), service["metadata"]["name"]


def test_a_group_finds_its_leader_before_that_is_ready() -> None:
    """The controller takes a Service of the set's name for its own; a leader becomes ready only
    after its followers, which find it by that Service.
    """
    manifests = render("multi-node")
    for group in manifests.of("LeaderWorkerSet"):
        service = manifests.get("Service", group["metadata"]["name"])["spec"]
        leader = group["spec"]["leaderWorkerTemplate"]["leaderTemplate"]["metadata"]["labels"]
        assert selects({"matchLabels": service["selector"]}, leader)
        assert (service["clusterIP"], service["publishNotReadyAddresses"]) == ("None", True)
        assert group["spec"].get("startupPolicy", "LeaderCreated") == "LeaderCreated"
