"""Trials: a version against the champion on live traffic, from when it began to its one verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from core import keys
from core.assistants import Canary
from core.errors import NotFound
from core.records import Verdict, decode, encode
from core.store import Store, guard

# Begins a trial, once.
# KEYS: trial, weights, trials.  ARGV: record, challenger, when it began, then (person, weight).
ADD: Final = """
if redis.call('HSETNX', KEYS[1], 'record', ARGV[1]) == 0 then return end
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
"""

# Gives a trial its only verdict.
# KEYS: trial, weights.  ARGV: verdict, figures, path ('' to leave it).  Returns 1 if it had none.
END: Final = """
if redis.call('HSETNX', KEYS[1], 'verdict', ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'figures', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'path', ARGV[3]) end
redis.call('DEL', KEYS[2])
return 1
"""


CLOCK_SKEW_S: Final = 60.0
"""The log's positions are the store's time, a trial's beginning a worker's."""
_LEFT: Final = "left:"
"""How fields of a trial begin that say who was erased."""


@dataclass(frozen=True, slots=True)
class Look:
    """`seen`: when the newest opinion came, how many answers of each arm there were, and whether
    the assistant was held (0 or 1). `at` in seconds since the epoch.
    """

    seen: list[float]
    at: float
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Wealth:
    """The evidence after so many votes, as the wealth of who bet on it with 1: that the challenger
    is better, and that it is worse. `at`: when the last of them was given, in seconds since the
    epoch.

    >>> Wealth(at=1790000000.0, votes=12, better=3.4, worse=0.2)
    """

    at: float
    votes: int
    better: float
    worse: float


@dataclass(frozen=True, slots=True)
class Left:
    """Who voted in a trial and was erased: how many votes of theirs are gone, at most, and when the
    first of them was given (seconds since the epoch).
    """

    votes: int
    at: float


@dataclass(frozen=True, slots=True)
class Trial:
    """`number`: which trial against this champion it is, from 1; of `alpha`, the share of false
    promotions allowed over all of them, each later one may spend less. Times in seconds since the
    epoch; `ends` is the deadline. `cap`: votes of one person that count.
    """

    assistant: str
    challenger: str
    champion: str
    run: str
    number: int
    share: float
    alpha: float
    began: float
    ends: float
    cap: int = Canary().cap
    figures: dict[str, Any] = field(default_factory=dict)
    look: Look | None = None
    """The last one, which the figures are of."""
    verdict: Verdict | None = None

    @property
    def first(self) -> str:
        """A position in the feedback log before its first vote."""
        return f"{int(max(0.0, self.began - CLOCK_SKEW_S) * 1000)}-0"


class Trials:
    """The only writer of trials. A version is tried once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def add(self, trial: Trial, weights: Mapping[str, float]) -> Trial:
        """The same trial again is the one that is there. `weights`: what votes weigh in it by
        person, 1 for who is not named; gone when it ends.
        """
        names = [*_keys_of(trial), keys.trials(trial.assistant)]
        weighed = [str(part) for pair in weights.items() for part in pair]
        arguments = [encode(trial).decode(), trial.challenger, repr(trial.began), *weighed]
        await self._store.run_script(ADD, names, arguments)
        return await self.get(trial.assistant, trial.challenger)

    async def weights(self, trial: Trial) -> dict[str, float]:
        """As given to `add`."""
        async with guard():
            row = await self._redis.hgetall(_keys_of(trial)[1])
        return {person: float(weight) for person, weight in row.items()}

    async def leave(self, trial: Trial, erasure: str, left: Left) -> None:
        """Somebody is being erased. Noted once for each `erasure`, a name that is no person's."""
        name = keys.trial(trial.assistant, trial.challenger)
        async with guard():
            await self._redis.hsetnx(name, f"{_LEFT}{erasure}", encode(left))

    async def left(self, trial: Trial) -> list[Left]:
        """As given to `leave`, in no order."""
        async with guard():
            row = await self._redis.hgetall(keys.trial(trial.assistant, trial.challenger))
        return [decode(Left, said) for name, said in row.items() if name.startswith(_LEFT)]

    async def get(self, assistant: str, version: str) -> Trial:
        """Raises NotFound."""
        async with guard():
            row = await self._redis.hgetall(keys.trial(assistant, version))
        if "record" not in row:
            raise NotFound(f"{version!r} of {assistant!r} was never on trial")
        return _of_row(row)

    async def of(self, assistant: str, limit: int = 100) -> list[Trial]:
        """Newest first."""
        async with guard():
            names = await self._redis.zrevrange(keys.trials(assistant), 0, limit - 1)
        return [await self.get(assistant, name) for name in names]

    async def open(self, assistant: str, limit: int = 100) -> list[Trial]:
        """Of the newest `limit` those without a verdict, newest first."""
        async with guard():
            names = await self._redis.zrevrange(keys.trials(assistant), 0, limit - 1)
            pipe = self._redis.pipeline(transaction=False)
            for name in names:
                pipe.hexists(keys.trial(assistant, name), "verdict")
            ended = await pipe.execute() if names else []
        pairs = zip(names, ended, strict=True)
        return [await self.get(assistant, name) for name, over in pairs if not over]

    async def path(self, assistant: str, version: str) -> list[Wealth]:
        """How the evidence came to be what it is, oldest first; empty where nobody has voted."""
        async with guard():
            raw = await self._redis.hget(keys.trial(assistant, version), "path")
        return [Wealth(*point) for point in orjson.loads(raw)] if raw else []

    async def note(
        self, trial: Trial, figures: dict[str, Any], look: Look, path: Sequence[Wealth] = ()
    ) -> None:
        """What is known so far, for watchers, and by which look."""
        fields = {
            "figures": orjson.dumps(figures),
            "look": encode(look),
            "path": _path_json(path),
        }
        async with guard():
            await self._redis.hset(keys.trial(trial.assistant, trial.challenger), mapping=fields)

    async def end(self, trial: Trial, verdict: Verdict, path: Sequence[Wealth] = ()) -> bool:
        """False when it has a verdict already. No `path`: what was noted stays."""
        figures = orjson.dumps(verdict.figures).decode()
        arguments = [encode(verdict).decode(), figures, _path_json(path).decode() if path else ""]
        return bool(
            int(await self._store.run_script(END, _keys_of(trial), arguments, durable=True))
        )


def _keys_of(trial: Trial) -> list[str]:
    """Of the trial and of its weights."""
    return [
        keys.trial(trial.assistant, trial.challenger),
        keys.trial_weights(trial.assistant, trial.challenger),
    ]


def _path_json(path: Sequence[Wealth]) -> bytes:
    return orjson.dumps([[p.at, p.votes, p.better, p.worse] for p in path])


def _of_row(row: dict[str, str]) -> Trial:
    verdict = decode(Verdict, row["verdict"]) if "verdict" in row else None
    look = decode(Look, row["look"]) if "look" in row else None
    figures = orjson.loads(row.get("figures", "{}"))
    return replace(decode(Trial, row["record"]), figures=figures, look=look, verdict=verdict)
