"""API keys: who may do what. Of a key's secret only the SHA-256 is kept, which is enough for 256
random bits: there is nothing to guess, so nothing slower is needed.

A key reads `tw_<id>_<secret>`; its id stays when its secret is changed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core import keys
from core.errors import Conflict, InvalidRequest, NotFound
from core.records import decode, encode
from core.scopes import SCOPES, Scope, widen
from core.store import Store, guard

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
PERSON: Final = re.compile(r"[A-Za-z0-9_.@+-]{1,128}")
"""A person who is nobody's: no `:`, which stands between a key's people and their names."""
_TOKEN: Final = re.compile(r"tw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOBODY: Final = "0" * 64

# KEYS: key, keys, names.  ARGV: id, name, record, digest, now.
CREATE: Final = """
if redis.call('HSETNX', KEYS[3], ARGV[2], ARGV[1]) == 0 then return 'taken' end
redis.call('HSET', KEYS[1], 'record', ARGV[3], 'digest', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1])
return 'ok'
"""
# KEYS: key.  ARGV: digest, until when the one before holds.
ROTATE: Final = """
if redis.call('HEXISTS', KEYS[1], 'revoked') == 1 then return 'revoked' end
redis.call('HSET', KEYS[1], 'old_digest', redis.call('HGET', KEYS[1], 'digest'),
  'old_until', ARGV[2], 'digest', ARGV[1])
return 'ok'
"""
# KEYS: key, names.  ARGV: name, now.
REVOKE: Final = """
if redis.call('HEXISTS', KEYS[1], 'revoked') == 1 then return 'revoked' end
redis.call('HSET', KEYS[1], 'revoked', ARGV[2])
redis.call('HDEL', KEYS[1], 'digest', 'old_digest')
redis.call('HDEL', KEYS[2], ARGV[1])
return 'ok'
"""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What an administrator decides.

    `person`: the key is theirs, and speaks for nobody else. Otherwise it is an application's and
    names its own people, who are called `<people>:<name>`; keys with the same `people` share them.
    Times in seconds since the epoch, 0 for never. A limit of None is the process's own, 0 none.
    """

    name: str
    scopes: list[Scope]
    people: str = ""
    person: str = ""
    expires: float = 0.0
    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    streams: int | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """What never changes of a key."""

    id: str
    created: float
    about: NewKey


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it stands. `used`: when it was last shown, to the minute; 0.0 for never."""

    id: str
    created: float
    about: NewKey
    used: float
    revoked: float
    old_until: float
    digests: tuple[str, str]
    """Of its secret and of the one before."""

    @property
    def people(self) -> str:
        """What the names of its people begin with."""
        return self.about.people or self.about.name

    @property
    def scopes(self) -> frozenset[Scope]:
        return widen(self.about.scopes)

    def is_live(self, now: float) -> bool:
        return not self.revoked and (not self.about.expires or now < self.about.expires)

    def accepts(self, digest: str, now: float) -> bool:
        """Compares with every secret, always, in a time that tells nothing."""
        new, old = (hmac.compare_digest(own or _NOBODY, digest) for own in self.digests)
        return self._opens(new, old, now)

    def opened(self, part: str, now: float) -> bool:
        """Whether a secret that is good now has a digest that begins so; compares as `accepts`."""
        new, old = (
            hmac.compare_digest((own or _NOBODY)[: len(part)], part) for own in self.digests
        )
        return bool(part) and self._opens(new, old, now)

    def _opens(self, new: bool, old: bool, now: float) -> bool:
        return self.is_live(now) and (new or (old and now < self.old_until))


class ApiKeys:
    """The only writer of API keys."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = store.redis

    async def create(self, new: NewKey) -> tuple[ApiKey, str]:
        """The key and, this once, its token. Raises InvalidRequest for what makes no sense,
        Conflict when the name is taken.
        """
        _check(new)
        key_id, now = secrets.token_hex(6), time.time()
        token, digest = _new_token(key_id)
        script_keys = [keys.api_key(key_id), keys.api_keys(), keys.api_key_names()]
        arguments = [key_id, new.name, encode(_Record(key_id, now, new)), digest, repr(now)]
        if await self._store.run_script(CREATE, script_keys, arguments, durable=True) != "ok":
            raise Conflict(
                f"There is a key {new.name!r}: rotate or revoke it, or take another name"
            )
        return await self.get(key_id), token

    async def rotate(self, named: str, grace_s: float) -> tuple[ApiKey, str]:
        """A new token; the one before holds for so long. NotFound, Conflict when revoked."""
        key = await self.get(named)
        token, digest = _new_token(key.id)
        arguments = [digest, repr(time.time() + grace_s)]
        done = await self._store.run_script(ROTATE, [keys.api_key(key.id)], arguments, durable=True)
        return await self._changed(key, done), token

    async def revoke(self, named: str) -> ApiKey:
        """It opens nothing any more. NotFound, Conflict when it is revoked already."""
        key = await self.get(named)
        script_keys = [keys.api_key(key.id), keys.api_key_names()]
        arguments = [key.about.name, repr(time.time())]
        done = await self._store.run_script(REVOKE, script_keys, arguments, durable=True)
        return await self._changed(key, done)

    async def all(self) -> list[ApiKey]:
        """Oldest first, revoked ones too."""
        async with guard():
            ids = await self._redis.zrange(keys.api_keys(), 0, -1)
        found = [await self.find(key_id) for key_id in ids]
        return [key for key in found if key is not None]

    async def get(self, named: str) -> ApiKey:
        """By id, or by name where it is not revoked. Raises NotFound."""
        key = await self.find(named)
        if key is None:
            async with guard():
                key_id = await self._redis.hget(keys.api_key_names(), named)
            key = await self.find(key_id) if key_id else None
        if key is None:
            raise NotFound(f"There is no API key {named[:64]!r}")
        return key

    async def find(self, key_id: str) -> ApiKey | None:
        async with guard():
            row = await self._redis.hgetall(keys.api_key(key_id))
        return _of_row(row) if row else None

    async def were_ever(self) -> bool:
        """Whether a key was made: from then on nobody is let in without one."""
        async with guard():
            return bool(await self._redis.exists(keys.api_keys()))

    async def session_secret(self) -> str:
        """What browsers' sessions are signed with: made once."""
        async with guard():
            pipe = self._redis.pipeline(transaction=False)
            pipe.set(keys.session_secret(), secrets.token_hex(32), nx=True)
            pipe.get(keys.session_secret())
            found: str = (await pipe.execute())[1]
        return found

    async def note_use(self, key_id: str) -> None:
        async with guard():
            await self._redis.hset(keys.api_key(key_id), "used", repr(time.time()))

    async def _changed(self, key: ApiKey, outcome: str) -> ApiKey:
        if outcome == "revoked":
            raise Conflict(f"The API key {key.about.name!r} ({key.id}) is revoked")
        return await self.get(key.id)


