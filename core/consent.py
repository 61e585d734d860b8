"""What each person lets be learned from: everything (as long as they say nothing else), nothing, or
a choice per assistant.

It decides for everything they said so far, with one exception: a blind vote on two versions counts
in the trial it was cast in as it did when it was given (People.evidence). Who has voted is told who
was who, so a later choice may follow from that, and evidence that is filtered by it means nothing.
So each change of a person's choice is kept with its time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from core import keys
from core.counting import CONSENT, EVERY_ASSISTANT, RETURN, SWITCHED
from core.store import Store, guard

Choice = Literal["on", "off"]


@dataclass(frozen=True, slots=True)
class Consent:
    """`everywhere` holds for every assistant that `assistants` does not name.

    >>> Consent("off", {"tutor": "on"}).given_to("tutor")
    True
    """

    everywhere: Choice = "on"
    assistants: dict[str, Choice] = field(default_factory=dict)

    def given_to(self, assistant: str) -> bool:
        return self.assistants.get(assistant, self.everywhere) == "on"


class Consents:
    """The only writer of consents."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def get(self, user: str) -> Consent:
        async with guard():
            row = await self._redis.hgetall(keys.consent(user))
        return _of_row(row)

    async def give_back(self, user: str, person: str) -> None:
        """What they had off when they were erased holds again, unless they have said something
        since. `person` is their digest. An opinion of theirs gives it back too.
        """
        await self._store.run_script(RETURN, [keys.consent(user), keys.kept_consent(person)], [])

    async def put(self, user: str, consent: Consent, assistants: Iterable[str]) -> None:
        """Replaces what the person said before. Their opinions count, or do not, from now on, for
        `assistants`: those that there are. Blind votes in a trial stay what they were. Durable.
        """
        names = sorted(set(assistants))
        script_keys = [keys.consent(user)]
        for name in names:
            script_keys += [
                keys.opinions(name, user),
                keys.counts(name),
                keys.gone(name),
                keys.runs(name),
            ]
        said = {EVERY_ASSISTANT: consent.everywhere, **consent.assistants}
        flat = [part for pair in said.items() for part in pair]
        arguments = [repr(time.time()), len(names), *names, *flat]
        await self._store.run_script(CONSENT, script_keys, arguments, durable=True)

    async def withheld(self, assistant: str, users: Sequence[str]) -> set[str]:
        """Those who do not let this assistant learn from them, in one round trip."""
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for user in users:
                pipe.hmget(keys.consent(user), [assistant, EVERY_ASSISTANT])
            rows = await pipe.execute()
        return {
            user
            for user, (here, everywhere) in zip(users, rows, strict=True)
            if _choice(here or everywhere) == "off"
        }

    async def switches(self, assistant: str, users: Sequence[str]) -> dict[str, list[float]]:
        """When their choice for this assistant changed, oldest first (seconds since the epoch, by
        the clock of the process that heard it); of those who ever changed it.
        """
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for user in users:
                pipe.hget(keys.consent(user), f"{SWITCHED}{assistant}")
            found = await pipe.execute()
        return {
            user: [float(at) for at in times.split()]
            for user, times in zip(users, found, strict=True)
            if times
        }


def _of_row(row: dict[str, str]) -> Consent:
    said = {n: _choice(value) for n, value in row.items() if not n.startswith(SWITCHED)}
    return Consent(said.pop(EVERY_ASSISTANT, "on"), said)


def _choice(stored: str | None) -> Choice:
    """Of `on`, or `off` and since when."""
    return cast(Choice, stored.partition(" ")[0]) if stored else "on"
