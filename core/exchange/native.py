"""Thumbwheel's own rows, which carry everything: an example, field by field.

>>> {"prompt": [{"role": "user", "content": "Hi"}], "answers": ["Hello"], "kind": "thumb",
...  "body": {"value": "up", "tags": [], "comment": ""}, "person": "ann", "voter": 0, "at": 1.5}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, cast

import orjson
import pyarrow as pa

from core.errors import InvalidRequest
from core.exchange.columns import MESSAGES
from core.exchange.example import Example
from core.exchange.turns import Row, find, read_text, read_turns, write_turns
from core.records import FeedbackKind

_COLUMNS: Final[dict[str, pa.DataType]] = {
    "prompt": MESSAGES,
    "answers": pa.list_(pa.string()),
    "kind": pa.string(),
    "body": pa.string(),
    "person": pa.string(),
    "voter": pa.int32(),
    "at": pa.float64(),
}
SCHEMA: Final = pa.schema(_COLUMNS)
"""`body` as JSON: each kind has other fields."""


def read(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    if unknown := sorted(set(row) - set(_COLUMNS)):
        raise InvalidRequest(f"there is no field {unknown[0]!r}; there is {', '.join(_COLUMNS)}")
    answers = find(row, "answers")
    if not isinstance(answers, list):
        raise InvalidRequest("answers must be a list of strings")
    yield Example(
        prompt=read_turns(find(row, "prompt"), "prompt"),
        answers=tuple(read_text(text, f"answers[{i}]") for i, text in enumerate(answers)),
        kind=cast(FeedbackKind, read_text(find(row, "kind"), "kind")),
        body=_read_body(find(row, "body")),
        person=read_text(row.get("person") or "", "person"),
        voter=_read_voter(row.get("voter")),
        at=_read_time(row.get("at")),
    )


def write(example: Example) -> list[Row]:
    return [
        {
            "prompt": write_turns(example.prompt),
            "answers": list(example.answers),
            "kind": example.kind,
            "body": example.body,
            "person": example.person,
            "voter": example.voter,
            "at": example.at,
        }
    ]


def _read_body(value: Any) -> dict[str, Any]:
    """An object, or one as JSON, which is how Parquet has it."""
    try:
        body = orjson.loads(value) if isinstance(value, str) else value
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise InvalidRequest(f"body must be an object, not {type(body).__name__}")
    return body


def _read_voter(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRequest("voter must be a whole number")
    return value


def _read_time(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest("at must be seconds since 1970")
    return float(value)
