"""Which fault hits whom, and when: every choice comes from the seed and from who was not there."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

ACTIONS: Final = {"kill": 5, "pause": 3, "restart": 2}
"""kill -9, SIGSTOP and later SIGCONT, or the end the supervisor asks for; by how often."""
TARGETS: Final = {
    "redis": 3,
    "api": 3,
    "agent": 2,
    "vllm": 1,
    "engine": 1,
    "worker-short": 2,
    "worker-train": 2,
    "short task": 2,
    "train task": 2,
    "trainer": 3,
    "beat": 2,
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
TROUBLE_EVERY: Final = 6
"""A trouble comes after so many faults of processes."""
PAUSE_S: Final = (1.0, 12.0)
"""Shorter and longer than timeouts, heartbeats and leases."""
NO_END: Final = ("engine", "short task", "train task", "trainer")
"""Whose only end is their parent's, or, of a trainer, a cancel: these are killed instead."""


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

    @property
    def name(self) -> str:
        """Of whom it hits, or of the trouble."""
        return self.target or self.action

    def __str__(self) -> str:
        return f"{self.action} {self.target}".strip()


class Deck:
    """Shuffled cards: each once, before `weights` say how many of it are in the next round."""

    def __init__(self, dice: random.Random, weights: Mapping[str, int]) -> None:
        self._dice = dice
        self._next = dict.fromkeys(weights, 1)
        self._weights = weights
        self._left: deque[str] = deque()

    def deal(self) -> str:
        if not self._left:
            cards = [card for card, number in self._next.items() for _ in range(number)]
            self._left.extend(self._dice.sample(cards, len(cards)))
            self._next = dict(self._weights)
        return self._left.popleft()

    def put_back(self, card: str) -> None:
        """To the end."""
        self._left.append(card)


class Plan:
    """Faults without end, `gap_s` apart on average; each `trouble_every` of processes a trouble."""

    def __init__(
        self,
        seed: int,
        gap_s: float,
        targets: Mapping[str, int] = TARGETS,
        troubles: Sequence[str] = TROUBLES,
        trouble_every: int = TROUBLE_EVERY,
    ) -> None:
        self.names = frozenset({*targets, *troubles})
        self._dice = random.Random(seed)
        self._gap_s = gap_s
        self._targets = Deck(self._dice, targets)
        self._troubles = Deck(self._dice, dict.fromkeys(troubles, 1))
        self._trouble_every = trouble_every
        self._number = 0

    def draw(self) -> Fault:
        self._number += 1
        gap_s = self._dice.uniform(0.2, 1.8) * self._gap_s
        if self._number % (self._trouble_every + 1) == 0:
            hold_s = self._dice.uniform(8.0, 20.0)
            return Fault(self._number, self._troubles.deal(), "", gap_s, hold_s)
        target = self._targets.deal()
        [action] = self._dice.choices(list(ACTIONS), list(ACTIONS.values()))
        if action == "restart" and target in NO_END:
            action = "kill"
        return Fault(self._number, action, target, gap_s, self._dice.uniform(*PAUSE_S))

    def miss(self, fault: Fault) -> None:
        """It found nobody: its turn comes again."""
        (self._troubles if fault.is_trouble else self._targets).put_back(fault.name)


def trouble_every(faults: int) -> int:
    """So that a short storm sees every trouble too."""
    return max(1, min(TROUBLE_EVERY, faults // len(TROUBLES)))
