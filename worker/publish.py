"""A finished training becomes an immutable version: one directory in the artifact store, one record
in the registry.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import Any, Final

from core.artifacts import Manifest, describe
from core.errors import RunFailed
from core.ids import new_id
from core.records import Run, Version
from core.registry import version_name
from core.runs import Lease
from worker.context import Context

BESIDE: Final = ("report.json", "model_card.md", "curves.png")
"""What goes with the adapter's own files."""


async def publish(
    context: Context,
    lease: Lease,
    directory: Path,
    parent: str,
    snapshot: str,
    report: dict[str, Any],
) -> Version:
    """The run's version; the same one however often it is asked for. Raises StaleFence for an
    outdated owner.
    """
    package = await asyncio.to_thread(_package, directory)
    manifest = await asyncio.to_thread(describe, package, "")
    run = await context.runs.get(lease.run)
    name = await _name(context, run, manifest)
    await context.runs.renew(lease, context.settings.lease_s)
    await asyncio.to_thread(_upload, context, package, name)
    version = Version(
        name=name,
        assistant=run.assistant,
        sequence=sequence_of(name),
        sha256=manifest.sha256,
        parent=parent,
        run=run.id,
        snapshot=snapshot,
        base_hash=str(report.get("base_hash_after", "")),
        created=time.time(),
        figures={k: report.get(k) for k in ("heldout", "generation", "golden", "rows")},
    )
    await context.runs.renew(lease, context.settings.lease_s)
    await context.registry.add_version(version)
    return version


def _upload(context: Context, package: Path, name: str) -> None:
    try:
        context.artifacts().publish(package, name)
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        raise RunFailed(
            f"the artifact store did not take it ({why}); mend that and ask for a retraining"
        ) from error


def sequence_of(name: str) -> int:
    return int(name.rsplit("-", 2)[1].removeprefix("p"))


async def _name(context: Context, run: Run, manifest: Manifest) -> str:
    """Noted before it is used, so that a successor takes the same one."""
    if run.version and run.version == version_name(
        run.assistant, sequence_of(run.version), manifest.sha256
    ):
        return run.version
    sequence = await context.registry.next_sequence(run.assistant)
    name = version_name(run.assistant, sequence, manifest.sha256)
    await context.runs.note(run.id, version=name)
    return name


def _package(directory: Path) -> Path:
    """The adapter at the top, where vLLM looks for it, and what explains it beside."""
    package = directory / "package"
    if package.is_dir():
        return package
    if not (directory / "adapter").is_dir():
        raise RunFailed("the trainer reported success but left no adapter")
    making = directory / f".package.{new_id('tmp')}"
    shutil.copytree(directory / "adapter", making)
    for name in BESIDE:
        if (directory / name).is_file():
            shutil.copy2(directory / name, making / name)
    os.rename(making, package)
    return package
