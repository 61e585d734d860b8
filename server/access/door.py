"""Who stands at the door: a key, a browser with a session, whom a proxy signed in, or, on a server
for this machine alone that has no keys, anybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from hashlib import blake2b
from secrets import token_urlsafe
from typing import Final

from starlette.requests import HTTPConnection

from core.api_keys import ApiKey, ApiKeys, NewKey, digest_of, parse_token
from core.errors import BadConfig, StoreUnavailable, Unauthenticated, Unavailable
from core.limits import Subject
from core.records import is_anonymous
from core.scopes import Scope, parse_scopes, widen
from core.settings import Settings
from server.access.caller import Caller
from server.access.cookies import COOKIE, SESSION_S, VISIT_S, Session, Signer
from server.access.origin import check_local, check_same_site, is_loopback
from server.access.proxies import Proxies

FRESH_S: Final = 1.0
"""A revoked key is believed at most this long while Redis answers."""
REDIS_S: Final = 1.0
"""What Redis may take to say again what is known already."""
MOST_REMEMBERED: Final = 10_000
USED_S: Final = 60.0
"""Between two notes of when a key was used."""
OF_SETTINGS: Final = "settings"
"""Id and name of the key that the settings hold."""
SHORTEST_ADMIN_KEY: Final = 32
DIGEST_PART: Final = 16
"""Hexadecimal digits of a secret's digest that a session remembers."""
ASK: Final = (
    "This server needs an API key: send `Authorization: Bearer tw_...`, or sign in at /login. "
    "`thumbwheel keys create` makes one"
)
WRONG: Final = "The API key is wrong, expired or revoked"


