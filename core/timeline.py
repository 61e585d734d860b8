"""What people said and how many answers there were, by hour, day and week (UTC, weeks from Monday).

Figures change in the very call that changes an opinion: one that is replaced, taken back or erased
is taken out of the buckets it was counted in, so nothing is ever counted anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from core import keys
from core.opinions import pairs
from core.records import Feedback
from core.store import Store, guard

Span = Literal["hour", "day", "week"]

SECONDS: Final[dict[Span, int]] = {"hour": 3600, "day": 86400, "week": 604800}
OFFSET_S: Final[dict[Span, int]] = {"hour": 0, "day": 0, "week": 3 * 86400}
"""The epoch began on a Thursday, weeks on the Monday before it."""

# `book_in` counts an opinion, `book_out` forgets that it was counted. `mine` is the person's hash:
# what each opinion was counted as, and how many of them are in each bucket.
BOOKING: Final = """
local SPANS = {hour = {3600, 0}, day = {86400, 0}, week = {604800, 259200}}
local function book(timeline, mine, at, told, sign)
  for name, span in pairs(SPANS) do
    local bucket = string.format('%s:%d', name, math.floor((at + span[2]) / span[1]))
    local row = cjson.decode(redis.call('HGET', timeline, bucket) or '{}')
    local function add(what, n)
      local sum = (row[what] or 0) + n
      if sum == 0 then row[what] = nil else row[what] = sum end
    end
    for what, n in pairs(told) do add(what, sign * n) end
    local theirs = redis.call('HINCRBY', mine, bucket, sign)
    if theirs == 0 then redis.call('HDEL', mine, bucket) end
    if theirs == 0 or theirs == sign then add('people', sign) end
    if next(row) then
      redis.call('HSET', timeline, bucket, cjson.encode(row))
    else
      redis.call('HDEL', timeline, bucket)
    end
  end
end
local function book_in(timeline, mine, slot, at, told)
  redis.call('HSET', mine, slot, told)
  book(timeline, mine, tonumber(at), cjson.decode(told), 1)
end
local function book_out(timeline, mine, slot, at)
  local told = redis.call('HGET', mine, slot)
  if not told then return end
  redis.call('HDEL', mine, slot)
  book(timeline, mine, tonumber(at), cjson.decode(told), -1)
end
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one version: its thumbs, and pairs of answers in which it stood against another version.
    Both bad is a tie.
    """

    up: int = 0
    down: int = 0
    wins: int = 0
    losses: int = 0
    ties: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Opinions that hold now, at the time they were given. `start`: seconds since the epoch.
    `responses`: answers that ended or were stopped. `comparisons`: choices and rankings. `people`:
    who gave feedback.
    """

    start: int
    responses: int
    thumbs_up: int
    thumbs_down: int
    comparisons: int
    people: int
    by_version: dict[str, Tally]


class Timeline:
    """Reads what the feedback log and the responses book."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis

    async def buckets(self, assistant: str, span: Span, since: float, until: float) -> list[Bucket]:
        """Every bucket that has some of [since, until), empty ones too, the oldest first."""
        numbers = range(number_at(span, since), number_at(span, until - 1e-6) + 1)
        names = [f"{span}:{number}" for number in numbers]
        if not names:
            return []
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hmget(keys.timeline(assistant), names)
            pipe.hmget(keys.timeline(assistant), [answers_in(name) for name in names])
            said, answered = await pipe.execute()
        return [
            _bucket(start_of(span, number), orjson.loads(row or "{}"), int(answers or 0))
            for number, row, answers in zip(numbers, said, answered, strict=True)
        ]


def number_at(span: Span, at: float) -> int:
    """Which bucket a moment is in."""
    return int((at + OFFSET_S[span]) // SECONDS[span])


def start_of(span: Span, number: int) -> int:
    return number * SECONDS[span] - OFFSET_S[span]


def answers_in(bucket: str) -> str:
    """Field that counts the answers of a bucket."""
    return f"answers:{bucket}"


def answer_fields(at: float) -> list[str]:
    """Fields in which an answer that began then is counted."""
    return [answers_in(f"{span}:{number_at(span, at)}") for span in SECONDS]


def told(opinion: Feedback, versions: Sequence[str]) -> str:
    """What an opinion is counted as (JSON): figure -> number. `versions`: of the answers it is
    about, in the order shown; empty where nobody knows them.

    >>> told(Feedback("fb", "thumb", "support", "eva", "resp", 0.0, {"value": "up"}), ["base"])
    '{"up base":1}'
    """
    figures: Counter[str] = Counter()
    if opinion.kind == "thumb" and versions:
        figures[f"{opinion.body['value']} {versions[0]}"] = 1
    elif opinion.kind in ("comparison", "ranking"):
        figures["comparisons"] = 1
        figures.update(_judged(opinion, versions))
    return orjson.dumps(figures).decode()


def _judged(opinion: Feedback, versions: Sequence[str]) -> Iterator[str]:
    """A figure for each side of each pair of versions that differ."""
    if not versions:
        return
    for first, second, outcome in pairs(opinion, len(versions)):
        one, other = versions[first], versions[second]
        if one == other:
            continue
        decided = outcome in ("first", "second")
        yield f"{('wins' if outcome == 'first' else 'losses') if decided else 'ties'} {one}"
        yield f"{('wins' if outcome == 'second' else 'losses') if decided else 'ties'} {other}"


def _bucket(start: int, row: Mapping[str, int], answers: int) -> Bucket:
    by_version: dict[str, dict[str, Any]] = {}
    for name, number in row.items():
        what, _, version = name.partition(" ")
        if version:
            by_version.setdefault(version, {})[what] = number
    tallies = {version: Tally(**figures) for version, figures in sorted(by_version.items())}
    return Bucket(
        start=start,
        responses=answers,
        thumbs_up=sum(tally.up for tally in tallies.values()),
        thumbs_down=sum(tally.down for tally in tallies.values()),
        comparisons=row.get("comparisons", 0),
        people=row.get("people", 0),
        by_version=tallies,
    )
