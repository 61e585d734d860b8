"""The manifests as a cluster would get them, and a bucket."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.deploy.manifests import Manifests
from tests.deploy.s3 import KEY_ID, SECRET, Bucket, run_bucket

OVERLAYS = ("local-cpu", "gpu", "multi-node")


def find_kubectl() -> str:
    """On PATH, or where `make kubectl` puts it."""
    found = shutil.which("kubectl") or shutil.which(str(ROOT / "var" / "tools" / "bin" / "kubectl"))
    assert found, "kubectl renders what these tests look at: run `make kubectl`"
    return found


@cache
def render(overlay: str) -> Manifests:
    return _kustomize(ROOT / "k8s" / "overlays" / overlay)


def render_with(overlay: str, component: str, folder: Path) -> Manifests:
    """As an operator's own overlay in `folder` adds a component."""
    k8s = os.path.relpath(ROOT / "k8s", folder)
    own = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{k8s}/overlays/{overlay}"],
        "components": [f"{k8s}/components/{component}"],
        "namespace": "thumbwheel",
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(own))
    return _kustomize(folder)


def _kustomize(folder: Path) -> Manifests:
    done = subprocess.run([find_kubectl(), "kustomize", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Manifests.parse(done.stdout)


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> Manifests:
    return render(request.param)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """With the credentials where Arrow looks for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with run_bucket() as running:
        yield running
