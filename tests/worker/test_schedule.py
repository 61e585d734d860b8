"""Beat's ticks come however its machine's clock is set."""

from __future__ import annotations

import time

import pytest

from core.settings import Settings
from core.tasks import TICK
from worker.app import create_app


def test_a_tick_is_due_by_a_clock_that_nobody_sets(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = create_app(settings).conf.beat_schedule[TICK]["schedule"]
    sent, steady = every.now(), time.monotonic
    assert not every.is_due(sent).is_due
    monkeypatch.setattr(time, "monotonic", lambda: steady() + settings.tick_interval_s)
    assert every.is_due(sent).is_due
