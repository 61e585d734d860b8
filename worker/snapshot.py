"""The immutable dataset of one run: pairs (train.parquet, heldout.parquet), answers with a thumb
(thumbs.parquet, thumbs_heldout.parquet), answers that people wrote (demonstrations.parquet),
prompts.jsonl, doubted.json (what votes of who is not believed in full weigh), manifest.json.

The same log and the same versions in quarantine give the same bytes; the manifest's hash is the
snapshot's name.
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

import pyarrow.parquet as pq

from core.ids import new_id
from core.records import CompletionRow, Feedback, PreferenceRow, to_dict
from worker.belief import weigh
from worker.clean import clean, clean_thumbs
from worker.context import Context
from worker.newest import Newest, oldest_kept, read_newest
from worker.privacy import redact_gathered
from worker.rows import Asked, Gathered, Thumb, gather_rows
from worker.split import Split, ThumbSplit, split, split_thumbs
from worker.tables import COMPLETION_SCHEMA, PAIR_SCHEMA, Rows, dump, make_table

EVALUATION_PROMPTS: Final = 128
"""Enough that a win rate of 0.6 is told from one half."""
MANIFEST: Final = "manifest.json"
DOUBTED: Final = "doubted.json"

Chat = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a snapshot holds, before it is files."""

    pairs: Split
    thumbs: ThumbSplit
    demonstrations: list[CompletionRow]
    prompts: list[Chat]
    doubted: dict[str, float]

    def pair_files(self) -> dict[str, list[PreferenceRow]]:
        return {"train": self.pairs.train, "heldout": self.pairs.heldout}

    def completion_files(self) -> dict[str, list[CompletionRow]]:
        return {
            "thumbs": [thumb.row for thumb in self.thumbs.train],
            "thumbs_heldout": [thumb.row for thumb in self.thumbs.heldout],
            "demonstrations": self.demonstrations,
        }


@dataclass(frozen=True, slots=True)
class Snapshot:
    directory: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def people(self) -> int:
        """How many gave feedback."""
        return int(self.manifest["counts"]["people"])

    def doubted(self) -> dict[str, float]:
        """What one vote weighs by person, 1 of who is not named: as known before any later vote."""
        weights: dict[str, float] = json.loads((self.directory / DOUBTED).read_bytes())
        return weights


async def take_snapshot(context: Context, assistant: str, directory: Path) -> Snapshot:
    """Folds the newest of the log as it is now into `directory`; whole or not at all. Taken anew
    where somebody in it was erased or withdrew meanwhile.
    """
    while True:
        newest = await read_newest(context, assistant)
        taken = await _take(context, assistant, directory, newest)
        # After it is written: who is erased from now on finds the manifest that names them.
        oldest = oldest_kept(context, assistant)
        if not any(await context.people.objections(assistant, newest.opinions, oldest)):
            return taken
        await asyncio.to_thread(shutil.rmtree, directory)


async def _take(context: Context, assistant: str, directory: Path, newest: Newest) -> Snapshot:
    gathered, redacted = await _gather(context, assistant, newest.opinions)
    rows, unfit = clean(gathered.rows)
    judged, unfit_thumbs = clean_thumbs(gathered.thumbs)
    parted = split(rows)
    # In a thread: what holds this run's lease must not wait for it.
    believed = await asyncio.to_thread(weigh, gathered.rows, parted, split_thumbs(judged, parted))
    pairs, thumbs = believed.pairs, believed.thumbs
    prompts = evaluation_prompts(pairs, thumbs, gathered.asked)
    shown = demonstrations(pairs.train) + learnable(gathered.demonstrations, pairs, thumbs)
    parts = Parts(pairs, thumbs, shown, prompts, believed.doubted)
    dropped = gathered.dropped + unfit + unfit_thumbs + believed.dropped
    people = {opinion.user for opinion in newest.opinions}
    notes = {
        "dropped": _sorted(dropped),
        "left_out": _sorted(newest.left_out),
        "people": sorted([await context.people.digest(user) for user in people]),
        "redacted": redacted,
        "reliability": believed.summary,
    }
    manifest = _manifest(assistant, newest, parts, _sorted(gathered.choices), notes)
    await asyncio.to_thread(_write, directory, parts, manifest)
    return Snapshot(directory, manifest)


async def _gather(
    context: Context, assistant: str, opinions: list[Feedback]
) -> tuple[Gathered, dict[str, int] | None]:
    """With how many texts something was taken out of, by kind; None where nothing is."""
    rolled_back = await context.registry.rolled_back(assistant)
    gathered = await gather_rows(opinions, context.messages, context.responses, rolled_back)
    declared = context.assistants.get(assistant)
    if not declared.redact:
        return gathered, None
    gathered, found = await asyncio.to_thread(redact_gathered, gathered, declared.system_prompt)
    return gathered, _sorted(found)


