"""The lock files: fully pinned, from nowhere in particular, and fit for pyproject.toml."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cli.checkup import read_pins

ROOT = Path(__file__).resolve().parents[2]
CPU = ["torch-cpu.txt", "cpu.txt"]
GPU = ["gpu.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(names: list[str]) -> dict[str, Requirement]:
    found = [pin for name in names for pin in read_pins(ROOT / "requirements" / name)]
    return {canonicalize_name(pin.name): pin for pin in found}


def asked(*extras: str) -> list[Requirement]:
    groups = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][e] for e in extras)]
    return [Requirement(text) for group in groups for text in group]


@pytest.mark.parametrize("names", [CPU, GPU])
def test_every_line_pins_one_version(names: list[str]) -> None:
    for pin in pins(names).values():
        (specifier,) = pin.specifier
        assert specifier.operator == "==", pin
        assert "*" not in specifier.version, pin


@pytest.mark.parametrize("names", [CPU, GPU])
def test_no_lock_says_where_packages_come_from(names: list[str]) -> None:
    for name in names:
        text = (ROOT / "requirements" / name).read_text()
        assert not re.search(r"https?://|--(extra-)?index|--find-links|file:", text)


@pytest.mark.parametrize(
    ("names", "extras"), [(CPU, ("cpu", "train", "test")), (GPU, ("gpu", "train", "test"))]
)
def test_the_lock_fits_what_the_project_asks(names: list[str], extras: tuple[str, ...]) -> None:
    locked = pins(names)
    for wanted in asked(*extras):
        pin = locked.get(canonicalize_name(wanted.name))
        assert pin is not None, f"{wanted} is not in {names}: run `make lock-cpu lock-gpu`"
        (specifier,) = pin.specifier
        assert wanted.specifier.contains(specifier.version), (wanted, pin)


def test_the_cpu_environment_holds_no_cuda() -> None:
    cuda = re.compile(r"^(nvidia-|cuda-|triton$|torchvision$|torchaudio$|torchcodec$)")
    assert not [name for name in pins(CPU) if cuda.match(name)]
    assert next(iter(pins(CPU)["torch"].specifier)).version.endswith("+cpu")


def test_a_second_set_up_finds_nothing_to_do(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "setup.py"
    if not (ROOT / ".venv" / ".stamp").exists():
        pytest.fail("these tests run in the environment that `make setup` makes")
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    assert time.monotonic() - started < 2.0
