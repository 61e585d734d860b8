"""Whose opinions may be learned from. Everybody who reads the log to learn from it asks here."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from core import keys
from core.consent import Consents
from core.fold import BLIND
from core.ids import made_at
from core.records import Feedback
from core.store import Store, guard

AT_ONCE: Final = 1000
"""Log entries whose people are looked up together."""
ERASED: Final = "erased"
"""Why nothing at all is made of an opinion."""
MOST_KNOWN: Final = 100_000
"""People remembered in one reading; beyond that it begins to remember anew."""


class People:
    """Asks the store anew for each reading, so that a change counts from the next one on."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis
        self._consents = Consents(store)
        self._secret = b""

    async def digest(self, user: str) -> str:
        """A name that stays when everything else of a person goes: without this installation's
        secret nobody can tell whose it is, not even by guessing.
        """
        if not self._secret:
            async with guard():
                pipe = self._redis.pipeline(transaction=False)
                pipe.set(keys.people_secret(), secrets.token_hex(32), nx=True)
                pipe.get(keys.people_secret())
                self._secret = bytes.fromhex((await pipe.execute())[1])
        named = user.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(named, digest_size=16, key=self._secret).hexdigest()

    async def screen(
        self, assistant: str, opinions: Sequence[Feedback], oldest: float = 0.0
    ) -> tuple[list[Feedback], Counter[str]]:
        """Those that may be learned from, in their order, and how many may not, by why. `oldest`:
        when the first that is not too old came, in seconds since the epoch.
        """
        reasons = await self.objections(assistant, opinions, oldest)
        kept = [said for said, why in zip(opinions, reasons, strict=True) if not why]
        return kept, Counter(why for why in reasons if why)

    async def objections(
        self, assistant: str, log: Sequence[Feedback], oldest: float = 0.0
    ) -> list[str]:
        """Why each may not be learned from, "" where it may. `oldest` as in `screen`."""
        known = _Known()
        reasons: list[str] = []
        for start in range(0, len(log), AT_ONCE):
            chunk = log[start : start + AT_ONCE]
            await self._look_up(known, assistant, chunk)
            reasons += [known.objection(said, oldest) for said in chunk]
        return reasons

    async def evidence(
        self, assistant: str, opinions: Sequence[Feedback]
    ) -> tuple[list[Feedback], list[Feedback]]:
        """Those of opinions that were folded blind (core/fold.py) that say how good versions are:
        of comparisons and rankings those of who let them be learned from when they gave them,
        whatever they chose since, when they knew whom they had voted for; of others as `screen`.
        And the comparisons and rankings of people who are being erased.
        """
        reasons = await self.objections(assistant, opinions)
        switches = await self._switches(assistant, {o.user for o in opinions if o.kind in BLIND})

        def counts(said: Feedback, why: str) -> bool:
            if said.kind not in BLIND or why == ERASED:
                return not why
            since = sum(at > said.at for at in switches.get(said.user, ()))
            return bool(why) == bool(since % 2)

        judged = list(zip(opinions, reasons, strict=True))
        erased = [said for said, why in judged if said.kind in BLIND and why == ERASED]
        return [said for said, why in judged if counts(said, why)], erased

    async def allowed(
        self, assistant: str, log: AsyncIterator[Feedback]
    ) -> AsyncIterator[Feedback]:
        """The entries of the log that may be learned from, in their order. Bounded memory."""
        known = _Known()
        chunk: list[Feedback] = []
        async for entry in log:
            chunk.append(entry)
            if len(chunk) == AT_ONCE:
                await self._look_up(known, assistant, chunk)
                for said in chunk:
                    if not known.objection(said):
                        yield said
                chunk = []
        await self._look_up(known, assistant, chunk)
        for said in chunk:
            if not known.objection(said):
                yield said

    async def _switches(self, assistant: str, users: set[str]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        names = sorted(users)
        for start in range(0, len(names), AT_ONCE):
            found |= await self._consents.switches(assistant, names[start : start + AT_ONCE])
        return found

    async def _look_up(self, known: _Known, assistant: str, chunk: Sequence[Feedback]) -> None:
        """Everybody once a reading."""
        if len(known.people) > MOST_KNOWN:
            known.forget()
        new = list({said.user for said in chunk} - known.people)
        known.people.update(new)
        known.withheld.update(await self._consents.withheld(assistant, new))
        known.erased.update(await self._erased(new))

    async def _erased(self, users: Sequence[str]) -> dict[str, float]:
        """When the erasure of those who had one began: what they said since counts."""
        digests = [await self.digest(user) for user in users]
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            for digest in digests:
                pipe.hget(keys.erasure(digest), "began")
            found = await pipe.execute()
        return {user: float(at) for user, at in zip(users, found, strict=True) if at is not None}


@dataclass(slots=True)
class _Known:
    """What was looked up in one reading."""

    people: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    erased: dict[str, float] = field(default_factory=dict)

    def objection(self, said: Feedback, oldest: float = 0.0) -> str:
        """Why it may not be learned from, "" when it may."""
        if said.user in self.erased and made_at(said.id) <= self.erased[said.user]:
            return ERASED
        if said.user in self.withheld:
            return "no consent"
        return "too old" if oldest and made_at(said.id) < oldest else ""

    def forget(self) -> None:
        self.people.clear()
        self.withheld.clear()
        self.erased.clear()
