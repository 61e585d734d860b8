"""The benchmark's own count of a file, which nothing of the product made, against the import's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.rawfiles import count_file
from core.exchange.formats import find_format
from core.exchange.reading import Reading

TREE = {
    "role": "prompter",
    "text": "May I?",
    "emojis": {"+1": 1},
    "replies": [
        {"role": "assistant", "text": "Yes.", "rank": 0, "emojis": {"+1": 2, "-1": 1}},
        {"role": "assistant", "text": "No.", "rank": 1},
        {"role": "assistant", "text": "Perhaps.", "rank": 1},
        {"role": "assistant", "text": "Gone.", "rank": 2, "deleted": True},
    ],
}
JUDGED = [{"p": "May I?", "a": "Yes.", "b": "No.", "c": choice} for choice in (0, 1, 2)]
FILES: list[tuple[str, dict[str, str], list[dict[str, Any]], dict[str, int]]] = [
    ("openassistant", {}, [TREE], {"ordered pairs": 2, "thumbs on what people asked": 1}),
    (
        "jsonl",
        {"prompt": "p", "answer_a": "a", "answer_b": "b", "choice": "c"},
        JUDGED,
        {"ordered pairs": 2},
    ),
    ("preference", {}, [{"prompt": "May I?", "chosen": "Yes.", "rejected": "No."}], {}),
    ("kto", {}, [{"prompt": "May I?", "completion": "Yes.", "label": True}], {"liked": 1}),
    ("sft", {}, [{"prompt": "May I?", "completion": "Yes."}], {}),
]


@pytest.mark.parametrize(("form", "mapping", "rows", "besides"), FILES, ids=[f[0] for f in FILES])
def test_counted_as_imported(
    form: str,
    mapping: dict[str, str],
    rows: list[dict[str, Any]],
    besides: dict[str, int],
    tmp_path: Path,
) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(orjson.dumps(rows))
    raw = count_file(file, form, mapping)
    reading = Reading(find_format(form, [f"{ours}={theirs}" for ours, theirs in mapping.items()]))
    for row in rows:
        reading.take("row", row)
    assert raw.opinions == dict(reading.tally.examples)
    assert besides.items() <= raw.besides.items()
    assert raw.rows == len(rows)
