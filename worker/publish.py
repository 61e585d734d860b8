"""A finished training becomes an immutable version: one directory in the artifact store, the ledger
of the votes that made it beside it, one record in the registry.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from core import spans
from core.artifacts import Artifacts, Manifest, describe
from core.errors import RunFailed
from core.ids import new_id
from core.lineage import Ledgers, make_ledger, write_ledger, write_people
from core.records import Run, Version
from core.registry import version_name
from core.runs import Lease
from worker.context import Context
from worker.leftovers import REPORT, without_texts, write_json
from worker.runner import read_json
from worker.snapshot import Snapshot
from worker.suspicions import without_names

BESIDE: Final = ("model_card.md", "curves.png", "metrics.jsonl")
"""What goes with the adapter's own files, and the report without what people said."""
TAUGHT: Final = ("train", "thumbs", "demonstrations")
"""Files of a snapshot that are learned from."""
TESTED: Final = ("heldout", "thumbs_heldout")
"""Files that judge what was learned."""
LEDGERS_TRIED: Final = 10
"""Of versions before, should some be damaged."""


async def publish(
    context: Context,
    lease: Lease,
    directory: Path,
    parent: str,
    snapshot: Snapshot,
    report: dict[str, Any],
) -> Version:
    """The run's version; the same one however often it is asked for. Raises StaleFence for an
    outdated owner.
    """
    await context.runs.renew(lease, context.settings.lease_s)
    package = await asyncio.to_thread(_package, directory)
    manifest = await asyncio.to_thread(describe, package, "")
    run = await context.runs.get(lease.run)
    name = await _name(context, run, manifest)
    await context.runs.renew(lease, context.settings.lease_s)
    before = await _versions_before(context, run, name)
    await asyncio.to_thread(_store, context.artifacts, package, name, snapshot, before)
    version = Version(
        name=name,
        assistant=run.assistant,
        sequence=sequence_of(name),
        sha256=manifest.sha256,
        parent=parent,
        run=run.id,
        snapshot=snapshot.name,
        base_hash=str(report.get("base_hash") or ""),
        created=time.time(),
        figures={
            **{k: report.get(k) for k in ("heldout", "generation", "golden", "rows")},
            "data": {
                **{k: snapshot.manifest[k] for k in ("counts", "dropped")},
                "reliability": without_names(snapshot.manifest["reliability"]),
            },
        },
        traceparent=spans.here(),
    )
    await context.runs.renew(lease, context.settings.lease_s)
    await context.registry.add_version(version)
    return version


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


async def _versions_before(context: Context, run: Run, name: str) -> list[str]:
    """The assistant's newest, but for this one: an earlier attempt may have registered it."""
    newest = await context.registry.versions(run.assistant, limit=LEDGERS_TRIED)
    return [version.name for version in newest if version.name != name]


def _store(
    artifacts: Callable[[], Artifacts],
    package: Path,
    name: str,
    snapshot: Snapshot,
    before: list[str],
) -> None:
    """Raises RunFailed when the store does not take it."""
    try:
        opened = artifacts()
        opened.publish(package, name)
        ledgers = Ledgers(opened)
        taught, tested = (_feedback_ids(snapshot.directory, files) for files in (TAUGHT, TESTED))
        directory = package.with_name("votes")
        directory.mkdir(exist_ok=True)
        write_ledger(make_ledger(name, taught, tested, ledgers.read_first(before)), directory)
        write_people(snapshot.manifest["people"], directory)
        ledgers.publish(name, directory)
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        raise RunFailed(
            f"the artifact store did not take it ({why}); mend that and ask for a retraining"
        ) from error


def _feedback_ids(snapshot: Path, files: Iterable[str]) -> pa.ChunkedArray[Any]:
    tables = [pq.read_table(snapshot / f"{f}.parquet", columns=["feedback_id"]) for f in files]
    return pa.concat_tables(tables)["feedback_id"]


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
    if (report := read_json(directory / REPORT)) is not None:
        write_json(making / REPORT, without_texts(report))
    os.rename(making, package)
    return package
