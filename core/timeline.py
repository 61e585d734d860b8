"""What people said and how many answers there were, by hour, day and week (UTC, weeks from Monday).

Figures change in the very call that changes an opinion: one that is replaced, taken back or erased
is taken out of the buckets it was counted in, so nothing is ever counted anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import orjson

from core import keys
from core.opinions import pairs
from core.records import Feedback, fields_of
from core.store import Store, guard

Span = Literal["hour", "day", "week"]

SECONDS: Final[dict[Span, int]] = {"hour": 3600, "day": 86400, "week": 604800}
OFFSET_S: Final[dict[Span, int]] = {"hour": 0, "day": 0, "week": 3 * 86400}
"""The epoch began on a Thursday, weeks on the Monday before it."""

# `book_in` counts an opinion, `book_out` forgets that it was counted. `mine` is the person's hash:
# what each opinion was counted as, and how many of them are in each bucket. Weeks are sums of days,
# but for their people.
BOOKING: Final = """
local function person(mine, bucket, sign)
  local theirs = redis.call('HINCRBY', mine, bucket, sign)
  if theirs == 0 then redis.call('HDEL', mine, bucket) end
  return (theirs == 0 or theirs == sign) and sign or 0
end
local function add(row, what, number)
  local sum = (row[what] or 0) + number
  if sum == 0 then row[what] = nil else row[what] = sum end
end
local function book_row(timeline, mine, bucket, told, sign)
  local row = cjson.decode(redis.call('HGET', timeline, bucket) or '{}')
  for what, number in pairs(told) do add(row, what, sign * number) end
  add(row, 'people', person(mine, bucket, sign))
  if next(row) then
    redis.call('HSET', timeline, bucket, cjson.encode(row))
  else
    redis.call('HDEL', timeline, bucket)
  end
end
local function book(timeline, mine, at, told, sign)
  book_row(timeline, mine, 'hour:' .. math.floor(at / 3600), told, sign)
  book_row(timeline, mine, 'day:' .. math.floor(at / 86400), told, sign)
  local week = 'week:' .. math.floor((at + 259200) / 604800)
  local change = person(mine, week, sign)
  if change ~= 0 and redis.call('HINCRBY', timeline, week, change) == 0 then
    redis.call('HDEL', timeline, week)
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
        first = number_at(span, since)
        last = max(first, number_at(span, until - 1e-6))
        if span != "week":
            return await self._rows(assistant, span, first, last)
        days = await self._rows(assistant, "day", *_days(first, last))
        people = await self._people(assistant, first, last)
        return [_sum(days[7 * place : 7 * place + 7], count) for place, count in enumerate(people)]

    async def _rows(self, assistant: str, span: Span, first: int, last: int) -> list[Bucket]:
        numbers = range(first, last + 1)
        names = [f"{span}:{number}" for number in numbers]
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hmget(keys.timeline(assistant), names)
            pipe.hmget(keys.timeline(assistant), [answers_in(name) for name in names])
            said, answered = await pipe.execute()
        return [
            _bucket(start_of(span, number), orjson.loads(row or "{}"), int(answers or 0))
            for number, row, answers in zip(numbers, said, answered, strict=True)
        ]

    async def _people(self, assistant: str, first: int, last: int) -> list[int]:
        """Of each week."""
        names = [f"week:{number}" for number in range(first, last + 1)]
        async with guard():
            found = await self._redis.hmget(keys.timeline(assistant), names)
        return [int(count or 0) for count in found]


def number_at(span: Span, at: float) -> int:
    """Which bucket a moment is in."""
    return int((at + OFFSET_S[span]) // SECONDS[span])


def start_of(span: Span, number: int) -> int:
    return number * SECONDS[span] - OFFSET_S[span]


def _days(first: int, last: int) -> tuple[int, int]:
    """The first and the last day of these weeks."""
    return number_at("day", start_of("week", first)), number_at("day", start_of("week", last)) + 6


def answers_in(bucket: str) -> str:
    """Field that counts the answers of a bucket."""
    return f"answers:{bucket}"


def answer_fields(at: float) -> list[str]:
    """Fields in which an answer that began then is counted."""
    hour, day = number_at("hour", at), number_at("day", at)
    return [answers_in(f"hour:{hour}"), answers_in(f"day:{day}")]


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
    tallies = {v: Tally(**fields_of(Tally, figures)) for v, figures in sorted(by_version.items())}
    return Bucket(
        start=start,
        responses=answers,
        thumbs_up=sum(tally.up for tally in tallies.values()),
        thumbs_down=sum(tally.down for tally in tallies.values()),
        comparisons=row.get("comparisons", 0),
        people=row.get("people", 0),
        by_version=tallies,
    )


def _sum(days: Sequence[Bucket], people: int) -> Bucket:
    """Of a whole week."""
    sums: dict[str, Counter[str]] = {}
    for day in days:
        for version, tally in day.by_version.items():
            sums.setdefault(version, Counter()).update(asdict(tally))
    return Bucket(
        start=days[0].start,
        responses=sum(day.responses for day in days),
        thumbs_up=sum(day.thumbs_up for day in days),
        thumbs_down=sum(day.thumbs_down for day in days),
        comparisons=sum(day.comparisons for day in days),
        people=people,
        by_version={version: Tally(**figures) for version, figures in sorted(sums.items())},
    )
