"""Versions that could not be brought up: why, and when to try again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

FIRST_REST_S: Final = 1.0
LONGEST_REST_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Failure:
    reason: str
    attempts: int
    retry_at: float


class Failures:
    """By version. Times are the caller's clock."""

    def __init__(self) -> None:
        self._by_version: dict[str, Failure] = {}

    def note(self, version: str, reason: str, now: float) -> Failure:
        """The rest doubles with every attempt."""
        known = self._by_version.get(version)
        attempts = known.attempts + 1 if known else 1
        rest_s = min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** (attempts - 1))
        self._by_version[version] = failure = Failure(reason, attempts, now + rest_s)
        return failure

    def resting(self, now: float) -> frozenset[str]:
        return frozenset(v for v, f in self._by_version.items() if now < f.retry_at)

    def forget(self, version: str) -> None:
        self._by_version.pop(version, None)

    def keep(self, versions: Collection[str]) -> None:
        """Forgets all but `versions`."""
        self._by_version = {v: f for v, f in self._by_version.items() if v in versions}

    def clear(self) -> None:
        self._by_version.clear()

    def describe(self) -> str:
        """For people: which version and why; empty when there is none."""
        return "; ".join(f"{v}: {f.reason}" for v, f in sorted(self._by_version.items()))
