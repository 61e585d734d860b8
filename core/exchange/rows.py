"""Bytes into rows, piece by piece: JSON Lines, or one JSON array of objects. Holds one row at a
time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import orjson

from core.errors import InvalidRequest
from core.exchange.turns import Row

_MARK: Final = re.compile(rb'\\.|["\[\]{},]', re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"


class Splitter:
    """Feed it what comes; it gives (number, raw row), numbers counting lines, or elements of an
    array, from 1. Raises InvalidRequest for a row above `max_bytes` or a file that breaks off.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._number = 0
        self._array: _Array | None = None
        self._begun = False

    @property
    def unit(self) -> str:
        """What is counted, for messages."""
        return "row" if self._array else "line"

    def feed(self, data: bytes, last: bool = False) -> Iterator[tuple[int, bytes]]:
        self._buffer += data
        if not self._begin(last):
            return
        for raw in self._array.take(self._buffer) if self._array else self._lines():
            self._check(len(raw))
            self._number += 1
            if raw.strip():
                yield self._number, raw
        self._check(len(self._buffer))

    def end(self) -> Iterator[tuple[int, bytes]]:
        """What was left when the file ended."""
        yield from self.feed(b"", last=True)
        if self._array:
            self._array.check_end(self._number, bytes(self._buffer))
        elif rest := bytes(self._buffer).strip():
            yield self._number + 1, rest

    def _begin(self, last: bool) -> bool:
        """True once it is known what the file is."""
        if not self._begun:
            whole = last or len(self._buffer) >= len(_BOM)
            known = self._buffer.removeprefix(_BOM) if whole else b""
            if not known.strip():
                self._check(len(self._buffer))
                return False
            self._begun = True
            self._buffer = bytearray(known)
            if known.lstrip().startswith(b"["):
                self._array = _Array()
        return True

    def _lines(self) -> Iterator[bytes]:
        *whole, rest = self._buffer.split(b"\n")
        self._buffer = bytearray(rest)
        yield from map(bytes, whole)

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise InvalidRequest(
                f"{self.unit} {self._number + 1} has more than {self._max_bytes} bytes"
            )


class _Array:
    """Where the elements of one array begin and end."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._seen = 0
        """Bytes of the buffer that were looked at."""
        self._over = False

    def take(self, buffer: bytearray) -> Iterator[bytes]:
        """Removes whole elements from `buffer`, and yields them."""
        begin, end = 0, self._seen
        found: list[bytes] = []
        for mark in _MARK.finditer(bytes(buffer), self._seen):
            end = mark.end()
            if self._over:
                break
            if self._closes(mark[0]):
                found.append(bytes(buffer[begin : mark.start()]))
            elif not (self._depth == 1 and mark[0] == b"[" and not self._in_string):
                continue
            begin = end
        cut = len(buffer) - (buffer.endswith(b"\\") and end < len(buffer))
        del buffer[:begin]
        self._seen = cut - begin
        yield from found

    def check_end(self, number: int, rest: bytes) -> None:
        if not self._over or rest.strip():
            raise InvalidRequest(f"behind row {number} the array is cut off or goes on")

    def _closes(self, mark: bytes) -> bool:
        """Whether an element ends here."""
        if mark == b'"':
            self._in_string = not self._in_string
        elif self._in_string or mark.startswith(b"\\"):
            return False
        elif mark in b"[{":
            self._depth += 1
        elif mark in b"]}":
            self._depth -= 1
            self._over = self._depth == 0
            return self._over
        return mark == b"," and self._depth == 1


def parse_row(raw: bytes) -> Row:
    """Raises InvalidRequest for what is no JSON object."""
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise InvalidRequest(f"an object is wanted, not {type(row).__name__}")
    return row
