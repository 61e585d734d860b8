"""Rows as files: JSON Lines and Parquet, written and read piece by piece."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final, Literal, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import InvalidRequest
from core.exchange.formats import Format
from core.exchange.turns import Row

UNREADABLE: Final = (
    pa.ArrowException,
    OSError,
    ValueError,  # text that is no UTF-8, a time no calendar has
    ArithmeticError,
    LookupError,  # an unknown time zone
)
Container = Literal["jsonl", "parquet"]
BATCH: Final = 1000
"""Rows of one row group, as written."""
READ_BATCH: Final = 64
"""Rows read at once: a small file may hold many large ones."""


class Pack(Protocol):
    def add(self, rows: Iterable[Row]) -> bytes:
        """The bytes that are ready."""

    def end(self) -> bytes:
        """The last of them."""


def pack(form: Format, container: Container) -> Pack:
    """Raises InvalidRequest for a format that is no table in Parquet."""
    if container == "jsonl":
        return _Lines()
    if form.schema is None:
        raise InvalidRequest(f"{form.name} is no table; ask for jsonl", "container")
    return _Table(form.schema)


class _Lines:
    def add(self, rows: Iterable[Row]) -> bytes:
        return b"".join(orjson.dumps(row) + b"\n" for row in rows)

    def end(self) -> bytes:
        return b""


class _Table:
    """Objects in columns of strings become JSON."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._bytes = io.BytesIO()
        self._writer = pq.ParquetWriter(pa.PythonFile(_Tail(self._bytes), mode="w"), schema)
        self._rows: list[Row] = []

    def add(self, rows: Iterable[Row]) -> bytes:
        self._rows += [{name: _plain(value) for name, value in row.items()} for row in rows]
        if len(self._rows) >= BATCH:
            self._flush()
        return self._drain()

    def end(self) -> bytes:
        self._flush()
        self._writer.close()
        return self._drain()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []

    def _drain(self) -> bytes:
        ready = self._bytes.getvalue()
        self._bytes.seek(0)
        self._bytes.truncate()
        return ready


class _Tail(io.RawIOBase):
    """A file that is written on and on, whose beginning may be gone already."""

    def __init__(self, kept: io.BytesIO) -> None:
        self._kept = kept
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        self._kept.write(data)
        self._at += len(data)
        return len(data)


def _plain(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def read_table(file: IO[bytes], max_row_bytes: int) -> Iterator[list[Row]]:
    """A Parquet file's rows, a batch at a time. Raises InvalidRequest when it is none, or has a row
    above `max_row_bytes`.
    """
    try:
        with pq.ParquetFile(file) as table:
            for batch in table.iter_batches(READ_BATCH):
                _check_rows(batch, max_row_bytes)
                yield batch.to_pylist()
    except UNREADABLE as error:
        raise InvalidRequest(f"this is no Parquet file that can be read: {error}") from error


def _check_rows(batch: pa.RecordBatch, max_bytes: int) -> None:
    """Row by row only where the batch as a whole is above the limit."""
    sizes = (batch.slice(i, 1).nbytes for i in range(batch.num_rows))
    if batch.nbytes > max_bytes and max(sizes) > max_bytes:
        raise InvalidRequest(f"a row has more than {max_bytes} bytes")
