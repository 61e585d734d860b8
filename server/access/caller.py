"""Who is asking, and whom they may name.

An operator's backend serves many people through one key, so a key that belongs to nobody names
them itself (`user` in a body, X-Thumbwheel-User). What it could do with that, were names believed
as they are: read the chats of people who sign in themselves, or of another application's. So its
people are called `<people of the key>:<name>` and it reaches nobody else. Within its own people a
backend is trusted: it must tell them apart itself, and it can act for each. Whoever gets hold of
such a key is all of them; so a browser or a person's own client is better given a key of a person,
or a session, which speak for one person and refuse every other name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.api_keys import ApiKey
from core.errors import Forbidden, InvalidRequest
from core.records import ANONYMOUS
from core.scopes import SCOPES, Scope

_USER: Final = re.compile(r"[A-Za-z0-9_.@:+-]{1,128}")
ANYBODY: Final = ""
"""As `people`: every name is believed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`person`: who asks, where nobody is named. `people`: whose names may be given; None when the
    caller is one person. `address`: where the request comes from. `key`: what was shown.
    """

    person: str
    scopes: frozenset[Scope]
    address: str
    key: ApiKey | None = None
    people: str | None = None

    @classmethod
    def unknown(cls, address: str, person: str) -> Caller:
        """On a server without keys."""
        return cls(person or ANONYMOUS, frozenset(SCOPES), address, people=ANYBODY)

    @classmethod
    def of_key(cls, key: ApiKey, address: str) -> Caller:
        if key.about.person:
            return cls(key.about.person, key.scopes, address, key)
        return cls(f"{key.people}:{ANONYMOUS}", key.scopes, address, key, key.people)

    @property
    def is_unknown(self) -> bool:
        """There are no keys here; names are believed."""
        return self.people == ANYBODY

    @property
    def key_name(self) -> str:
        return self.key.about.name if self.key else ""

    def check(self, scopes: frozenset[Scope]) -> None:
        """Raises Forbidden, naming what is missing."""
        if missing := scopes - self.scopes:
            raise Forbidden(
                f"This needs the scope {', '.join(sorted(missing))}; yours are "
                f"{', '.join(s for s in SCOPES if s in self.scopes) or 'none'}"
            )

    def speaker(self, named: str | None) -> str:
        """The person a request is for. Raises InvalidRequest for a name with other characters than
        [A-Za-z0-9_.@:+-] or above 128, Forbidden for somebody the caller may not speak for.
        """
        if not named:
            return self.person
        name = self._qualified(named)
        if not _USER.fullmatch(name):
            raise InvalidRequest(
                "A user is named by 1 to 128 characters of A-Z a-z 0-9 _ . @ : + -", "user"
            )
        if self.people is None and name != self.person:
            raise Forbidden("You may speak for yourself only; leave the user's name away")
        return name

    def _qualified(self, named: str) -> str:
        if not self.people or named.startswith(f"{self.people}:"):
            return named
        return f"{self.people}:{named}"
