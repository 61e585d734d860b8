"""What a run leaves behind: its figures, its manifest and its log. What people said goes with the
run: it was copied for the training alone. So does what it trained, which lies in the artifact store
if it became a version.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from worker.runner import read_json

REPORT: Final = "report.json"
MANIFEST: Final = "snapshot/manifest.json"
TEXTS: Final = (
    "snapshot/*.parquet",
    "snapshot/*.jsonl",
    "snapshot/doubted.json",
    "rollouts.jsonl",
    "samples.*",
)
"""Files with what people said, or whom, in a run's directory."""
TRAINED: Final = (
    "checkpoints",
    "reward-run/checkpoints",
    *("adapter", "reward", "package", "votes"),
    *(".snapshot.*", ".adapter.*", ".reward.*", ".package.*"),
)
"""Directories with what is needed until the verdict. Not the adapters of rollouts: a vLLM that has
one loaded ends when it misses the files.
"""


def tidy(directory: Path) -> None:
    """Behind a verdict. Doing it twice is harmless."""
    report = read_json(directory / REPORT)
    if report is not None and report.get("samples"):
        write_json(directory / REPORT, without_texts(report))
    for path in _untidy(directory):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def find_untidy(runs: Path, before: float) -> list[Path]:
    """Directories of runs that were not tidied, or not changed since a time (seconds since the
    epoch).
    """
    found: list[Path] = []
    for directory in sorted(runs.glob("run_*")):
        with suppress(FileNotFoundError):  # somebody else clears it
            if directory.stat().st_mtime < before or any(_untidy(directory)):
                found.append(directory)
    return found


def _untidy(directory: Path) -> Iterator[Path]:
    for pattern in (*TRAINED, *TEXTS):
        yield from directory.glob(pattern)


def without_texts(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name != "samples"}


def named_in(directory: Path) -> set[str]:
    """Whom the manifest of a run's snapshot says something about by name."""
    known = read_json(directory / MANIFEST) or {}
    return {finding["person"] for finding in _findings(known)}


def unname(directory: Path, names: set[str]) -> None:
    """Takes that out of the manifest, where it is about these people."""
    known = read_json(directory / MANIFEST)
    if known is not None:
        kept = [finding for finding in _findings(known) if finding["person"] not in names]
        reliability = {**known["reliability"], "findings": kept}
        write_json(directory / MANIFEST, {**known, "reliability": reliability})


def _findings(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = manifest.get("reliability", {}).get("findings", [])
    return found


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    making = path.with_suffix(".tmp")
    making.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    making.replace(path)