class Door:
    """Made once per process; raises BadConfig for settings that cannot be."""

    def __init__(self, settings: Settings, api_keys: ApiKeys) -> None:
        self.proxies = Proxies(settings)
        self._origins = frozenset(settings.origins)
        self._settings = settings
        self._api_keys = api_keys
        self._signer = Signer(b"")
        self._admin = _admin_key(settings.admin_key.get_secret_value())
        self._everybody = widen(parse_scopes(settings.sso_scopes))
        self._grants = {p: widen(parse_scopes(s)) for p, s in settings.sso_grants.items()}
        self._remembered: dict[str, tuple[float, ApiKey | None]] = {}
        self._noted: dict[str, float] = {}
        self._closed = bool(self._admin or self.proxies.sign_on)
        self._looked = 0.0
        self._inside = 0

    async def open(self) -> None:
        """Before anybody is let in. Raises BadConfig where everybody would be."""
        said = self._settings.session_secret.get_secret_value()
        self._signer = Signer((said or await self._api_keys.session_secret()).encode())
        if not is_loopback(self._settings.host) and not await self._is_closed():
            raise BadConfig(
                f"THUMBWHEEL_HOST={self._settings.host} would let other machines in, and there is "
                "no API key: make one with `thumbwheel keys create --name ops --scope admin`, "
                "which needs nothing but Redis, or set THUMBWHEEL_ADMIN_KEY or "
                "THUMBWHEEL_SSO_HEADER, or listen on 127.0.0.1"
            )

    @contextmanager
    def count(self) -> Iterator[None]:
        """A request that is inside. Raises Unavailable when there are too many."""
        if self._inside >= self._settings.max_open_requests:
            raise Unavailable("This server is answering as many requests as it may; try again")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    def check_same_site(self, conn: HTTPConnection) -> None:
        check_same_site(conn, self._origins)

    async def find_caller(self, conn: HTTPConnection) -> Caller:
        """Raises Unauthenticated, and Forbidden for who asks a server for this machine alone from
        elsewhere.
        """
        address = self.proxies.address(conn)
        if not await self._is_closed():
            check_local(conn)
            visit = self._signer.read(conn.cookies.get(COOKIE, ""))
            return Caller.unknown(address, visit.person if visit else "")
        if shown := conn.headers.get("authorization"):
            kind, _, token = shown.partition(" ")
            key = await self._find(token.strip()) if kind.lower() == "bearer" else None
            if key is None:
                raise Unauthenticated(WRONG)
            return Caller.of_key(key, address)
        if person := self.proxies.person(conn):
            return Caller(person, self._everybody | self._grants.get(person, frozenset()), address)
        return await self._of_session(conn, address)

    def visit(self) -> tuple[str, int]:
        """A cookie for a browser that has none, and for how long in seconds."""
        return self._signer.write(Session(token_urlsafe(18), time.time() + VISIT_S)), VISIT_S

    async def sign_in(self, token: str, address: str) -> tuple[Caller, str, int]:
        """Opens a session: who it is, the cookie, for how many seconds. Everybody who signs in with
        an application's key is somebody new. Raises Unauthenticated.
        """
        key = await self._find(token.strip())
        if key is None:
            raise Unauthenticated(WRONG)
        person = key.about.person or f"{key.people}:{token_urlsafe(18)}"
        caller = replace(Caller.of_key(key, address), person=person, people=None)
        part = digest_of(token.strip())[:DIGEST_PART]
        session = Session(person, time.time() + SESSION_S, key.id, part)
        return caller, self._signer.write(session), SESSION_S

    def subjects(self, caller: Caller, person: str) -> list[Subject]:
        """Who is charged: the key, and the person where there is one."""
        mine = [] if is_anonymous(person) else [self.person(person)]
        return [*mine, self._key(caller.key)] if caller.key else mine

    def person(self, person: str) -> Subject:
        # A digest: what is counted of a person says no name.
        name = blake2b(person.encode(), digest_size=12).hexdigest()
        own = self._settings
        return Subject(
            f"person:{name}",
            "this person",
            own.person_requests_per_minute,
            own.person_tokens_per_day,
            own.person_streams,
        )

    def _key(self, key: ApiKey) -> Subject:
        own, about = self._settings, key.about
        return Subject(
            f"key:{key.id}",
            f"the API key {about.name}",
            _first(about.requests_per_minute, own.key_requests_per_minute),
            _first(about.tokens_per_day, own.key_tokens_per_day),
            _first(about.streams, own.key_streams),
        )

    async def _is_closed(self) -> bool:
        """Whether anybody must say who they are: for ever, once there was a key."""
        now = time.monotonic()
        if not self._closed and now - self._looked > FRESH_S:
            async with _asking(known=self._looked > 0.0):
                self._closed = await self._api_keys.were_ever()
            self._looked = now
        return self._closed

    async def _of_session(self, conn: HTTPConnection, address: str) -> Caller:
        session = self._signer.read(conn.cookies.get(COOKIE, ""))
        key = await self._look_up(session.key) if session and session.key else None
        if session is None or key is None or not key.opened(session.digest, time.time()):
            raise Unauthenticated(ASK)
        return replace(Caller.of_key(key, address), person=session.person, people=None)

    async def _find(self, token: str) -> ApiKey | None:
        """The key whose token this is, if it opens anything."""
        key_id, digest = parse_token(token) or (OF_SETTINGS, digest_of(token))
        key = await self._look_up(key_id)
        if key is None or not key.accepts(digest, time.time()):
            return None
        await self._note_use(key)
        return key

    async def _look_up(self, key_id: str) -> ApiKey | None:
        if key_id == OF_SETTINGS:
            return self._admin
        until, key = self._remembered.get(key_id, (0.0, None))
        if time.monotonic() >= until:
            known = key_id in self._remembered
            async with _asking(known=known):
                key = await self._api_keys.find(key_id)
            if not known and len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key_id] = time.monotonic() + FRESH_S, key
        return key

    async def _note_use(self, key: ApiKey) -> None:
        now = time.time()
        if key.id != OF_SETTINGS and now - max(key.used, self._noted.get(key.id, 0.0)) > USED_S:
            self._noted[key.id] = now
            async with _asking(known=True):
                await self._api_keys.note_use(key.id)


@asynccontextmanager
async def _asking(*, known: bool) -> AsyncIterator[None]:
    """Where Redis is away, what is known stays, however old: whatever needs Redis fails further in,
    and what does not (metrics) must go on. Raises StoreUnavailable where nothing is known.
    """
    if not known:
        yield
        return
    with suppress(StoreUnavailable, TimeoutError):
        async with asyncio.timeout(REDIS_S):
            yield


def _first(own: int | None, usual: int) -> int:
    return usual if own is None else own


def _admin_key(token: str) -> ApiKey | None:
    if not token:
        return None
    if len(token) < SHORTEST_ADMIN_KEY:
        raise BadConfig(
            f"THUMBWHEEL_ADMIN_KEY must have at least {SHORTEST_ADMIN_KEY} random characters, "
            f"it has {len(token)}"
        )
    scopes: list[Scope] = ["admin"]
    return ApiKey(
        OF_SETTINGS, 0.0, NewKey(OF_SETTINGS, scopes), 0.0, 0.0, 0.0, (digest_of(token), "")
    )
