"""The wire of keys, sessions and the audit log."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.api_keys import ApiKey, NewKey
from core.scopes import Scope

DAY_S = 24 * 3600.0
LONGEST_S = 3650 * DAY_S
LARGEST = 2**53

Limit = Annotated[int, Field(ge=0, le=LARGEST)]
Name = Annotated[str, StringConstraints(max_length=128)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignIn(_Request):
    key: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class Me(BaseModel):
    """Who the caller is. `open`: nobody has to say so, for there are no keys."""

    user: str
    scopes: list[Scope]
    open: bool


class CreateKey(_Request):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=16)]
    people: Name = ""
    """What the names of an application's people begin with; the key's name when empty."""
    person: Name = ""
    """Whose key it is, when it is one person's."""
    expires_in_s: Annotated[float, Field(gt=0, le=LONGEST_S)] | None = None
    requests_per_minute: Limit | None = None
    tokens_per_day: Limit | None = None
    streams: Limit | None = None

    def new_key(self) -> NewKey:
        rest = self.model_dump(exclude={"expires_in_s"})
        expires = time.time() + self.expires_in_s if self.expires_in_s else 0.0
        return NewKey(**rest, expires=expires)


class Rotate(_Request):
    grace_s: Annotated[float, Field(ge=0, le=365 * DAY_S)] = DAY_S
    """How long the secret before goes on working."""


class KeyView(BaseModel):
    """Times in seconds since the epoch, null for never; limits null where the server's hold."""

    id: str
    object: Literal["api_key"] = "api_key"
    name: str
    scopes: list[Scope]
    people: str | None
    person: str | None
    created: float
    expires: float | None
    used: float | None
    revoked: float | None
    old_secret_until: float | None
    requests_per_minute: int | None
    tokens_per_day: int | None
    streams: int | None

    @classmethod
    def of(cls, key: ApiKey) -> KeyView:
        return cls.model_validate(_fields(key))


class KeyMade(KeyView):
    """With the key itself, which is shown this once."""

    key: str

    @classmethod
    def made(cls, key: ApiKey, token: str) -> KeyMade:
        return cls.model_validate({**_fields(key), "key": token})


class KeyList(BaseModel):
    object: Literal["list"] = "list"
    data: list[KeyView]


class ActView(BaseModel):
    """`by`: who; `key`: with which API key, `target`: the assistant, run or key it is about."""

    at: float
    by: str
    key: str
    address: str
    action: str
    target: str
    request: str


class ActList(BaseModel):
    object: Literal["list"] = "list"
    data: list[ActView]


def _fields(key: ApiKey) -> dict[str, object]:
    about = key.about
    return {
        "id": key.id,
        "name": about.name,
        "scopes": about.scopes,
        "people": None if about.person else key.people,
        "person": about.person or None,
        "created": key.created,
        "expires": about.expires or None,
        "used": key.used or None,
        "revoked": key.revoked or None,
        "old_secret_until": key.old_until or None,
        "requests_per_minute": about.requests_per_minute,
        "tokens_per_day": about.tokens_per_day,
        "streams": about.streams,
    }
