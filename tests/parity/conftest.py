"""TRL trains everything once per session; each test trains ours and compares. The last thing the
session prints is how far they were apart.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.conftest import ROOT
from tests.parity.agreement import Agreement, table
from tests.parity.task import write_completions, write_pairs
from tests.trainer.conftest import base_model as base_model

_FOUND = pytest.StashKey[list[Agreement]]()

Compare = Callable[[str], Agreement]


@pytest.fixture(scope="session")
def peer_runs(base_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what TRL made of each run."""
    directory = tmp_path_factory.mktemp("peer")
    write_pairs(directory / "pairs.jsonl")
    write_completions(directory / "completions.jsonl")
    cache = {"HF_HOME": str(tmp_path_factory.mktemp("hub")), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.parity.peer", str(base_model), str(directory)],
        cwd=ROOT,
        env={**os.environ, **cache},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return directory


@pytest.fixture
def compare(base_model: Path, peer_runs: Path, pytestconfig: pytest.Config) -> Compare:
    from tests.parity import agreement, ours

    def make(name: str) -> Agreement:
        directory = peer_runs / name
        theirs = ours.load_trace(directory)
        mine = ours.RUNS[name](base_model, directory)
        assert mine.ids == {key: theirs.ids[key] for key in mine.ids}, "the token ids differ"
        init = load_file(directory / "init" / "adapter_model.safetensors")
        found = agreement.compare(name, mine, theirs, init)
        pytestconfig.stash.setdefault(_FOUND, []).append(found)
        return found

    return make


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    found = config.stash.get(_FOUND, [])
    if found:
        terminalreporter.section("largest differences from TRL 1.16, fp32")
        terminalreporter.write_line(table(found))
