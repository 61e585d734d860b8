"""Rendered manifests as what their policies speak of: pods, containers, services, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Object = dict[str, Any]
WORKLOADS = ("Deployment", "StatefulSet", "Job")


@dataclass(frozen=True)
class Pod:
    """A pod's template. `owner`: `kind/name` of who makes such pods."""

    owner: str
    kind: str
    replicas: int
    labels: Mapping[str, str]
    spec: Object
    parent: Object

    @property
    def component(self) -> str:
        return self.labels["app.kubernetes.io/component"]

    @property
    def containers(self) -> list[Object]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


@dataclass(frozen=True)
class Manifests:
    objects: tuple[Object, ...]

    @classmethod
    def parse(cls, text: str) -> Manifests:
        return cls(tuple(yaml.safe_load_all(text)))

    def of(self, *kinds: str) -> list[Object]:
        return [o for o in self.objects if o["kind"] in kinds]

    def get(self, kind: str, name: str) -> Object:
        return next(o for o in self.of(kind) if o["metadata"]["name"] == name)

    def pods(self) -> list[Pod]:
        plain = [_pod(o, o["spec"]["template"]) for o in self.of(*WORKLOADS)]
        return [*plain, *(p for o in self.of("LeaderWorkerSet") for p in _group(o))]

    def pod(self, component: str) -> Pod:
        return next(p for p in self.pods() if p.component == component)

    def containers(self) -> Iterator[tuple[str, Object]]:
        """Each with `kind/name/container`."""
        for pod in self.pods():
            for container in pod.containers:
                yield f"{pod.owner}/{container['name']}", container

    def settings(self, container: Object) -> dict[str, str]:
        """What a container gets by name and value; not what a Secret holds."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                found |= self.get("ConfigMap", source["configMapRef"]["name"])["data"]
        return found | {e["name"]: e["value"] for e in container.get("env", []) if "value" in e}


def _pod(owner: Object, template: Object) -> Pod:
    return Pod(
        owner=f"{owner['kind']}/{owner['metadata']['name']}",
        kind=owner["kind"],
        replicas=owner["spec"].get("replicas", 1),
        labels=template["metadata"]["labels"],
        spec=template["spec"],
        parent=owner,
    )


def _group(owner: Object) -> list[Pod]:
    group = owner["spec"]["leaderWorkerTemplate"]
    return [_pod(owner, group[name]) for name in ("leaderTemplate", "workerTemplate")]


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """As Kubernetes matches labels; an empty selector matches everything."""
    wanted = selector.get("matchLabels", {}).items()
    return all(labels.get(k) == v for k, v in wanted) and all(
        e["operator"] == "In" and labels.get(e["key"]) in e["values"]
        for e in selector.get("matchExpressions", [])
    )
