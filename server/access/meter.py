"""What one request is charged: made by the guard, told to the reply's headers and to its answers'
records, given back at the end.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from core.limits import Left, Limits, Standing, Subject, least

PREFIX: Final = "x-ratelimit"


@dataclass(slots=True)
class Meter:
    """`generates`: it takes the place of an answer and spends tokens."""

    limits: Limits
    generates: bool
    _standing: Standing = field(default_factory=Standing)
    _subjects: list[Subject] = field(default_factory=list)
    _stream: str = field(default_factory=lambda: secrets.token_hex(8))

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

    @property
    def payers(self) -> tuple[str, ...]:
        """Subjects whose tokens are counted, by name."""
        return tuple(s.name for s in self._subjects if s.tokens)

    @property
    def holds(self) -> bool:
        """Whether there is a place to give back."""
        return self.generates and any(s.streams for s in self._subjects)

    async def give_back(self) -> None:
        await self.limits.release(self._subjects, self._stream)

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
