"""Which fault hits whom, and when: every choice comes from the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

ACTIONS: Final = {"kill": 5, "pause": 3, "restart": 2}
"""kill -9, SIGSTOP and later SIGCONT, or the end the supervisor asks for; by how often."""
TARGETS: Final = {
    "redis": 12,
    "api": 14,
    "agent": 10,
    "vllm": 6,
    "engine": 3,
    "worker-short": 9,
    "worker-train": 11,
    "short task": 7,
    "train task": 8,
    "trainer": 14,
    "beat": 9,
}
"""By how often. `engine` is vLLM's own child, a `task` the process of a worker that does the work;
vLLM is rare, because it takes longest to come back.
"""
TROUBLES: Final = (
    "disk full",
    "redis full",
    "damaged adapter",
    "clock went back",
    "clock went ahead",
    "two beats",
    "two train workers",
    "redelivery",
)
PAUSE_S: Final = (1.0, 12.0)
"""Shorter and longer than timeouts, heartbeats and leases."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`gap_s` after the one before; `hold_s` is how long a pause lasts, and a trouble at most.
    `target` is empty for a trouble.
    """

    number: int
    action: str
    target: str
    gap_s: float
    hold_s: float

    @property
    def is_trouble(self) -> bool:
        return not self.target

    def __str__(self) -> str:
        return f"{self.action} {self.target}".strip()


def draw(
    seed: int,
    gap_s: float,
    targets: Mapping[str, int] = TARGETS,
    troubles: Sequence[str] = TROUBLES,
    trouble_every: int = 6,
) -> Iterator[Fault]:
    """Faults without end, `gap_s` apart on average; after so many of processes a trouble, each of
    them before any comes again.
    """
    dice = random.Random(seed)
    deck: list[str] = []
    number = 0
    while True:
        number += 1
        gap = dice.uniform(0.2, 1.8) * gap_s
        if troubles and number % (trouble_every + 1) == 0:
            deck = deck or dice.sample(troubles, len(troubles))
            yield Fault(number, deck.pop(), "", gap, dice.uniform(8.0, 20.0))
            continue
        [target] = dice.choices(list(targets), list(targets.values()))
        [action] = dice.choices(list(ACTIONS), list(ACTIONS.values()))
        # An engine or a task has no other end than its parent's; a trainer's means a cancel.
        if action == "restart" and target in ("engine", "short task", "train task", "trainer"):
            action = "kill"
        yield Fault(number, action, target, gap, dice.uniform(*PAUSE_S))
