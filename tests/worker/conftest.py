"""A worker's context on a real Redis-protocol server, with a trainer of a second."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.store import Store
from tests.worker.people import People
from worker.context import Context, make_context

FAKE = Path(__file__).with_name("fake_trainer.py")
ASSISTANTS = """
[support]
system_prompt = "You are kind."
retrain = { min_comparisons = 12, settle = "0s", cooldown = "0s" }

[tutor]
system_prompt = "You ask."
retrain = { min_comparisons = 12, settle = "0s", cooldown = "0s" }
"""


@pytest.fixture
def worker_settings(settings: Settings, tmp_path: Path) -> Settings:
    """Quick limits, two assistants and the fake trainer."""
    declared = tmp_path / "assistants.toml"
    declared.write_text(ASSISTANTS)
    changes = {
        "assistants_file": declared,
        "trainer_command": f"{sys.executable} {FAKE}",
        "lease_s": 2.0,
        "load_timeout_s": 5.0,
        "tick_interval_s": 0.2,
    }
    return settings.model_copy(update=changes)


@pytest.fixture
def context(worker_settings: Settings, store: Store) -> Context:
    return make_context(worker_settings, store)


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


@pytest.fixture
def trainer_does(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tells the fake trainer what to do otherwise."""

    def wish(**wishes: Any) -> None:
        monkeypatch.setenv("FAKE_TRAINER", json.dumps(wishes))

    return wish
