"""How a trial's evidence grew, vote by vote, in a bounded number of points for who watches."""

from __future__ import annotations

from typing import Final

from core.trials import Wealth

MOST: Final = 256
"""Points kept; of longer trials every second, fourth, ... vote, and always the last."""


class Path:
    """A fold over votes."""

    def __init__(self) -> None:
        self._kept: list[Wealth] = []
        self._last: Wealth | None = None
        self._votes = 0
        self._stride = 1

    def add(self, at: float, better: float, worse: float) -> None:
        """After one more vote, given at `at` (Unix time, seconds)."""
        self._votes += 1
        self._last = Wealth(at, self._votes, better, worse)
        if self._votes % self._stride:
            return
        self._kept.append(self._last)
        if len(self._kept) == MOST:
            self._kept = self._kept[1::2]
            self._stride *= 2

    @property
    def points(self) -> list[Wealth]:
        """Oldest first."""
        if self._last is None or (self._kept and self._kept[-1] is self._last):
            return list(self._kept)
        return [*self._kept, self._last]