def parse_token(token: str) -> tuple[str, str] | None:
    """Its key's id and its digest; None for what no key of ours looks like."""
    match = _TOKEN.fullmatch(token)
    return (match[1], digest_of(token)) if match else None


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _new_token(key_id: str) -> tuple[str, str]:
    token = f"tw_{key_id}_{secrets.token_urlsafe(32)}"
    return token, digest_of(token)


def _check(new: NewKey) -> None:
    for field, value in (("name", new.name), ("people", new.people or new.name)):
        if not NAME.fullmatch(value):
            raise InvalidRequest(f"{field} must be 1 to 32 of a-z 0-9 -, got {value[:64]!r}", field)
    if new.person and (new.people or not PERSON.fullmatch(new.person)):
        raise InvalidRequest(
            "person must be 1 to 128 of A-Z a-z 0-9 _ . @ + -, and excludes people", "person"
        )
    if not new.scopes:
        raise InvalidRequest(f"scopes must be some of {', '.join(SCOPES)}", "scopes")
    if new.expires and new.expires <= time.time():
        raise InvalidRequest("expires lies in the past", "expires")


def _of_row(row: Mapping[str, Any]) -> ApiKey:
    record = decode(_Record, row["record"])
    return ApiKey(
        id=record.id,
        created=record.created,
        about=record.about,
        used=float(row.get("used", 0.0)),
        revoked=float(row.get("revoked", 0.0)),
        old_until=float(row.get("old_until", 0.0)),
        digests=(row.get("digest", ""), row.get("old_digest", "")),
    )
