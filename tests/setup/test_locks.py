"""The lock files: fully pinned, from nowhere in particular, and fit for pyproject.toml."""

from __future__ import annotations

import re
import shutil
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
    ("names", "extras"),
    [(CPU, ("cpu", "otel", "train", "test")), (GPU, ("gpu", "otel", "train", "test"))],
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


def set_up(*words: str, root: Path = ROOT) -> tuple[int, float]:
    """Exit code and seconds of scripts/setup.py."""
    started = time.monotonic()
    command = [sys.executable, "-S", root / "scripts" / "setup.py", *words]
    done = subprocess.run(command, capture_output=True)
    return done.returncode, time.monotonic() - started


def test_a_second_set_up_finds_nothing_to_do_and_says_so_quickly() -> None:
    """What others do to the machine only adds, so the quickest counts."""
    done = [set_up("--check") for _ in range(4)]
    assert {code for code, _ in done} == {0}, "they run in what `make setup` makes"
    assert min(seconds for _, seconds in done) < 2.0


@pytest.mark.parametrize(
    "changed", ["requirements/cpu.txt", "requirements/torch-cpu.txt", "pyproject.toml"]
)
def test_set_up_notices_a_changed_lock(tmp_path: Path, changed: str) -> None:
    for folder in ("scripts", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / ".venv").mkdir()
    made = subprocess.run(
        [sys.executable, "-c", "import setup; setup.STAMP.write_text(setup.fingerprint('cpu'))"],
        cwd=tmp_path / "scripts",
        check=False,
    )
    assert made.returncode == 0
    assert set_up("--check", root=tmp_path)[0] == 0
    with (tmp_path / changed).open("a") as file:
        file.write("\n# changed\n")
    assert set_up("--check", root=tmp_path)[0] == 1
