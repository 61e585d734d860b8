"""Rates, quotas and streams at once, per subject (a person, an API key), in one call to Redis for
all subjects and kinds together: all are charged, or none.

Requests run through the generic cell rate algorithm (ITU-T I.371, annex A, virtual scheduling; as
in https://brandur.org/rate-limiting): with T = 60 s / limit, a request is taken while the
theoretical arrival time TAT, which each one moves on by T, is at most a minute ahead; so a burst
has at most `limit`. Tokens are counted when an answer has ended, within 24 hours of the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core import keys
from core.errors import LimitReached
from core.store import Store, guard

STREAM_S: Final = 900
"""An answer that takes longer counts no more: whoever should have given it back may be dead."""
DAY_S: Final = 24 * 3600
KINDS: Final = ("requests", "tokens", "streams")
WORDS: Final = {
    "requests": "requests per minute",
    "tokens": "tokens per day",
    "streams": "answers at once",
}

# KEYS: requests, tokens, streams of each subject.  ARGV: id of the answer ('' for none), how long
# it counts (ms), then of each subject the three limits, 0 for none.
# Returns which limit stops it ('' for none), of which subject, for how long (ms), and of each
# subject left and reset (ms) of requests, then of tokens.
ADMIT: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local stream = ARGV[1]
local why, whose, wait, told, arrivals = '', 0, -1, {}, {}
local function stop(kind, subject, ms)
  if ms > wait then why, whose, wait = kind, subject, ms end
end
for i = 1, #KEYS / 3 do
  local key, limit = 3 * i - 3, 3 * i - 1
  local requests, tokens = tonumber(ARGV[limit + 1]), tonumber(ARGV[limit + 2])
  local left, reset = 0, 0
  if requests > 0 then
    local every = 60000 / requests
    local before = math.max(tonumber(redis.call('GET', KEYS[key + 1]) or '0'), now)
    local after = before + every
    reset = after - now
    if reset > 60000.001 then
      stop('requests', i, reset - 60000)
      reset = before - now
    else
      left = math.floor((60000 - reset) / every + 0.001)
      arrivals[KEYS[key + 1]] = after
    end
  end
  told[#told + 1], told[#told + 2] = left, math.ceil(reset)
  left, reset = 0, 0
  if tokens > 0 then
    left = tokens - tonumber(redis.call('GET', KEYS[key + 2]) or '0')
    reset = math.max(redis.call('PTTL', KEYS[key + 2]), 0)
    if left <= 0 and stream ~= '' then stop('tokens', i, reset) end
  end
  told[#told + 1], told[#told + 2] = math.max(left, 0), reset
  local most = tonumber(ARGV[limit + 3])
  if most > 0 and stream ~= '' then
    redis.call('ZREMRANGEBYSCORE', KEYS[key + 3], '-inf', now)
    if redis.call('ZCARD', KEYS[key + 3]) >= most then stop('streams', i, 1000) end
  end
end
if why == '' then
  for key, after in pairs(arrivals) do
    redis.call('SET', key, string.format('%.3f', after), 'PX', math.ceil(after - now))
  end
  for i = 1, #KEYS / 3 do
    if stream ~= '' and tonumber(ARGV[3 * i + 2]) > 0 then
      redis.call('ZADD', KEYS[3 * i], now + ARGV[2], stream)
      redis.call('PEXPIRE', KEYS[3 * i], ARGV[2])
    end
  end
end
return {why, whose, math.ceil(wait), unpack(told)}
"""

# KEYS: streams of each subject.  ARGV: id of an answer that was admitted, how long it counts (ms),
# how many places it takes in all, then of each subject the limit.
# Returns whose limit stops it, 0 for nobody's.
WIDEN: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local more = ARGV[3] - 1
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('ZCARD', key) + more > tonumber(ARGV[3 + i]) then return i end
end
for _, key in ipairs(KEYS) do
  for place = 1, more do
    redis.call('ZADD', key, now + ARGV[2], ARGV[1] .. ':' .. place)
  end
  redis.call('PEXPIRE', key, ARGV[2])
end
return 0
"""

# KEYS: tokens of each subject.  ARGV: how many, expiry in seconds.
SPEND: Final = """
for _, key in ipairs(KEYS) do
  if redis.call('INCRBY', key, ARGV[1]) == tonumber(ARGV[1]) then
    redis.call('EXPIRE', key, ARGV[2])
  end
end
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is limited, and to what; 0 for no limit. `name` goes into keys, `shown` into messages."""

    name: str
    shown: str
    requests: int
    tokens: int
    streams: int

    @property
    def limits(self) -> tuple[int, int, int]:
        """In the order of KINDS."""
        return self.requests, self.tokens, self.streams


@dataclass(frozen=True, slots=True)
class Left:
    """What a subject has left of one limit, and in how many milliseconds it is whole again."""

    limit: int
    left: int
    reset_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the subject with the least left has; None where nothing is limited. `refusal`: why
    nobody was charged, and for how long it would be so.
    """

    requests: Left | None = None
    tokens: Left | None = None
    refusal: LimitReached | None = None


class Limits:
    """The only writer of what was used up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def admit(self, subjects: Sequence[Subject], stream: str = "") -> Standing:
        """Charges one request and, with `stream`, the place of an answer."""
        names = [keys.limit(s.name, kind) for s in subjects for kind in KINDS]
        arguments = [stream, STREAM_S * 1000, *(most for s in subjects for most in s.limits)]
        why, whose, wait_ms, *told = await self._store.run_script(ADMIT, names, arguments)
        refusal = _refusal(subjects[whose - 1], why, wait_ms) if why else None
        return _standing(subjects, told, refusal)

    async def widen(
        self, subjects: Sequence[Subject], stream: str, places: int
    ) -> LimitReached | None:
        """Makes what was admitted as one answer take several places; returns why not."""
        names = [keys.limit(s.name, "streams") for s in subjects]
        arguments = [stream, STREAM_S * 1000, places, *(s.streams for s in subjects)]
        whose = await self._store.run_script(WIDEN, names, arguments)
        return _refusal(subjects[whose - 1], "streams", 1000) if whose else None

    async def release(self, subjects: Iterable[Subject], stream: str, places: int = 1) -> None:
        """The answers have ended."""
        taken = [stream, *(f"{stream}:{place}" for place in range(1, places))]
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for subject in subjects:
                if subject.streams:
                    pipe.zrem(keys.limit(subject.name, "streams"), *taken)
            await pipe.execute()

    async def spend(self, subjects: Iterable[str], tokens: int) -> None:
        """Counts tokens for subjects, by name."""
        names = [keys.limit(name, "tokens") for name in subjects]
        if names and tokens:
            await self._store.run_script(SPEND, names, [tokens, DAY_S])


def _refusal(subject: Subject, why: str, wait_ms: int) -> LimitReached:
    most = subject.limits[KINDS.index(why)]
    return LimitReached(
        f"Rate limit reached for {subject.shown}: {most} {WORDS[why]}; try again later",
        max(1, math.ceil(wait_ms / 1000)),
    )


def _standing(
    subjects: Sequence[Subject], told: Sequence[int], refusal: LimitReached | None
) -> Standing:
    requests = [Left(s.requests, *told[4 * i : 4 * i + 2]) for i, s in enumerate(subjects)]
    tokens = [Left(s.tokens, *told[4 * i + 2 : 4 * i + 4]) for i, s in enumerate(subjects)]
    return Standing(least(*requests), least(*tokens), refusal)


def least(*standings: Left | None) -> Left | None:
    """The one with the least left, of those that are limited."""
    return min((s for s in standings if s and s.limit), key=lambda s: s.left, default=None)
