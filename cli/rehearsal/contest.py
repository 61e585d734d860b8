"""New answers against old ones on the same prompts, under one taste. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from cli.answers import Answer
from cli.rehearsal.interval import LOSS, TIE, WIN, WinRate, measure
from cli.rehearsal.population import Prompt
from cli.rehearsal.tastes import Ranked


@dataclass(frozen=True, slots=True)
class Pair:
    """One held-out prompt, what each champion said to it, and how much each was liked."""

    prompt: Prompt
    old: Answer
    new: Answer
    old_rank: Ranked
    new_rank: Ranked

    @property
    def outcome(self) -> float:
        """From the new version's side."""
        if self.new_rank.key == self.old_rank.key:
            return TIE
        return WIN if self.new_rank.key > self.old_rank.key else LOSS

    @property
    def is_about_manner(self) -> bool:
        """Both answers are right, so only the taste can tell them apart."""
        return self.old_rank.correct and self.new_rank.correct


@dataclass(frozen=True, slots=True)
class Contest:
    """All pairs of a rehearsal; at least one."""

    pairs: Sequence[Pair]

    @property
    def win_rate(self) -> WinRate:
        return measure([pair.outcome for pair in self.pairs])

    @property
    def win_rate_both_right(self) -> WinRate | None:
        """Of the pairs that only manner decides; None when there is none."""
        outcomes = [pair.outcome for pair in self.pairs if pair.is_about_manner]
        return measure(outcomes) if outcomes else None

    @property
    def passed(self) -> tuple[float, float]:
        """Share of answers that pass their checks: (old, new)."""
        old = fmean(pair.old_rank.correct for pair in self.pairs)
        return old, fmean(pair.new_rank.correct for pair in self.pairs)

    @property
    def words(self) -> tuple[float, float]:
        """Mean words of an answer: (old, new)."""
        old = fmean(len(pair.old.text.split()) for pair in self.pairs)
        return old, fmean(len(pair.new.text.split()) for pair in self.pairs)

    @property
    def answered_by_others(self) -> int:
        """Pairs in which some answer came from another version than the first pair's."""
        first = self.pairs[0]
        asked = (first.old.version, first.new.version)
        return sum((pair.old.version, pair.new.version) != asked for pair in self.pairs)