def load_snapshot(directory: Path) -> Snapshot | None:
    """The snapshot that is there, or None."""
    path = directory / MANIFEST
    return Snapshot(directory, json.loads(path.read_bytes())) if path.is_file() else None


def demonstrations(rows: Iterable[PreferenceRow]) -> list[CompletionRow]:
    """What people wrote in place of an answer, for an edit's pair that is learned from."""
    return [
        CompletionRow(
            prompt=row.prompt,
            completion=row.chosen,
            kind=row.kind,
            user=row.user,
            time=row.time,
            feedback_id=row.feedback_id,
            prompt_ids=row.prompt_ids,
        )
        for row in rows
        if row.kind == "edit"
    ]


def learnable(
    written: Iterable[tuple[str, CompletionRow]], pairs: Split, thumbs: ThumbSplit
) -> list[CompletionRow]:
    """Demonstrations of people and for prompts that are not held out."""
    heldout = _groups(pairs.heldout, thumbs.heldout)
    return [row for group, row in written if group not in heldout and row.user not in thumbs.people]


def evaluation_prompts(pairs: Split, thumbs: ThumbSplit, asked: list[Asked]) -> list[Chat]:
    """Real prompts, each once: first those held out, then those nobody learns from (a tie, a
    comment), then the newest of the rest.
    """
    heldout = _groups(pairs.heldout, thumbs.heldout)
    learned = _groups(pairs.train, thumbs.train)

    def rank(prompt: Asked) -> tuple[int, float, str]:
        place = 0 if prompt.group in heldout else 2 if prompt.group in learned else 1
        return (place, -prompt.time, prompt.group)

    texts = (dump(prompt.messages) for prompt in sorted(asked, key=rank))
    return [json.loads(text) for text in list(dict.fromkeys(texts))[:EVALUATION_PROMPTS]]


def _groups(rows: Iterable[PreferenceRow], thumbs: Iterable[Thumb]) -> set[str]:
    return {row.group for row in rows} | {thumb.group for thumb in thumbs}


def _manifest(
    assistant: str,
    newest: Newest,
    parts: Parts,
    choices: dict[str, int],
    notes: dict[str, Any],
) -> dict[str, Any]:
    pairs, completions = parts.pairs, parts.completion_files()
    content = {
        "assistant": assistant,
        "watermark": newest.watermark,
        "counts": {
            "events": newest.events,
            "older_events": newest.older,
            "opinions": _sorted(Counter(o.kind for o in newest.opinions)),
            "people": len({o.user for o in newest.opinions}),
            "choices": choices,
            "prompts": len(parts.prompts),
            **{name: _size(part) for name, part in parts.pair_files().items()},
            "thumbs": _thumbs_size(completions["thumbs"]),
            "thumbs_heldout": _thumbs_size(completions["thumbs_heldout"]),
            "demonstrations": _people(parts.demonstrations),
        },
        "split": {
            "heldout_people": len(pairs.people),
            "heldout_rows_by_person": pairs.by_person,
            "heldout_rows_by_time": pairs.by_time,
        },
        **notes,
        "sha256": _digest(parts),
    }
    return {"name": f"snap_{hashlib.sha256(dump(content).encode()).hexdigest()[:24]}", **content}


def _size(rows: list[PreferenceRow]) -> dict[str, int]:
    return {**_people(rows), "groups": len({row.group for row in rows})}


def _thumbs_size(rows: list[CompletionRow]) -> dict[str, int]:
    labels = Counter(row.label for row in rows)
    return {**_people(rows), "up": labels[True], "down": labels[False]}


def _people(rows: Rows) -> dict[str, int]:
    return {"rows": len(rows), "people": len({row.user for row in rows})}


def _digest(parts: Parts) -> str:
    digest = hashlib.sha256()
    records: dict[str, Rows] = {**parts.pair_files(), **parts.completion_files()}
    files = [(name, map(to_dict, rows)) for name, rows in records.items()]
    for name, lines in (*files, ("prompts", parts.prompts)):
        digest.update(f"{name}\n".encode())
        for line in lines:
            digest.update(f"{dump(line)}\n".encode())
    return digest.hexdigest()


def _write(directory: Path, parts: Parts, manifest: dict[str, Any]) -> None:
    making = directory.with_name(f".{directory.name}.{new_id('tmp')}")
    making.mkdir(parents=True)
    for name, pairs in parts.pair_files().items():
        pq.write_table(make_table(pairs, PAIR_SCHEMA), making / f"{name}.parquet")
    for name, completions in parts.completion_files().items():
        pq.write_table(make_table(completions, COMPLETION_SCHEMA), making / f"{name}.parquet")
    lines = "".join(f"{dump({'messages': messages})}\n" for messages in parts.prompts)
    (making / "prompts.jsonl").write_text(lines, encoding="utf-8")
    (making / DOUBTED).write_text(json.dumps(parts.doubted, ensure_ascii=False) + "\n")
    (making / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    if directory.exists():
        shutil.rmtree(directory)
    os.rename(making, directory)


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))
