"""Entries of the feedback log as the bytes of a Parquet file, and what is known of such a file.

An entry is a stream position (`milliseconds-number`) with the stream's own fields.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import Conflict

Entry = tuple[str, dict[str, Any]]

BATCH: Final = 1000
"""Entries that are unpacked at a time."""
_COLUMNS: Final[dict[str, pa.DataType]] = {
    "ms": pa.int64(),
    "number": pa.int64(),
    "id": pa.string(),
    "kind": pa.string(),
    "user": pa.string(),
    "target": pa.string(),
    "at": pa.float64(),
    "body": pa.string(),
}
_SCHEMA: Final = pa.schema(_COLUMNS)
_SAID: Final = _SCHEMA.names[2:]
"""The stream's fields."""
_ENCODINGS: Final = {
    "ms": "DELTA_BINARY_PACKED",
    "number": "DELTA_BINARY_PACKED",
    "id": "DELTA_BYTE_ARRAY",
    "target": "DELTA_BYTE_ARRAY",
    "at": "BYTE_STREAM_SPLIT",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A file and the positions it stands for, both included: all entries between them that were not
    erased. `name` is the file's, unique.

    >>> Part("1763700000000-0", "1763700000009-2", 12, "1763700000000-0_1763700000009-2_7.parquet",
    ...      size_bytes=2048, sha256="9f86d0...")
    """

    first: str
    last: str
    entries: int
    name: str
    size_bytes: int
    sha256: str


def place(position: str) -> tuple[int, int]:
    """What orders positions."""
    ms, _, number = position.partition("-")
    return int(ms), int(number or 0)


def pack(entries: Sequence[Entry]) -> bytes:
    """Raises Conflict for an entry with other fields than these: none may be lost."""
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    for position, said in entries:
        if sorted(said) != sorted(_SAID):
            raise Conflict(
                f"Entry {position} has the fields {sorted(said)}, not {_SAID}: a newer version"
                " wrote it; archive with that one"
            )
        columns["ms"].append(place(position)[0])
        columns["number"].append(place(position)[1])
        for name in _SAID:
            columns[name].append(float(said[name]) if name == "at" else said[name])
    return _write(pa.table(columns, schema=_SCHEMA))


def unpack(content: bytes, keep: pc.Expression | None = None) -> Iterator[list[Entry]]:
    """In order, at most BATCH at a time and never none; of those that `keep` is true of."""
    for batch in pq.ParquetFile(io.BytesIO(content)).iter_batches(BATCH):
        table = pa.Table.from_batches([batch])
        kept = table if keep is None else table.filter(keep)
        ms, number, *said = (column.to_pylist() for column in kept.columns)
        if ms:
            yield [
                (f"{a}-{b}", dict(zip(_SAID, row, strict=True)))
                for a, b, row in zip(ms, number, zip(*said, strict=True), strict=True)
            ]


def older(ms: int) -> pc.Expression:
    """True of what came before a time (milliseconds since the epoch)."""
    return pc.field("ms") < pc.scalar(ms)


def of_others(user: str) -> pc.Expression:
    return pc.field("user") != pc.scalar(user)


def rest(content: bytes, keep: pc.Expression) -> tuple[bytes, int, str] | None:
    """The file with nothing but what `keep` is true of, how many that are, and the position of the
    first ("" for none); None where that is all.
    """
    table = pq.read_table(io.BytesIO(content))
    kept = table.filter(keep)
    if kept.num_rows == table.num_rows:
        return None
    first = f"{kept['ms'][0]}-{kept['number'][0]}" if kept.num_rows else ""
    return _write(kept), kept.num_rows, first


def _write(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(
        table,
        buffer,
        compression="zstd",
        use_dictionary=["kind", "user", "body"],  # type: ignore[arg-type]
        column_encoding=_ENCODINGS,
    )
    return buffer.getvalue()
