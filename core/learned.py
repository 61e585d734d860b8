"""Which versions learned from a person, by the manifests of the snapshots that runs took."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from core.errors import NotFound
from core.registry import Registry
from core.runs import Runs


async def versions_that_learned(
    person: str, directory: Path, runs: Runs, registry: Registry
) -> list[str]:
    """`person` is a digest, `directory` where runs keep their files."""
    versions: list[str] = []
    for run_id in await asyncio.to_thread(runs_with, directory, person):
        with suppress(NotFound):
            run = await runs.get(run_id)
            versions.append((await registry.version(run.assistant, run.version)).name)
    return versions


def runs_with(directory: Path, person: str) -> list[str]:
    """Ids of the runs that took a snapshot with something of the person. Blocking."""
    found: list[str] = []
    for path in sorted(directory.glob("*/snapshot/manifest.json")):
        with suppress(FileNotFoundError):  # a snapshot is being replaced
            if person in json.loads(path.read_bytes()).get("people", ()):
                found.append(path.parent.parent.name)
    return found
