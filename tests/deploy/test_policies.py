"""What must hold of every deployment, whatever an overlay changes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.settings import Settings
from tests.conftest import ROOT
from tests.deploy.conftest import OVERLAYS, render
from tests.deploy.manifests import Manifests, selects

PREFIX = "THUMBWHEEL_"
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
UNASKED = {"vllm-follower", "fetch-model"}
"""Pods that serve nobody: the half of a vLLM that does not answer, and a job."""
UVICORN_CUT_S = 5
DRAINED = {"api": UVICORN_CUT_S + 5, "vllm": 5}
"""Components that finish answers, with what they need beside the grace time."""


def test_every_pod_is_restricted(manifests: Manifests) -> None:
    for pod in manifests.pods():
        context = pod.spec["securityContext"]
        assert context["runAsNonRoot"] is True, pod.owner
        assert context["runAsUser"] > 0, pod.owner
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, pod.owner
        assert pod.spec["automountServiceAccountToken"] is False, pod.owner
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.spec.keys(), pod.owner
        kinds = {next(k for k in volume if k != "name") for volume in pod.spec["volumes"]}
        assert kinds <= {"configMap", "secret", "emptyDir", "persistentVolumeClaim"}, pod.owner


def test_every_container_is_restricted(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


def test_the_namespace_enforces_it(manifests: Manifests) -> None:
    labels = manifests.get("Namespace", "thumbwheel")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_every_container_is_bounded(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        for bound in ("requests", "limits"):
            assert {"cpu", "memory"} <= container["resources"][bound].keys(), name


def test_every_scratch_volume_is_bounded(manifests: Manifests) -> None:
    for pod in manifests.pods():
        for volume in pod.spec["volumes"]:
            assert volume.get("emptyDir", {"sizeLimit": 1}).get("sizeLimit"), (pod.owner, volume)


def test_every_container_that_works_for_long_is_probed(manifests: Manifests) -> None:
    for pod in manifests.pods():
        for container in pod.containers:
            if pod.component not in UNASKED:
                assert set(PROBES) <= container.keys(), (pod.owner, container["name"])


def test_liveness_is_more_patient_than_readiness(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        if "livenessProbe" in container:
            assert patience_s(container["livenessProbe"]) > patience_s(
                container["readinessProbe"]
            ), name


def patience_s(probe: dict[str, Any]) -> int:
    return int(probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3))


def test_every_pod_has_a_priority_and_serving_goes_first(manifests: Manifests) -> None:
    values = {o["metadata"]["name"]: o["value"] for o in manifests.of("PriorityClass")}
    for pod in manifests.pods():
        expected = "training" if pod.component == "worker-train" else "serving"
        assert pod.spec["priorityClassName"] == f"thumbwheel-{expected}", pod.owner
    assert values["thumbwheel-serving"] > values["thumbwheel-training"]


def test_every_image_is_pinned(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        assert re.search(r":\d+\.\d+\.\d+[\w.-]*$|@sha256:[0-9a-f]{64}$", container["image"]), name


@pytest.mark.parametrize("overlay", ["gpu", "multi-node"])
def test_the_base_model_is_fetched_by_commit(overlay: str) -> None:
    """A branch moves, and with it the weights that adapters were made for."""
    manifests = render(overlay)
    (fetch,) = manifests.pod("fetch-model").containers
    arguments = fetch["args"]
    assert re.fullmatch(r"[0-9a-f]{40}", arguments[arguments.index("--revision") + 1])
    served = manifests.settings(manifests.pod("vllm").containers[0])[f"{PREFIX}BASE_MODEL"]
    assert arguments[arguments.index("--local-dir") + 1] == served


def test_there_is_exactly_one_beat(manifests: Manifests) -> None:
    beat = manifests.get("Deployment", "beat")["spec"]
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})


def test_a_pod_gets_the_time_it_needs_to_finish(manifests: Manifests) -> None:
    for pod in manifests.pods():
        needed = 0
        for container in pod.containers:
            waits = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
            grace_s = int(manifests.settings(container).get(f"{PREFIX}SHUTDOWN_GRACE_S", 0))
            margin_s = DRAINED.get(pod.component, 0)
            finishes = grace_s + margin_s if margin_s else 0
            needed = max(needed, int(waits.get("seconds", 0)) + finishes)
        assert pod.spec.get("terminationGracePeriodSeconds", 30) > needed, pod.owner


def test_who_answers_is_off_the_lists_before_it_ends(manifests: Manifests) -> None:
    for component in DRAINED:
        container = manifests.pod(component).containers[0]
        assert container["lifecycle"]["preStop"]["sleep"]["seconds"] >= 5


def test_what_can_have_two_pods_is_disrupted_one_at_a_time(manifests: Manifests) -> None:
    for component in ("api", "vllm"):
        pod = manifests.pod(component)
        budgets = manifests.of("PodDisruptionBudget")
        (budget,) = [b for b in budgets if selects(b["spec"]["selector"], pod.labels)]
        assert budget["spec"]["maxUnavailable"] == 1
        if pod.kind == "Deployment":
            assert pod.spec["topologySpreadConstraints"], pod.owner


def test_vllm_answers_only_inside_its_pod(manifests: Manifests) -> None:
    vllm, *rest = manifests.pod("vllm").containers
    assert manifests.settings(vllm)[f"{PREFIX}VLLM_HOST"] == "127.0.0.1"
    assert "ports" not in vllm
    if rest:
        assert manifests.settings(rest[0])[f"{PREFIX}FRONT_PORT"] == "8000"


def test_vllm_holds_no_secret(manifests: Manifests) -> None:
    vllm = manifests.pod("vllm").containers[0]
    assert not [source for source in vllm["envFrom"] if "secretRef" in source]


# -- settings and secrets --


def test_no_secret_is_written_down(manifests: Manifests) -> None:
    assert not manifests.of("Secret")
    for found in manifests.of("ConfigMap"):
        for name, value in found["data"].items():
            assert not re.search(r"://[^/@\s]*:[^/@\s]+@", value), name
            assert not re.search(r"(?i)(password|secret|api_?key|token)$", name), name
    for name, container in manifests.containers():
        for entry in container.get("env", []):
            kind = str(getattr(Settings.model_fields.get(field(entry["name"])), "annotation", ""))
            assert "value" not in entry or "Secret" not in kind, (name, entry)


def field(variable: str) -> str:
    return variable.removeprefix(PREFIX).lower()


def test_every_setting_named_exists_and_takes_its_value(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        given = {k: v for k, v in manifests.settings(container).items() if k.startswith(PREFIX)}
        named = given.keys() | {
            e["name"] for e in container.get("env", []) if e["name"].startswith(PREFIX)
        }
        unknown = {field(n) for n in named} - Settings.model_fields.keys()
        assert not unknown, (name, unknown)
        Settings(_env_file=None, **{field(k): v for k, v in given.items()})  # type: ignore[arg-type]


def test_a_trainer_fits_its_pod(manifests: Manifests) -> None:
    (worker,) = manifests.pod("worker-train").containers
    budget_gib = float(manifests.settings(worker).get(f"{PREFIX}RUN_MAX_MEMORY_GIB", 8))
    limit = worker["resources"]["limits"]["memory"]
    assert float(limit.removesuffix("Gi")) >= budget_gib + 1, "the worker itself takes its share"


def test_the_base_serves_the_shipped_assistants() -> None:
    shipped = (ROOT / "assistants.toml").read_text()
    assert (ROOT / "k8s" / "base" / "assistants.toml").read_text() == shipped


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_selectors_match_their_own_pods(overlay: str) -> None:
    manifests = render(overlay)
    for pod in manifests.pods():
        if "selector" in pod.parent["spec"]:
            assert selects(pod.parent["spec"]["selector"], pod.labels), pod.owner
    for policy in manifests.of("NetworkPolicy"):
        name, selector = policy["metadata"]["name"], policy["spec"]["podSelector"]
        assert any(selects(selector, p.labels) for p in manifests.pods()), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_name_a_pod_refers_to_is_there(overlay: str) -> None:
    manifests = render(overlay)
    maps = {o["metadata"]["name"] for o in manifests.of("ConfigMap")}
    claims = {o["metadata"]["name"] for o in manifests.of("PersistentVolumeClaim")}
    for pod in manifests.pods():
        names = {volume["name"] for volume in pod.spec["volumes"]}
        names |= {c["metadata"]["name"] for c in pod.parent["spec"].get("volumeClaimTemplates", [])}
        for volume in pod.spec["volumes"]:
            claim = volume.get("persistentVolumeClaim")
            assert claim is None or claim["claimName"] in claims, (pod.owner, volume)
            assert "configMap" not in volume or volume["configMap"]["name"] in maps, pod.owner
        for container in pod.containers:
            mounted = {mount["name"] for mount in container["volumeMounts"]}
            assert mounted <= names, (pod.owner, container["name"])
