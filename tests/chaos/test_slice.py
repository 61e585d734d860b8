"""A few faults in a whole stack, under chat and votes: every promise is kept. `make chaos` makes a
hundred, vLLM's among them, and fills the disk.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.plan import Plan
from tests.chaos.play import SETTINGS, Script, declare, play
from tests.stack import running_stack

pytestmark = [pytest.mark.loop, pytest.mark.timeout(1800)]

SEED: Final = 12
FAULTS: Final = 5
TARGETS: Final = {"redis": 1, "api": 1, "agent": 1, "worker-short": 1, "train task": 1}
TROUBLES: Final = ("redis full", "redelivery")


def test_every_promise_is_kept_through_a_few_faults(tmp_path: Path) -> None:
    declare(tmp_path / "assistants.toml", "support", votes=8, steps=2)
    with running_stack(tmp_path, **SETTINGS) as stack:
        plan = Plan(SEED, 2.0, TARGETS, TROUBLES, trouble_every=2)
        story = asyncio.run(play(stack, Script(SEED, plan, FAULTS, at_most_s=600.0)))
    assert story.problems == []
    assert sum(bool(event.target) for event in story.events) >= FAULTS
    assert story.figures["votes"]["acknowledged"] > 0
    assert story.figures["support"]["runs"] > 0
