"""The formats by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pyarrow as pa

from core.errors import InvalidRequest
from core.exchange import hh, kto, native, openassistant, preference, sft, ultrafeedback
from core.exchange.example import Example
from core.exchange.mapping import mapped, parse_mapping
from core.exchange.trees import Trees
from core.exchange.turns import Row

MAPPED: Final = "jsonl"
"""Generic rows with a mapping: read only. Written are Thumbwheel's own."""


class Writer(Protocol):
    def add(self, example: Example) -> list[Row] | None:
        """The rows that are whole now; None when the format cannot carry the example."""

    def end(self) -> Iterator[Row]:
        """The rows that waited for the end."""


@dataclass(frozen=True, slots=True)
class Format:
    """How rows of one format are read and written. Without `schema` it is no table: JSONL only."""

    name: str
    read: Callable[[Row, Counter[str]], Iterator[Example]]
    writer: Callable[[], Writer]
    schema: pa.Schema | None = None


class _RowByRow:
    """Writes each example by itself."""

    def __init__(self, write: Callable[[Example], list[Row] | None]) -> None:
        self._write = write

    def add(self, example: Example) -> list[Row] | None:
        return self._write(example)

    def end(self) -> Iterator[Row]:
        return iter(())


FORMATS: Final[dict[str, Format]] = {
    f.name: f
    for f in (
        Format("thumbwheel", native.read, lambda: _RowByRow(native.write), native.SCHEMA),
        Format("openassistant", openassistant.read, Trees),
        Format("hh", hh.read, lambda: _RowByRow(hh.write), hh.SCHEMA),
        Format(
            "ultrafeedback",
            ultrafeedback.read,
            lambda: _RowByRow(ultrafeedback.write),
            ultrafeedback.SCHEMA,
        ),
        Format(
            "preference", preference.read, lambda: _RowByRow(preference.write), preference.SCHEMA
        ),
        Format("kto", kto.read, lambda: _RowByRow(kto.write), kto.SCHEMA),
        Format("sft", sft.read, lambda: _RowByRow(sft.write), sft.SCHEMA),
    )
}


def find_format(name: str, mapping: Sequence[str] = ()) -> Format:
    """To read; `mapping` belongs to "jsonl" alone. Raises InvalidRequest."""
    if name == MAPPED:
        read = mapped(parse_mapping(list(mapping)))
        return Format(MAPPED, read, FORMATS["thumbwheel"].writer, native.SCHEMA)
    if mapping:
        raise InvalidRequest(f"a mapping goes with format {MAPPED}, not {name}", "map")
    if name not in FORMATS:
        known = ", ".join([*FORMATS, MAPPED])
        raise InvalidRequest(f"format must be one of {known}, not {name!r:.40}", "format")
    return FORMATS[name]


def find_written_format(name: str) -> Format:
    """Raises InvalidRequest for one that is unknown or only read."""
    if name == MAPPED:
        raise InvalidRequest(f"{MAPPED} is only read; thumbwheel carries everything", "format")
    return find_format(name)
