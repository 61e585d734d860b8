"""Erasure of a person: everything that is theirs goes, except a record under a digest of their name
that says so and keeps them out of what is learned later. Who had consent off finds it off when they
come back.

The record comes first and its end last, so an erasure that was killed half way is found and goes
on. Every step may be done again: it removes what is still there.

A trial that goes on keeps of them how many votes they took along, and when they gave the first: who
has voted knows whom for, so votes that leave may leave for that, and count as lost for either side
(worker/canary/evidence.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import orjson

from core import keys
from core.archive import Archive
from core.entries import Entries
from core.fold import BLIND
from core.forgetting import SLICE, Forgetting
from core.holdings import Holdings
from core.people import People
from core.redact import hash_name
from core.store import Store, guard
from core.trials import Left, Trials

LEASE_S: Final = 30
"""Who erases and is not heard of for this long is dead."""
_REMOVED: Final = "removed:"

# Begins an erasure, unless it is under way. Versions found before stay named.
# KEYS: erasure, erasing.  ARGV: digest, user, now, digest of their hashed name.
BEGIN: Final = """
if (redis.call('HGET', KEYS[2], ARGV[1]) or '') ~= '' then return end
local versions = redis.call('HGET', KEYS[1], 'versions')
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'began', ARGV[3], 'versions', versions or '[]', 'hashed', ARGV[4])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
"""

# Nothing is left but what they said since, with their consent if they are back already. Else, where
# it is off for something, it is kept under the digest until they are.
# KEYS: erasure, erasing, salt, consent, their assistants, kept consent, then the holdings with each
# assistant.  ARGV: digest, now, names of the assistants.
END: Final = """
redis.call('DEL', KEYS[3])
local back, off = false, false
for i = 7, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    back = true
  else
    redis.call('SREM', KEYS[5], ARGV[i - 4])
  end
end
for _, said in ipairs(redis.call('HVALS', KEYS[4])) do
  off = off or string.match(said, '^off') ~= nil
