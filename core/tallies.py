"""What came of each arm's answers during a trial: failures, lengths, waits. Sums only, so that a
trial of a million answers is as small as one of ten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from core import keys
from core.arms import Arm, Assignment
from core.records import Response
from core.store import Store, guard

STEP: Final = 1.1
"""Ratio of one class of waits to the next."""
SHORTEST_S: Final = 0.001
_WAIT: Final = "wait:"


@dataclass(frozen=True, slots=True)
class Tally:
    """`answers` that ended, and requests that were never answered; `errors` of both failed.
    `log_length`, `squares`: sums of ln(tokens) and its square over those that did not. `waits`:
    class of the wait for a first token -> answers.
    """

    answers: int = 0
    errors: int = 0
    log_length: float = 0.0
    squares: float = 0.0
    waits: dict[int, int] = field(default_factory=dict)

    def slower(self, limit_s: float) -> int:
        """Answers whose first token came later, to the nearest class."""
        least = wait_class(limit_s)
        return sum(count for place, count in self.waits.items() if place > least)

    def quantile_s(self, share: float) -> float | None:
        """The wait that `share` of the answers did not exceed; None without answers."""
        left = share * sum(self.waits.values())
        for place in sorted(self.waits):
            left -= self.waits[place]
            if left <= 0:
                return SHORTEST_S * STEP**place
        return None


class Tallies:
    """Counts ordinary answers of people; side by side, both arms answer the same ones."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis

    async def add(self, response: Response) -> None:
        """Nothing for an answer outside a trial, and for one that somebody stopped."""
        if not response.trial or response.comparison or response.status == "aborted":
            return
        key = keys.tally(response.assistant, response.trial, response.arm)
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hincrby(key, "answers", 1)
            if response.status == "error":
                pipe.hincrby(key, "errors", 1)
            else:
                length = math.log(max(1, len(response.output_ids or ())))
                pipe.hincrbyfloat(key, "log_length", length)
                pipe.hincrbyfloat(key, "squares", length**2)
            if response.first_token_s is not None:
                pipe.hincrby(key, f"{_WAIT}{wait_class(response.first_token_s)}", 1)
            await pipe.execute()

    async def add_unanswered(self, assistant: str, side: Assignment) -> None:
        """A request that failed before there was an answer to record; nothing outside a trial."""
        if not side.trial:
            return
        key = keys.tally(assistant, side.trial, side.arm)
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for count in ("answers", "errors"):
                pipe.hincrby(key, count, 1)
            await pipe.execute()

    async def get(self, assistant: str, trial: str, arm: Arm) -> Tally:
        async with guard():
            row = await self._redis.hgetall(keys.tally(assistant, trial, arm))
        return Tally(
            answers=int(row.get("answers", 0)),
            errors=int(row.get("errors", 0)),
            log_length=float(row.get("log_length", 0.0)),
            squares=float(row.get("squares", 0.0)),
            waits={
                int(name.removeprefix(_WAIT)): int(count)
                for name, count in row.items()
                if name.startswith(_WAIT)
            },
        )


def wait_class(seconds: float) -> int:
    """0 up to SHORTEST_S, then one more for each STEP."""
    if seconds <= SHORTEST_S:
        return 0
    # A hair less, so that a class's own bound is in it.
    return math.ceil(math.log(seconds / SHORTEST_S, STEP) - 1e-9)
