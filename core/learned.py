"""Which versions learned from a person, and which runs still hold something of theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.artifacts import Artifacts
from core.lineage import Ledgers
from core.registry import Registry


async def versions_that_learned(
    person: str, assistants: Iterable[str], registry: Registry, artifacts: str
) -> list[str]:
    """Those of these assistants that were made of opinions of `person` (a digest), by the ledgers
    in the artifact store at the URL `artifacts`.
    """
    versions = [name for assistant in assistants for name in await registry.names(assistant)]

    def look() -> list[str]:
        ledgers = Ledgers(Artifacts(artifacts))
        return [name for name in versions if ledgers.has(name, person)]

    return await asyncio.to_thread(look) if versions else []


def runs_with(directory: Path, person: str) -> list[str]:
    """Ids of the runs that took a snapshot with something of the person. Blocking."""
    found: list[str] = []
    for path in sorted(directory.glob("*/snapshot/manifest.json")):
        with suppress(FileNotFoundError):  # a snapshot is being replaced
            if person in json.loads(path.read_bytes()).get("people", ()):
                found.append(path.parent.parent.name)
    return found
