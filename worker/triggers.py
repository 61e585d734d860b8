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
FEWEST_THUMBS: Final = 16
"""The same of thumbs: each says less."""


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
    gone: dict[str, int] = field(default_factory=dict)
    """Opinions that the last run counted and that do not count any more: taken back, removed,
    or given by somebody whose opinions are not to be learned from now.
    """

    @property
    def total(self) -> int:
        return comparing(self.counts)

    @property
    def new(self) -> int:
        """Since the last run was opened."""
        return max(0, self.total - comparing(self._known()))

    @property
    def thumbs(self) -> int:
        return self.counts.get("thumb", 0)

    @property
    def new_thumbs(self) -> int:
        """Since the last run was opened."""
        return max(0, self.thumbs - self._known().get("thumb", 0))

    def _known(self) -> dict[str, int]:
        """Of the opinions that the last run counted, those that count still."""
        counted = self.last.counts if self.last else {}
        return {kind: number - self.gone.get(kind, 0) for kind, number in counted.items()}


def comparing(counts: dict[str, int]) -> int:
    return sum(counts.get(kind, 0) for kind in COMPARING)


def fewest(retrain: Retrain) -> int:
    return min(FEWEST, retrain.min_comparisons)


def fewest_thumbs(retrain: Retrain) -> int:
    """Less than a run waits for: some of those are held out."""
    return min(FEWEST_THUMBS, max(1, retrain.min_thumbs // 2))


def decide(retrain: Retrain, facts: Facts, thumbs: bool = False) -> TriggerState:
    """Due or not, and why; `thumbs`: they start runs too. The first rule that speaks decides."""
    state = _State(facts, retrain, thumbs)
    if facts.active is not None:
        return state.no(f"run {facts.active.id} is under way ({facts.active.phase})")
    if facts.pointer.held:
        by = facts.held_by or "an operator"
        return state.no(f"held by {by} because {facts.pointer.hold_reason or 'no reason given'}")
    if facts.request is not None:
        return _on_request(facts, state)
    if facts.pointer.challenger:
        return state.no(f"{facts.pointer.challenger} is on trial; learning goes on after it")
    rest_s = _rest_s(retrain, facts)
    if rest_s > 0:
        return state.no(f"resting after the last run for another {math.ceil(rest_s)} s")
    return _on_votes(facts, state)


@dataclass(frozen=True, slots=True)
class _State:
    facts: Facts
    retrain: Retrain
    thumbs: bool

    def needed(self) -> int:
        """New opinions that start a run now."""
        return self._fewer_when_late(self.retrain.min_comparisons)

    def needed_thumbs(self) -> int:
        return self._fewer_when_late(self.retrain.min_thumbs)

    def _fewer_when_late(self, full: int) -> int:
        """After a long time, a quarter will do."""
        facts = self.facts
        since = facts.last.created if facts.last else facts.first_vote_at
        waited = since > 0 and facts.now - since >= self.retrain.every
        return max(1, math.ceil(full / 4)) if waited else full

    def enough_votes(self) -> bool:
        """Comparisons to start a run by."""
        return self.facts.new >= self.needed() and self.facts.total >= fewest(self.retrain)

    def enough_thumbs(self) -> bool:
        """Thumbs to start a run by, where they do."""
        facts, least = self.facts, fewest_thumbs(self.retrain)
        return self.thumbs and facts.new_thumbs >= self.needed_thumbs() and facts.thumbs >= least

    def no(self, reason: str, settling_since: float | None = None) -> TriggerState:
        return self._make(False, reason, settling_since)

    def yes(self, reason: str) -> TriggerState:
        return self._make(True, reason, None)

    def _make(self, due: bool, reason: str, settling_since: float | None) -> TriggerState:
        waiting = {"comparisons": self.facts.new}
        needed = {"comparisons": self.needed()}
        if self.thumbs:
            waiting["thumbs"], needed["thumbs"] = self.facts.new_thumbs, self.needed_thumbs()
        return TriggerState(due, reason, waiting, needed, self.facts.now, settling_since)


def _on_request(facts: Facts, state: _State) -> TriggerState:
    least, least_thumbs = fewest(state.retrain), fewest_thumbs(state.retrain)
    if facts.total >= least or (state.thumbs and facts.thumbs >= least_thumbs):
        return state.yes(f"asked for by {facts.request}")
    lacking = f"{_votes(facts.total)}, at least {least} needed"
    if state.thumbs:
        lacking += f", and {_thumbs(facts.thumbs)}, at least {least_thumbs} needed"
    return state.no(f"asked for by {facts.request}; but there is nothing to learn from: {lacking}")


def _on_votes(facts: Facts, state: _State) -> TriggerState:
    if not (state.enough_votes() or state.enough_thumbs()):
        return state.no(_not_enough(facts, state))
    by_votes = state.enough_votes()
    number = facts.new if by_votes else facts.new_thumbs
    since = min(facts.now, facts.settling_since or facts.now)
    quiet_s = facts.now - facts.last_vote_at
    if quiet_s < state.retrain.settle and facts.now - since < PATIENCE_S:
        what = "votes" if by_votes else "thumbs"
        return state.no(f"enough {what} ({number}); waiting for a moment of quiet", since)
    if by_votes:
        return state.yes(f"{_votes(number)} since the last run, {state.needed()} needed")
    return state.yes(f"{_thumbs(number)} since the last run, {state.needed_thumbs()} needed")


def _not_enough(facts: Facts, state: _State) -> str:
    votes = f"{facts.new} of {state.needed()} new comparisons"
    if not state.thumbs:
        return f"{votes}, rankings and edits"
    return f"{votes}, {facts.new_thumbs} of {state.needed_thumbs()} new thumbs"


def _rest_s(retrain: Retrain, facts: Facts) -> float:
    if facts.last is None or facts.last.ended is None:
        return 0.0
    rested_s = facts.now - facts.last.ended
    # Less than none: the clock was set back since, and the rest would last as long as it was ahead.
    return retrain.cooldown - rested_s if rested_s >= 0 else 0.0


def _votes(number: int) -> str:
    return f"{number} vote" if number == 1 else f"{number} votes"


def _thumbs(number: int) -> str:
    return f"{number} thumb" if number == 1 else f"{number} thumbs"
