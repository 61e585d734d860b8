"""What the images are made of, as files tell: locks, Dockerfile, compose, the list of parts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cli.checkup import read_pins
from core.settings import Settings
from tests.conftest import ROOT

IMAGES = {
    "server": ["cpu"],
    "worker-cpu": ["cpu"],
    "vllm-cpu": ["cpu"],
    "worker-cuda": ["gpu"],
    "vllm-cuda": ["gpu"],
}
"""Each image's lock, and the lock it is chosen from."""
HERE = {"server": (), "worker-cpu": ("train",), "vllm-cpu": ("cpu",)}
"""Images whose packages are installed here, with the project's extras in them."""
TORCH = {"torch", "transformers", "peft", "vllm", "vllm-cpu", "accelerate", "tokenizers"}
TOOLS = {"pytest", "mypy", "ruff", "trl", "playwright", "kubernetes-validate"}
MADE_BY = "requirements/images/ is not what the locks say: run `make lock-images`"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
SERVICES = sorted(COMPOSE["services"])


def pins(path: str) -> set[tuple[str, str, str]]:
    """(name, version, marker) of every line."""
    found = read_pins(ROOT / "requirements" / path)
    return {(canonicalize_name(p.name), str(p.specifier), str(p.marker or "")) for p in found}


def names(path: str) -> set[str]:
    return {name for name, _, _ in pins(path)}


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_what_is_locked_and_no_tools(image: str) -> None:
    locked = {(n, v) for lock in IMAGES[image] for n, v, _ in pins(f"{lock}.txt")}
    chosen = {(n, v) for n, v, _ in pins(f"images/{image}.txt")}
    assert chosen <= locked, MADE_BY
    assert not TOOLS & {n for n, _ in chosen}
    assert {canonicalize_name(Requirement(r).name) for r in PROJECT["dependencies"]} <= {
        n for n, _ in chosen
    }, MADE_BY


def test_the_server_is_without_torch() -> None:
    assert not TORCH & names("images/server.txt")


@pytest.mark.parametrize("image", HERE)
def test_nothing_an_image_needs_is_missing(image: str) -> None:
    """What an installed package asks for and the whole lock has, the image's has too."""
    held, locked = names(f"images/{image}.txt"), names(f"{IMAGES[image][0]}.txt")
    for name in sorted(held):
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # its marker says that it is for another machine
        for text in asked:
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                missing = {canonicalize_name(wanted.name)} & (locked - held)
                assert not missing, (name, text, MADE_BY)


def test_every_base_is_pinned() -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE))
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) - stages
    assert bases == {"${PYTHON}"}
    assert re.search(r"^ARG PYTHON=\S+:\d+\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)


def test_an_image_says_what_it_is_and_of_what() -> None:
    runtime = DOCKERFILE.split("FROM ${PYTHON} AS runtime\n")[1].split("\nFROM ")[0]
    labels = dict(re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]*)"', runtime))
    assert labels == {
        "title": "Thumbwheel",
        "description": labels["description"],
        "version": "${VERSION}",
        "revision": "${REVISION}",
        "source": "${SOURCE}",
        "licenses": "${LICENSES}",
        "base.name": "${PYTHON}",
    }
    # An argument from before the first FROM is empty in a stage that does not name it.
    named = set(re.findall(r"^ARG (\w+)", runtime.split("LABEL")[0], re.MULTILINE))
    assert named == {value[2:-1] for value in labels.values() if value.startswith("$")}
    assert re.search(rf"^ARG VERSION={re.escape(PROJECT['version'])}$", runtime, re.MULTILINE)


@pytest.mark.parametrize("target", ["server", "worker", "vllm"])
def test_an_image_has_the_labels_of_its_runtime(target: str) -> None:
    base = {name: of for of, name in re.findall(r"^FROM (\S+) AS (\S+)", DOCKERFILE, re.M)}
    stage = target
    while stage in base and stage != "runtime":
        stage = base[stage]
    assert stage == "runtime"


@pytest.mark.parametrize("target", ["server", "worker", "vllm"])
def test_an_image_runs_without_rights_and_says_how_it_is(target: str) -> None:
    stage = re.search(rf"^FROM \S+ AS {target}\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.M | re.S)
    assert stage is not None
    for line in ("USER 10001:10001", "HEALTHCHECK", "CMD", "sbom.json"):
        assert line in stage[1], line


def test_packages_are_installed_before_code_is_copied() -> None:
    assert DOCKERFILE.index("RUN pip install --no-deps -r server.txt") < DOCKERFILE.index(
        "COPY core core"
    )
    assert not re.search(r"pip install(?! --no-deps)", DOCKERFILE)


def test_the_list_of_parts_names_what_is_installed() -> None:
    script = ROOT / "docker" / "sbom.py"
    done = subprocess.run([sys.executable, script, "x"], capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    purls = {part["purl"] for part in found["components"]}
    assert f"pkg:pypi/aiohttp@{metadata.version('aiohttp')}" in purls
    assert len(purls) == len(found["components"])


def test_a_build_is_told_what_the_labels_say() -> None:
    """`make images` as it would run, with a base by digest."""
    base = f"docker.io/library/python:3.11.14-slim-bookworm@sha256:{'0' * 64}"
    given = [f"BASE={base}", "SOURCE=https://example.org/x", "LICENSES=Apache-2.0 AND MIT"]
    done = subprocess.run(
        ["make", "--dry-run", "images", *given],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for argument in (
        f"PYTHON={base}",
        "SOURCE=https://example.org/x",
        "LICENSES=Apache-2.0 AND MIT",
    ):
        assert argument in done.stdout


# -- compose --


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined_and_probed(name: str) -> None:
    service: dict[str, Any] = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["user"].split(":")[0] != "0"
    assert service["cap_drop"] == ["ALL"]
    assert re.search(r":\d+\.\d+\.\d+", service["image"])
    ours = "healthcheck" in service or "build" in service  # our images bring their own
    assert ours, "a service nobody asks how it is"


@pytest.mark.parametrize("name", SERVICES)
def test_a_services_settings_exist(name: str) -> None:
    given = COMPOSE["services"][name].get("environment", {})
    ours = {k.removeprefix("THUMBWHEEL_").lower() for k in given if k.startswith("THUMBWHEEL_")}
    assert ours <= Settings.model_fields.keys()


@pytest.mark.parametrize("name", [n for n in SERVICES if not n.startswith("redis")])
def test_a_service_owns_its_volumes(name: str) -> None:
    """A new volume belongs to whom the image's folder at that place does, or else to root."""
    made = re.search(r"install -d -o 10001 -g 10001 ((?:\S+|\s|\\\n)+?)\nENV", DOCKERFILE)
    assert made is not None
    owned = set(made[1].replace("\\", " ").split())
    mounted = {volume.split(":")[1] for volume in COMPOSE["services"][name].get("volumes", [])}
    assert mounted <= owned


@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_a_profile_is_the_whole_product(profile: str) -> None:
    chosen = [n for n, s in COMPOSE["services"].items() if profile in s.get("profiles", [profile])]
    parts = {name.removesuffix(f"-{profile}") for name in chosen}
    assert parts == {
        *("redis-log", "redis-broker", "api", "worker-short", "worker-train", "beat"),
        *("vllm", "agent"),
    }


def test_only_the_api_is_reached_from_outside_and_only_from_this_machine() -> None:
    ports = {n: s["ports"] for n, s in COMPOSE["services"].items() if "ports" in s}
    assert ports == {"api": ["127.0.0.1:8080:8080"]}
