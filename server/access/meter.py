"""What one request is charged: made by the guard, told to the reply's headers and to its answers'
records, given back when the request and its answers have ended.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from core.errors import InvalidRequest
from core.limits import Left, Limits, Standing, Subject, least
from server.background import Background

PREFIX: Final = "x-ratelimit"


@dataclass(slots=True)
class Meter:
    """`generates`: it takes the places of its answers and spends tokens."""

    limits: Limits
    background: Background
    generates: bool
    _standing: Standing = field(default_factory=Standing)
    _subjects: list[Subject] = field(default_factory=list)
    _stream: str = field(default_factory=lambda: secrets.token_hex(8))
    _places: int = 1
    _holders: int = 0

    async def charge(self, subjects: Sequence[Subject]) -> None:
        """One request, in one call to Redis; none where nobody is limited. Raises LimitReached."""
        limited = [s for s in subjects if any(s.limits)]
        if not limited:
            return
        now = await self.limits.admit(limited, self._stream if self.generates else "")
        before = self._standing
        self._standing = Standing(
            least(before.requests, now.requests), least(before.tokens, now.tokens)
        )
        if now.refusal:
            raise now.refusal
        self._subjects += limited

    async def widen(self, places: int) -> None:
        """For a request whose body asks for several answers at once; no call to Redis for one.
        Raises LimitReached, and InvalidRequest for more than there could ever be.
        """
        limited = [s for s in self._subjects if s.streams]
        if places == 1 or not limited:
            return
        tightest = min(limited, key=lambda subject: subject.streams)
        if places > tightest.streams:
            raise InvalidRequest(
                f"This asks for {places} answers at once; {tightest.shown} may have "
                f"{tightest.streams}",
                "n",
            )
        self._places = places
        if refusal := await self.limits.widen(limited, self._stream, places):
            raise refusal

    @property
    def payers(self) -> tuple[str, ...]:
        """Subjects whose tokens are counted, by name."""
        return tuple(s.name for s in self._subjects if s.tokens)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """The places are given back when the last of these blocks has ended: an answer may go on
        without its request.
        """
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            taken = self.generates and any(s.streams for s in self._subjects)
            if taken and not self._holders:
                release = self.limits.release(self._subjects, self._stream, self._places)
                self.background.spawn(release)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """OpenAI's, of what is limited."""
        return [
            *_headers("requests", self._standing.requests),
            *_headers("tokens", self._standing.tokens),
        ]


def _headers(kind: str, left: Left | None) -> list[tuple[bytes, bytes]]:
    if left is None:
        return []
    told = {"limit": left.limit, "remaining": left.left, "reset": f"{left.reset_ms / 1000:.3f}s"}
    return [
        (f"{PREFIX}-{word}-{kind}".encode(), str(value).encode()) for word, value in told.items()
    ]
