"""Server-sent events out of a byte stream. Owns the format only, no connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson

from cli.controls import clean


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `name` is "message" where the stream names none."""

    name: str
    data: str
    id: str = ""
    as_it_is: bool = False

    def json(self) -> dict[str, Any]:
        """The data as an object, clean unless it is wanted `as_it_is`. Raises ValueError when it is
        none.
        """
        value = orjson.loads(self.data)
        if not isinstance(value, dict):
            raise ValueError(f"expected an object in the event {self.name!r}, got {self.data[:80]}")
        return value if self.as_it_is else clean(value)


async def read_events(
    chunks: AsyncIterator[bytes], *, as_it_is: bool = False
) -> AsyncIterator[Event]:
    """Events in order. What stands behind the last blank line was cut off and is dropped."""
    fields: dict[str, list[str]] = {}
    async for line in _lines(chunks):
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        if "data" in fields:
            yield Event(
                name=fields.get("event", ["message"])[-1],
                data="\n".join(fields["data"]),
                id=fields.get("id", [""])[-1],
                as_it_is=as_it_is,
            )
        fields = {}


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode()
