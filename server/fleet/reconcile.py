"""What to do next, from what is wanted and what is there. Decides only: no clock, no input, no
output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

ROLLOUT_S: Final = 900.0
"""A trainer samples from an adapter for less than this, and unloads it then; one that is there for
longer was left behind.
"""


@dataclass(frozen=True, slots=True)
class View:
    """One look at everything. `loaded` and `stored` hold only what is ours to remove."""

    desired: frozenset[str]
    loaded: Mapping[str, str]
    """In vLLM: version -> path."""
    stored: frozenset[str]
    """Directories on the local disk."""
    verified: frozenset[str]
    """Loaded, and proved to be what the trainer made."""
    busy: frozenset[str]
    """Being brought up at this moment."""
    resting: frozenset[str]
    """Failed a moment ago; not to be tried yet."""
    rollouts: frozenset[str] = frozenset()
    """In vLLM: a trainer's, to sample from."""


@dataclass(frozen=True, slots=True)
class Plan:
    bring_up: list[str]
    unload: list[str]
    remove: list[str]


class Since:
    """How long each name has been in a state, by the caller's clock."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def update(self, names: Iterable[str], now: float) -> None:
        """`names` are in the state now; all others are not."""
        self._since = {name: self._since.get(name, now) for name in names}

    def at_least(self, seconds: float, now: float) -> list[str]:
        return sorted(name for name, since in self._since.items() if now - since >= seconds)


class Reconciler:
    """Plans the next step. Keeps only since when a version has been unwanted, or its files
    unused, and since when a trainer's adapter has been there.
    """

    def __init__(self, unload_after_s: float) -> None:
        self._after_s = unload_after_s
        self._unwanted = Since()
        self._unused = Since()
        self._rollouts = Since()

    def plan(self, view: View, now: float) -> Plan:
        """Files go an interval after their version: answers in flight may make vLLM read them
        again, and an engine that does not find them dies.
        """
        self._unwanted.update(view.loaded.keys() - view.desired - view.busy, now)
        self._unused.update(view.stored - view.loaded.keys() - view.desired - view.busy, now)
        self._rollouts.update(view.rollouts, now)
        unwanted = self._unwanted.at_least(self._after_s, now)
        settled = view.verified | view.busy | view.resting
        return Plan(
            bring_up=sorted(view.desired - settled),
            unload=[*unwanted, *self._rollouts.at_least(ROLLOUT_S, now)],
            remove=self._unused.at_least(self._after_s, now),
        )
