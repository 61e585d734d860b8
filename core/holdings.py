"""What is somebody's: an index of every message, response, comparison and conversation by person,
so that all of it can be found again, by whose it is and by how long nobody used it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from core import keys
from core.store import Store, guard

SLICE: Final = 500
"""Most that is removed by one call."""
KINDS: Final = {
    "msg": "messages",
    "resp": "responses",
    "cmp": "comparisons",
    "conv": "conversations",
}
"""How ids begin, and what such things are called."""
ANY_AGE: Final = 1e18

# Removes what was last used at a time or before it; what was used meanwhile stays.
# KEYS: holdings, the person's conversations, tally ('' for none), then what belongs to each id.
# ARGV: time, then (id, kind, number of its keys).  Returns how many things were removed.
REMOVE: Final = """
local key, removed = 4, 0
for i = 2, #ARGV, 3 do
  local id, kind, own = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local used = redis.call('ZSCORE', KEYS[1], id)
  if used and tonumber(used) <= tonumber(ARGV[1]) then
    local there = 0
    for k = key, key + own - 1 do there = there + redis.call('DEL', KEYS[k]) end
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    if there > 0 then removed = removed + 1 end
    if there > 0 and KEYS[3] ~= '' then
      redis.call('HINCRBY', KEYS[3], 'removed:' .. kind, 1)
    end
  end
  key = key + own
end
return removed
"""


def note(pipe: Any, assistant: str, user: str, ids: Iterable[str]) -> None:
    """Queues the index entries of what the same pipeline writes after them: what is stored but not
    indexed would never be found again. Also says that they are in use now.
    """
    now = time.time()
    pipe.zadd(keys.holdings(assistant, user), dict.fromkeys(ids, now))
    pipe.sadd(keys.user_assistants(user), assistant)


class Holdings:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def assistants(self, user: str) -> set[str]:
        """Those that have something of this person's."""
        async with guard():
            return set(await self._redis.smembers(keys.user_assistants(user)))

    async def unused(self, assistant: str, user: str, since: float = ANY_AGE) -> list[str]:
        """Up to SLICE ids last used at `since` (seconds since the epoch) or before, the oldest
        first.
        """
        async with guard():
            found: list[str] = await self._redis.zrange(
                keys.holdings(assistant, user), "-inf", since, byscore=True, offset=0, num=SLICE
            )
        return found

    async def remove(
        self, assistant: str, user: str, ids: Sequence[str], since: float = ANY_AGE, tally: str = ""
    ) -> int:
        """Removes those not used after `since`; counts them by kind in the hash at the key `tally`.
        Returns how many were there.
        """
        script_keys = [keys.holdings(assistant, user), keys.user_conversations(user), tally]
        arguments: list[Any] = [repr(since)]
        for identity in ids:
            own = _keys_of(identity)
            script_keys += own
            arguments += [identity, KINDS[identity.partition("_")[0]], len(own)]
        return int(await self._store.run_script(REMOVE, script_keys, arguments, durable=True))

    async def people(self, assistant: str, cursor: int) -> tuple[int, list[str]]:
        """Some of those who have something, and where to go on; 0 is the beginning and the end."""
        pattern = keys.holdings_of_all(assistant)
        prefix = len(pattern) - 1
        async with guard():
            after, found = await self._redis.scan(cursor, match=pattern, count=SLICE)
        return int(after), [name[prefix:] for name in found]


def _keys_of(identity: str) -> list[str]:
    if identity.startswith("conv_"):
        return [keys.conversation(identity), keys.conversation_messages(identity)]
    of = {"msg": keys.message, "resp": keys.response, "cmp": keys.comparison}
    return [of[identity.partition("_")[0]](identity)]
