"""What tests of a real vLLM share: real adapters of the shipped model, and how they get there."""

from __future__ import annotations

import time
from pathlib import Path

from core.artifacts import Artifacts
from core.records import BASE, Version
from core.registry import Registry
from core.settings import Settings
from server.fleet.client import VllmClient

QUESTIONS = (
    "Hello!",
    "Where is my parcel?",
    "Write three bullets about tea.",
    "Please make this kinder: send it now.",
)
VERSIONS = tuple(f"support-p{i:06d}-{i:08x}" for i in range(1, 6))


def messages(question: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]


async def publish_real(settings: Settings, registry: Registry, files: Path, name: str) -> None:
    """Publishes and registers an adapter as a run would."""
    manifest = Artifacts(settings.artifacts).publish(files, name)
    await registry.add_version(
        Version(name, "support", 1, manifest.sha256, "", "run", "snap", "hash", time.time())
    )


async def forget_adapters(client: VllmClient, url: str) -> None:
    """The engine is shared: no test sees what another loaded."""
    for name in await client.models(url):
        if name != BASE:
            await client.unload_adapter(url, name)
