"""What a run leaves behind: its figures, its manifest and its adapter. What people said goes with
the run: it was copied for the training alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
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


def tidy(directory: Path) -> None:
    """Behind a verdict. Doing it twice is harmless."""
    shutil.rmtree(directory / "checkpoints", ignore_errors=True)
    for unfinished in directory.glob(".snapshot.*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    for pattern in TEXTS:
        for path in directory.glob(pattern):
            path.unlink(missing_ok=True)
    report = read_json(directory / REPORT)
    if report is not None and report.get("samples"):
        write_json(directory / REPORT, without_texts(report))


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
