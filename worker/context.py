"""Everything a task works with, opened for one task and closed after it, and the one place where
Celery's synchronous tasks cross into asyncio.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.archive import Archive
from core.artifacts import Artifacts
from core.assistants import Assistants, load_assistants
from core.erasure import Erasures
from core.feedback import FeedbackLog
from core.lineups import Lineups
from core.messages import Messages
from core.people import People
from core.registry import Registry
from core.reigns import Reigns
from core.replicas import Replicas
from core.responses import Responses
from core.runs import Runs
from core.servers import Servers
from core.settings import Settings
from core.store import Store, connect
from core.tallies import Tallies
from core.trials import Trials

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    assistants: Assistants
    store: Store
    messages: Messages
    responses: Responses
    feedback: FeedbackLog
    people: People
    erasures: Erasures
    archive: Archive
    registry: Registry
    reigns: Reigns
    runs: Runs
    tallies: Tallies
    trials: Trials
    lineups: Lineups
    replicas: Replicas
    servers: Servers
    trainer: tuple[str, ...]
    """Command line of the training child, without its arguments."""

    def run_directory(self, run_id: str) -> Path:
        return self.settings.runs_dir / run_id

    @property
    def champions(self) -> Path:
        """Copies of adapters that runs begin from, each in a directory of its version's name."""
        return self.settings.runs_dir / ".champions"

    def artifacts(self) -> Artifacts:
        """Opening the store may reach over the network: call from a thread."""
        return Artifacts(self.settings.artifacts)


def trainer_command(settings: Settings) -> tuple[str, ...]:
    if settings.trainer_command:
        return tuple(shlex.split(settings.trainer_command))
    return (sys.executable, "-m", "trainer")


def make_context(settings: Settings, store: Store) -> Context:
    people = People(store)
    archive = Archive(store, settings.artifacts)
    return Context(
        settings=settings,
        assistants=load_assistants(settings.assistants_file),
        store=store,
        messages=Messages(store),
        responses=Responses(store),
        feedback=FeedbackLog(store, archive),
        archive=archive,
        people=people,
        erasures=Erasures(store, people, archive),
        registry=Registry(store),
        reigns=Reigns(store),
        runs=Runs(store),
        tallies=Tallies(store),
        trials=Trials(store),
        lineups=Lineups(store),
        replicas=Replicas(store, settings.replica_ttl_s),
        servers=Servers(store),
        trainer=trainer_command(settings),
    )


def run_async(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """Does `work` in an event loop of its own, with connections of its own."""

    async def main() -> T:
        store = connect(settings.redis_url)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(main())
