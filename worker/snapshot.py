"""The immutable dataset of one run: train.parquet, heldout.parquet, prompts.jsonl, manifest.json.

The same log gives the same bytes; the manifest's hash is the snapshot's name.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from core.ids import new_id
from core.records import Feedback, PreferenceRow, to_dict
from worker.clean import clean
from worker.context import Context
from worker.fold import Folded, fold
from worker.rows import Asked, gather_rows
from worker.split import Split, split

EVALUATION_PROMPTS: Final = 128
"""Enough that a win rate of 0.6 is told from one half."""
MANIFEST: Final = "manifest.json"

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
}
SCHEMA: Final = pa.schema(_COLUMNS)
"""The fields of core.records.PreferenceRow; `prompt` as JSON."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    directory: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.manifest["name"])


async def take_snapshot(context: Context, assistant: str, directory: Path) -> Snapshot:
    """Folds the log as it is now into `directory`; whole or not at all."""
    folded = await fold(context.feedback.read(assistant))
    gathered = await gather_rows(folded.opinions, context.messages, context.responses)
    rows, unfit = clean(gathered.rows)
    parts = split(rows)
    prompts = evaluation_prompts(parts, gathered.asked)
    manifest = _manifest(assistant, folded, parts, prompts, gathered.dropped + unfit)
    await asyncio.to_thread(_write, directory, parts, prompts, manifest)
    return Snapshot(directory, manifest)


def load_snapshot(directory: Path) -> Snapshot | None:
    """The snapshot that is there, or None."""
    path = directory / MANIFEST
    return Snapshot(directory, json.loads(path.read_bytes())) if path.is_file() else None


def evaluation_prompts(parts: Split, asked: list[Asked]) -> list[list[dict[str, str]]]:
    """Real prompts, each once: first those held out, then those nobody learns from (a tie, a
    thumb), then the newest of the rest.
    """
    heldout = {row.group for row in parts.heldout}
    learned = {row.group for row in parts.train}

    def rank(prompt: Asked) -> tuple[int, float, str]:
        place = 0 if prompt.group in heldout else 2 if prompt.group in learned else 1
        return (place, -prompt.time, prompt.group)

    texts = (_dump(prompt.messages) for prompt in sorted(asked, key=rank))
    return [json.loads(text) for text in list(dict.fromkeys(texts))[:EVALUATION_PROMPTS]]


def _manifest(
    assistant: str,
    folded: Folded,
    parts: Split,
    prompts: list[list[dict[str, str]]],
    dropped: Counter[str],
) -> dict[str, Any]:
    rows = [*parts.train, *parts.heldout]
    content = {
        "assistant": assistant,
        "watermark": folded.watermark,
        "counts": {
            "events": folded.events,
            "opinions": _sorted(Counter(o.kind for o in folded.opinions)),
            "choices": _sorted(_choices(folded.opinions)),
            "prompts": len(prompts),
            "train": _size(parts.train),
            "heldout": _size(parts.heldout),
        },
        "split": {
            "heldout_people": parts.people,
            "heldout_rows_by_person": parts.by_person,
            "heldout_rows_by_time": parts.by_time,
        },
        "dropped": _sorted(dropped),
        "feedback": sorted({row.feedback_id for row in rows}),
        "sha256": _digest(parts, prompts),
    }
    return {"name": f"snap_{hashlib.sha256(_dump(content).encode()).hexdigest()[:24]}", **content}


def _choices(opinions: Iterable[Feedback]) -> Counter[str]:
    return Counter(str(o.body.get("choice")) for o in opinions if o.kind == "comparison")


def _size(rows: list[PreferenceRow]) -> dict[str, int]:
    return {
        "rows": len(rows),
        "groups": len({row.group for row in rows}),
        "people": len({row.user for row in rows}),
    }


def _digest(parts: Split, prompts: list[list[dict[str, str]]]) -> str:
    digest = hashlib.sha256()
    for name, lines in (
        ("train", map(to_dict, parts.train)),
        ("heldout", map(to_dict, parts.heldout)),
        ("prompts", prompts),
    ):
        digest.update(f"{name}\n".encode())
        for line in lines:
            digest.update(f"{_dump(line)}\n".encode())
    return digest.hexdigest()


def _write(
    directory: Path, parts: Split, prompts: list[list[dict[str, str]]], manifest: dict[str, Any]
) -> None:
    making = directory.with_name(f".{directory.name}.{new_id('tmp')}")
    making.mkdir(parents=True)
    pq.write_table(_table(parts.train), making / "train.parquet")
    pq.write_table(_table(parts.heldout), making / "heldout.parquet")
    lines = "".join(f"{_dump({'messages': messages})}\n" for messages in prompts)
    (making / "prompts.jsonl").write_text(lines, encoding="utf-8")
    (making / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    if directory.exists():
        shutil.rmtree(directory)
    os.rename(making, directory)


def _table(rows: list[PreferenceRow]) -> pa.Table:
    plain = [{**to_dict(row), "prompt": _dump(row.prompt)} for row in rows]
    return pa.Table.from_pylist(plain, schema=SCHEMA)


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
