"""Is an assistant due for a run? A pure decision over facts, always with its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from core.assistants import Retrain
from core.records import Pointer, Run, TriggerState

COMPARING: Final = ("comparison", "ranking", "edit")
"""Kinds of opinion a preference recipe learns from."""
PATIENCE_S: Final = 60.0
"""Longest wait for quiet: somebody who never stops voting must not keep a run from starting."""
FEWEST: Final = 4
"""Opinions without which no run is worth its while, whoever asks for it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the decision rests on.

    >>> Facts(now=100.0, counts={"comparison": 40}, first_vote_at=10.0, last_vote_at=90.0)
    """

    now: float
    counts: dict[str, int]
    pointer: Pointer = field(default_factory=Pointer)
    held_by: str = ""
    active: Run | None = None
    last: Run | None = None
    request: str | None = None
    first_vote_at: float = 0.0
    last_vote_at: float = 0.0
    settling_since: float | None = None

    @property
    def total(self) -> int:
        return comparing(self.counts)

    @property
    def new(self) -> int:
        """Since the last run was opened. Votes taken back meanwhile can make it less than none."""
        return max(0, self.total - comparing(self.last.counts if self.last else {}))


def comparing(counts: dict[str, int]) -> int:
    return sum(counts.get(kind, 0) for kind in COMPARING)


def fewest(retrain: Retrain) -> int:
    return min(FEWEST, retrain.min_comparisons)


def decide(retrain: Retrain, facts: Facts) -> TriggerState:
    """Due or not, and why. The first rule that speaks decides."""
    state = _State(facts, retrain)
    if facts.active is not None:
        return state.no(f"run {facts.active.id} is under way ({facts.active.phase})")
    if facts.pointer.held:
        by = facts.held_by or "an operator"
        return state.no(f"held by {by} because {facts.pointer.hold_reason or 'no reason given'}")
    if facts.request is not None:
        return _on_request(retrain, facts, state)
    rest_s = _rest_s(retrain, facts)
    if rest_s > 0:
        return state.no(f"resting after the last run for another {math.ceil(rest_s)} s")
    return _on_votes(facts, state)


@dataclass(frozen=True, slots=True)
class _State:
    facts: Facts
    retrain: Retrain

    def needed(self) -> int:
        """New opinions that start a run now: fewer will do after a long time."""
        full, facts = self.retrain.min_comparisons, self.facts
        since = facts.last.created if facts.last else facts.first_vote_at
        waited = since > 0 and facts.now - since >= self.retrain.every
        return max(1, math.ceil(full / 4)) if waited else full

    def no(self, reason: str, settling_since: float | None = None) -> TriggerState:
        return self._make(False, reason, settling_since)

    def yes(self, reason: str) -> TriggerState:
        return self._make(True, reason, None)

    def _make(self, due: bool, reason: str, settling_since: float | None) -> TriggerState:
        waiting = {"comparisons": self.facts.new}
        needed = {"comparisons": self.needed()}
        return TriggerState(due, reason, waiting, needed, self.facts.now, settling_since)


def _on_request(retrain: Retrain, facts: Facts, state: _State) -> TriggerState:
    if facts.total < fewest(retrain):
        return state.no(
            f"asked for by {facts.request}; but there is nothing to learn from: "
            f"{_votes(facts.total)}, at least {fewest(retrain)} needed"
        )
    return state.yes(f"asked for by {facts.request}")


def _on_votes(facts: Facts, state: _State) -> TriggerState:
    needed = state.needed()
    if facts.new < needed or facts.total < fewest(state.retrain):
        return state.no(f"{facts.new} of {needed} new comparisons, rankings and edits")
    since = facts.settling_since if facts.settling_since is not None else facts.now
    quiet_s = facts.now - facts.last_vote_at
    if quiet_s < state.retrain.settle and facts.now - since < PATIENCE_S:
        return state.no(f"enough votes ({facts.new}); waiting for a moment of quiet", since)
    return state.yes(f"{_votes(facts.new)} since the last run, {needed} needed")


def _rest_s(retrain: Retrain, facts: Facts) -> float:
    if facts.last is None or facts.last.ended is None:
        return 0.0
    return facts.last.ended + retrain.cooldown - facts.now


def _votes(number: int) -> str:
    return f"{number} vote" if number == 1 else f"{number} votes"
