"""The columns of a snapshot's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from core.records import CompletionRow, PreferenceRow, to_dict

Rows = Sequence[PreferenceRow | CompletionRow]

AT_ONCE: Final = 1000
"""Rows that are copied into columns at a time."""

_IDS: Final = pa.list_(pa.int32())
_COLUMNS: Final[dict[str, pa.DataType]] = {
    "group": pa.string(),
    "prompt": pa.string(),
    "chosen": pa.string(),
    "rejected": pa.string(),
    "kind": pa.string(),
    "user": pa.string(),
    "time": pa.float64(),
    "feedback_id": pa.string(),
    "weight": pa.float64(),
    "prompt_ids": _IDS,
    "chosen_ids": _IDS,
    "rejected_ids": _IDS,
    "position_gap": pa.int32(),
}
PAIR_SCHEMA: Final = pa.schema(_COLUMNS)
"""The fields of core.records.PreferenceRow; `prompt` as JSON."""
_COMPLETION_COLUMNS: Final[dict[str, pa.DataType]] = {
    "prompt": pa.string(),
    "completion": pa.string(),
    "kind": pa.string(),
    "user": pa.string(),
    "time": pa.float64(),
    "feedback_id": pa.string(),
    "label": pa.bool_(),
    "weight": pa.float64(),
    "prompt_ids": _IDS,
    "completion_ids": _IDS,
}
COMPLETION_SCHEMA: Final = pa.schema(_COMPLETION_COLUMNS)
"""The fields of core.records.CompletionRow; `prompt` as JSON."""


def make_table(rows: Rows, schema: pa.Schema) -> pa.Table:
    starts = range(0, len(rows), AT_ONCE)
    batches = [_batch(rows[start : start + AT_ONCE], schema) for start in starts]
    return pa.Table.from_batches(batches, schema=schema)


def _batch(rows: Rows, schema: pa.Schema) -> pa.RecordBatch:
    plain = [{**to_dict(row), "prompt": dump(row.prompt)} for row in rows]
    return pa.RecordBatch.from_pylist(plain, schema=schema)


def dump(value: Any) -> str:
    """The same value gives the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
