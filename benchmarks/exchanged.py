"""What became of files of feedback, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.rawfiles import Raw

STEPS: Final = 8
MOST_TOKENS: Final = 512
NOTE: Final = (
    "Each file went through `POST /v1/feedback/import` with `skip_bad`, twice, and was counted "
    "besides from its JSON alone. What it left in the log was folded into a snapshot and learned "
    f"from for {STEPS} steps on the shipped model, at most {MOST_TOKENS:,} tokens of prompt and "
    "answer; what was longer, or says nothing, is named. The export was taken in for another "
    "assistant, whose own export is held against it byte for byte."
)


@dataclass(frozen=True, slots=True)
class Learned:
    """`refused`: why the worker would not train on it; then the rest is empty. `kept`: pairs and
    answers the trainer could use; accuracies of the candidate on held-out pairs.
    """

    method: str
    refused: str = ""
    rows: dict[str, int] | None = None
    status: str = ""
    accuracy: float | None = None
    heldout: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """`first`, `again`: what the import said, both times; `exported`: bytes; `second`: what the
    import of the export said.
    """

    file: str
    format: str
    raw: Raw
    first: dict[str, Any]
    again: dict[str, Any]
    counts: dict[str, Any]
    dropped: dict[str, int]
    learned: Learned
    exported: int
    second: dict[str, Any]
    same_bytes: bool

    @property
    def counts_agree(self) -> bool:
        imported: dict[str, int] = self.first["opinions"]
        return self.raw.opinions == imported


def describe(found: Sequence[Found]) -> str:
    return f"{NOTE}\n\n{table(found)}\n"


def table(found: Sequence[Found]) -> str:
    lines = [
        "| file | counted in its JSON | imported | again | learned from | exported, imported, "
        "exported |",
        "|---" * 6 + "|",
    ]
    lines += [
        f"| {one.file}, {one.format} | {_say({**one.raw.opinions, **one.raw.besides})} "
        f"| {_imported(one)} | {one.again['new']} new | {_learned(one)} | {_returned(one)} |"
        for one in found
    ]
    return "\n".join(lines)


def _imported(one: Found) -> str:
    said = one.first
    parts = [f"{said['rows']} rows: {_say(said['opinions'])}, {said['new']} new"]
    parts.append("as counted" if one.counts_agree else "**not as counted**")
    if said["bad_rows"]:
        parts.append(f"{said['bad_rows']} bad rows, the first: {said['problems'][0]}")
    if said["left_out"]:
        parts.append(f"left out: {_say(said['left_out'])}")
    return "; ".join(parts)


def _learned(one: Found) -> str:
    counts, learned = one.counts, one.learned
    pairs, thumbs = (
        f"{counts[name]['rows']} {what} and {counts[heldout]['rows']} held out"
        for name, heldout, what in (
            ("train", "heldout", "pairs"),
            ("thumbs", "thumbs_heldout", "thumbs"),
        )
    )
    parts = [f"snapshot: {pairs}, {thumbs}"]
    if one.dropped:
        parts.append(f"not: {_say(one.dropped)}")
    if learned.refused or not learned.rows:
        return "; ".join([*parts, f"{learned.method} refused: {learned.refused or learned.status}"])
    parts.append(f"{learned.method} {learned.status}, {_say(learned.rows)}")
    if learned.accuracy is not None:
        parts.append(f"right on {learned.accuracy:.2f} of {learned.heldout} held-out pairs")
    return "; ".join(parts)


def _returned(one: Found) -> str:
    kept = "the same bytes" if one.same_bytes else "**other bytes**"
    return f"{one.exported} bytes, {one.second['new']} opinions, {kept}"


def _say(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items())