end
if off and not back then redis.call('RENAME', KEYS[4], KEYS[6]) end
if not back then redis.call('DEL', KEYS[4]) end
redis.call('HSET', KEYS[1], 'ended', ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1], '')
"""

# KEYS: erasing.  ARGV: digest.
FINISH: Final = """
if redis.call('HGET', KEYS[1], ARGV[1]) == '' then redis.call('HDEL', KEYS[1], ARGV[1]) end
"""


@dataclass(frozen=True, slots=True)
class Erasure:
    """`person` is a digest. `removed`: how many things of each kind. `versions`: those that learned
    from the person before. Times in seconds since the epoch; `ended` is 0.0 as long as something
    of theirs is in the store.
    """

    person: str
    began: float
    ended: float
    removed: dict[str, int]
    versions: list[str]


class Erasures:
    """The only writer of erasures."""

    def __init__(self, store: Store, people: People, archive: Archive) -> None:
        self._store = store
        self._redis = store.redis
        self._people = people
        self._holdings = Holdings(store)
        self._forgetting = Forgetting(store, archive)
        self._entries = Entries(store, archive)
        self._trials = Trials(store)

    async def begin(self, user: str) -> Erasure:
        """Durably: from now on nothing that they said before is learned from. An erasure that is
        under way is gone on with; who came back is erased anew.
        """
        person = await self._people.digest(user)
        script_keys = [keys.erasure(person), keys.erasing()]
        hashed = await self._people.digest(hash_name(user))
        arguments = [person, user, repr(time.time()), hashed]
        await self._store.run_script(BEGIN, script_keys, arguments, durable=True)
        return await self.get(person)

    async def remove(self, user: str, assistants: Iterable[str]) -> Erasure:
        """Removes what is theirs, in slices. `assistants`: those declared; others that the person
        chatted with once are found.
        """
        person = await self._people.digest(user)
        tally = keys.erasure(person)
        names = sorted({*assistants, *await self._holdings.assistants(user)})
        for assistant in names:
            await self._leave_trials(assistant, user, person)
            await self._remove_holdings(assistant, user, person)
            await self._work_on(person)
            await self._forgetting.all_opinions(assistant, user, tally)
            await self._forgetting.keys_used(assistant, user)
            await self._work_on(person)
            await self._forgetting.entries_of(assistant, user, tally)
        await self.remove_weights(person, names)
        await self._end(user, person, names)
        return await self.get(person)

    async def get(self, person: str) -> Erasure:
        async with guard():
            row = await self._redis.hgetall(keys.erasure(person))
        removed = {n.removeprefix(_REMOVED): int(row[n]) for n in row if n.startswith(_REMOVED)}
        return Erasure(
            person=person,
            began=float(row.get("began", 0.0)),
            ended=float(row.get("ended", 0.0)),
            removed=dict(sorted(removed.items())),
            versions=orjson.loads(row.get("versions", "[]")),
        )

    async def note_versions(self, person: str, versions: Iterable[str]) -> None:
        """Adds versions that learned from the person."""
        known = (await self.get(person)).versions
        async with guard():
            every = orjson.dumps(sorted({*known, *versions}))
            await self._redis.hset(keys.erasure(person), "versions", every)

    async def of_person(self, person: str, names: Iterable[str]) -> list[str]:
        """Those that are the person's: their own, or the hash that stands for it where names are
        redacted.
        """
        async with guard():
            hashed = await self._redis.hget(keys.erasure(person), "hashed")
        return [name for name in names if await self._people.digest(name) in (person, hashed)]

    async def remove_weights(self, person: str, assistants: Iterable[str]) -> None:
        """What their votes weigh in trials that have no verdict; with that all weights go."""
        for assistant in assistants:
            for weights, names in (await self._weighed(assistant)).items():
                theirs = await self.of_person(person, names)
                if theirs:
                    async with guard():
                        await self._redis.hdel(weights, *theirs)

    async def open(self) -> dict[str, str]:
        """Erasures that are not finished: digest -> name, "" where only files are left to clear."""
        async with guard():
            found: dict[str, str] = await self._redis.hgetall(keys.erasing())
        return found

    async def is_worked_on(self, person: str) -> bool:
        async with guard():
            return bool(await self._redis.exists(keys.erasure_lease(person)))

    async def finish(self, person: str) -> None:
        """Files are cleared too. Nothing when the person is being erased again."""
        await self._store.run_script(FINISH, [keys.erasing()], [person])

    async def _leave_trials(self, assistant: str, user: str, person: str) -> None:
        """Before anything of their votes goes. This erasure's name is the digest and its time."""
        began = (await self.get(person)).began
        for trial in await self._trials.open(assistant):
            given: dict[str, float] = {}
            async for rows in self._entries.after(assistant, trial.first, SLICE):
                await self._work_on(person)
                for row in (row for _, row in rows if row["user"] == user):
                    if row["kind"] in BLIND:
                        given.setdefault(row["target"], float(row["at"]))
            if given:
                left = Left(len(given), min(given.values()))
                await self._trials.leave(trial, f"{person}:{began!r}", left)

    async def _remove_holdings(self, assistant: str, user: str, person: str) -> None:
        while ids := await self._holdings.unused(assistant, user):
            await self._work_on(person)
            await self._holdings.remove(assistant, user, ids, tally=keys.erasure(person))

    async def _weighed(self, assistant: str) -> dict[str, list[str]]:
        """Keys of weights, and who is named there."""
        async with guard():
            trials = await self._redis.zrange(keys.trials(assistant), 0, -1)
            weights = [keys.trial_weights(assistant, trial) for trial in trials]
            pipe = self._redis.pipeline(transaction=False)
            for name in weights:
                pipe.hkeys(name)
            found = await pipe.execute()
        return {name: people for name, people in zip(weights, found, strict=True) if people}

    async def _work_on(self, person: str) -> None:
        async with guard():
            await self._redis.set(keys.erasure_lease(person), "1", ex=LEASE_S)

    async def _end(self, user: str, person: str, assistants: list[str]) -> None:
        script_keys = [
            keys.erasure(person),
            keys.erasing(),
            keys.user_salt(user),
            keys.consent(user),
            keys.user_assistants(user),
            keys.kept_consent(person),
            *(keys.holdings(assistant, user) for assistant in assistants),
        ]
        arguments = [person, repr(time.time()), *assistants]
        await self._store.run_script(END, script_keys, arguments, durable=True)
        async with guard():
            await self._redis.delete(keys.erasure_lease(person))
