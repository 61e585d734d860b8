"""One version from the artifact store into vLLM: local copy, load, proof. Idempotent, so that what
is there already (after a restart of the agent) is only checked.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from pathlib import Path

from core import spans
from core.artifacts import MANIFEST, Artifacts, verify
from core.errors import ArtifactCorrupt, ModelUnavailable
from server.fleet.client import VllmClient
from server.fleet.probe import read_probes, run_probes

log = logging.getLogger(__name__)


class BringUp:
    """Brings versions into the vLLM at `url`, with their files below `directory`."""

    def __init__(
        self, artifacts: Artifacts, client: VllmClient, url: str, directory: Path, replica: str
    ) -> None:
        self._artifacts = artifacts
        self._client = client
        self._url = url
        self._directory = directory.absolute()  # vLLM takes a relative path for a hub id
        self._replica = replica

    def is_ours(self, path: str) -> bool:
        return Path(path).is_relative_to(self._directory)

    def stored(self) -> frozenset[str]:
        """Versions with a local directory."""
        if not self._directory.is_dir():
            return frozenset()
        return frozenset(p.name for p in self._directory.iterdir() if p.name[0] != ".")

    async def run(self, version: str) -> None:
        """Returns when vLLM answers by `version` as the trainer's model does. Raises whatever
        forbids it: NotFound, ArtifactCorrupt, ProbeFailed, ModelUnavailable, InvalidRequest.
        """
        began = time.monotonic()
        path = await asyncio.to_thread(fetch_local, self._artifacts, version, self._directory)
        probes = await asyncio.to_thread(read_probes, path)
        fetched = time.monotonic()
        spans.event("fetched")
        await self._load(version, str(path))
        loaded = time.monotonic()
        spans.event("loaded")
        await run_probes(self._client, self._url, version, probes)
        log.info(
            "version verified",
            extra={
                "action": "verify",
                "version": version,
                "replica": self._replica,
                "fetch_ms": round((fetched - began) * 1e3, 1),
                "load_ms": round((loaded - fetched) * 1e3, 1),
                "probe_ms": round((time.monotonic() - loaded) * 1e3, 1),
            },
        )

    async def _load(self, version: str, path: str) -> None:
        there = (await self._client.models(self._url)).get(version)
        if there == path:
            return
        if there is not None:
            # The name with other files behind it: never both, and never in place.
            await self._client.unload_adapter(self._url, version)
        await self._client.load_adapter(self._url, version, path)
        there = (await self._client.models(self._url)).get(version)
        if there != path:
            raise ModelUnavailable(f"vLLM lists {version} at {there!r}, not at {path!r}")

    def remove(self, version: str) -> None:
        """Removes a version's local files. The caller knows that vLLM does not need them."""
        shutil.rmtree(self._directory / version)

    def remove_leftovers(self) -> None:
        """Removes copies that an agent before us did not finish."""
        if self._directory.is_dir():
            for path in self._directory.glob(".*"):
                shutil.rmtree(path)


def fetch_local(artifacts: Artifacts, version: str, directory: Path) -> Path:
    """A verified copy at `directory/version`. One that is there but damaged is mended file by file:
    vLLM may read the directory at any moment, so it must never be gone.
    """
    target = directory / version
    if target.is_dir():
        try:
            verify(target)
        except ArtifactCorrupt:
            _mend(artifacts, version, target)
    return artifacts.fetch(version, directory)


def _mend(artifacts: Artifacts, version: str, target: Path) -> None:
    aside = target.parent / f".mend.{version}"
    try:
        fresh = artifacts.fetch(version, aside)
        for entry in verify(fresh).files:
            (target / entry.path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(fresh / entry.path, target / entry.path)
        os.replace(fresh / MANIFEST, target / MANIFEST)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
