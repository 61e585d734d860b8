"""How an opinion comes into the log and is taken back: one Lua call each, so that the log, the
opinions that hold, their counts and the timeline never disagree.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import orjson

from core import keys
from core.counting import CONSENTED, COUNTING, RETURNING
from core.records import Feedback
from core.timeline import BOOKING, told

SEEN_TTL_S: Final = 30 * 24 * 3600
"""How long an idempotency key is remembered."""

STORED: Final = 1
THERE: Final = 0
KEY_USED: Final = -1
NO_TARGET: Final = -2

# Appends one opinion, finds that it holds already, or refuses it. A key that was used does not
# bring back what was replaced or taken back since: nobody can tell a late retry from a wish.
# KEYS: seen, log, opinions, counts, consent, keys used, timeline, booked, kept consent, record
# that must be there or ''.
# ARGV: id, kind, user, target, at, body, ttl, key or '', assistant, now, what it is counted as.
# What holds already is written to without a change, also on a full server: it need not be on disk
# yet, and the wait for the disk is a wait for a write.
# Returns {id, STORED or THERE}, {id that the key has named, KEY_USED, id that holds or ''} or
# {'', NO_TARGET}.
APPEND: Final = f"""
{CONSENTED}
{RETURNING}
{BOOKING}
local function remember(id)
  if ARGV[8] == '' then return end
  redis.call('SET', KEYS[1], id, 'EX', ARGV[7])
  redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', ARGV[10] - ARGV[7])
  redis.call('ZADD', KEYS[6], ARGV[10], ARGV[8])
  redis.call('EXPIRE', KEYS[6], ARGV[7])
end
local slot, seen = ARGV[2] .. ':' .. ARGV[4], false
if ARGV[8] ~= '' then seen = redis.call('GET', KEYS[1]) end
local held, at, body = string.match(redis.call('HGET', KEYS[3], slot) or '', '^(%S+) (%S+) (.*)$')
if body == ARGV[6] then
  if not seen then remember(held) end
  redis.call('EXPIRE', KEYS[3], ARGV[7])
  redis.call('PERSIST', KEYS[3])
  return {{held, {THERE}}}
end
if seen then return {{seen, {KEY_USED}, held or ''}} end
if KEYS[10] ~= '' and redis.call('EXISTS', KEYS[10]) == 0 then return {{'', {NO_TARGET}}} end
give_back(KEYS[5], KEYS[9])
if held then
  book_out(KEYS[7], KEYS[8], slot, at)
elseif counts(KEYS[5], ARGV[9]) then
  redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
end
redis.call('XADD', KEYS[2], '*', 'id', ARGV[1], 'kind', ARGV[2], 'user', ARGV[3],
  'target', ARGV[4], 'at', ARGV[5], 'body', ARGV[6])
redis.call('HSET', KEYS[3], slot, ARGV[1] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
book_in(KEYS[7], KEYS[8], slot, ARGV[5], ARGV[11])
remember(ARGV[1])
return {{ARGV[1], {STORED}}}
"""

# Takes an opinion back: a `retract` event in the log, and the opinion is gone.
# KEYS: log, opinions, counts, gone, runs, consent, timeline, booked.
# ARGV: id of the retraction, user, feedback id, at, assistant, slot.  Returns 1 if it was there.
RETRACT: Final = f"""
{COUNTING}
{BOOKING}
local packed = redis.call('HGET', KEYS[2], ARGV[6])
if not packed or string.match(packed, '^(%S+)') ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[6])
book_out(KEYS[7], KEYS[8], ARGV[6], said_at(packed))
if counts(KEYS[6], ARGV[5]) then uncount(KEYS[3], KEYS[4], KEYS[5], ARGV[6], packed) end
redis.call('XADD', KEYS[1], '*', 'id', ARGV[1], 'kind', 'retract', 'user', ARGV[2],
  'target', ARGV[3], 'at', ARGV[4], 'body', '{{}}')
return 1
"""


def append_call(
    said: Feedback, key: str, versions: Sequence[str], person: str, on_record: bool = False
) -> tuple[list[str], list[Any]]:
    """Keys and arguments of APPEND. `person` is the user's digest; `on_record`: the record of the
    target must be there.
    """
    record = keys.comparison if said.kind in ("comparison", "ranking") else keys.response
    script_keys = [
        keys.feedback_seen(said.assistant, said.user, key),
        keys.feedback(said.assistant),
        keys.opinions(said.assistant, said.user),
        keys.counts(said.assistant),
        keys.consent(said.user),
        keys.feedback_keys(said.assistant, said.user),
        keys.timeline(said.assistant),
        keys.booked(said.assistant, said.user),
        keys.kept_consent(person),
        record(said.target) if on_record else "",
    ]
    packed = orjson.dumps(said.body, option=orjson.OPT_SORT_KEYS).decode()
    opinion = [said.id, said.kind, said.user, said.target, repr(said.at), packed]
    rest = [SEEN_TTL_S, key, said.assistant, repr(time.time()), told(said, versions)]
    return script_keys, [*opinion, *rest]
