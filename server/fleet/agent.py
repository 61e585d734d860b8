"""Beside one vLLM: drives it to the wanted set of versions and reports what it verified.

`python -m server.fleet.agent`. Level-triggered: every look compares what the registry wants with
what vLLM lists, so a restart of either needs no ceremony. Starting vLLM is the launcher's business.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Final

import aiohttp

from core import spans
from core.artifacts import Artifacts
from core.assistants import load_assistants
from core.base_model import describe_base
from core.errors import (
    BadConfig,
    InvalidRequest,
    ModelSilent,
    ModelUnavailable,
    NotFound,
    StoreUnavailable,
)
from core.logs import configure_logging
from core.records import BASE, ROLLOUT, BaseFiles, Replica
from core.registry import Registry
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store, connect
from server.fleet.bringup import BringUp
from server.fleet.client import VllmClient, open_session
from server.fleet.front import Check, Front, open_front
from server.fleet.health import Condition, Health, wait_at_most
from server.fleet.reconcile import Reconciler, View
from server.fleet.versions import Versions
from server.fleet.wanted import Wanted

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 1.0
"""Longest time between two reports; news is reported at once."""
SILENT_LOOKS: Final = 3
"""A busy vLLM may miss a look; after so many it counts as gone."""


class Agent:
    def __init__(
        self, settings: Settings, store: Store, client: VllmClient, assistants: list[str]
    ) -> None:
        self._settings = settings
        self._id = settings.replica_id
        self._url = settings.vllm_url
        self._client = client
        registry = Registry(store)
        self._replicas = Replicas(store, settings.replica_ttl_s)
        self._bring_up = BringUp(
            Artifacts(settings.artifacts),
            client,
            self._url,
            settings.state_dir / "adapters" / self._id,
            self._id,
        )
        self._changed = asyncio.Event()
        self._versions = Versions(
            registry, client, self._bring_up, self._url, self._id, self._changed.set
        )
        self._reconciler = Reconciler(settings.unload_after_s)
        self._health = Health(client, self._url, self._id, self._changed.set)
        self._redis = Condition("Redis", self._id)
        self._wanted = Wanted(registry, assistants, self._redis, self._id)
        self._base_files = BaseFiles()
        self._silent_looks = 0

    async def run(self) -> None:
        """Until cancelled; then says goodbye and leaves vLLM as it is."""
        await asyncio.to_thread(self._bring_up.remove_leftovers)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reconcile())
                group.create_task(self._health.watch())
                group.create_task(self._describe_base())
                group.create_task(self._report())
        finally:
            await self._versions.close()
            with suppress(StoreUnavailable):  # the report then ends by its age
                await self._replicas.forget(self._id)

    def replica(self) -> Replica:
        """What is true now."""
        problems = [f"vLLM: {self._health.problem}"] if self._health.problem else []
        failures = self._versions.failures.describe()
        return Replica(
            id=self._id,
            url=self._settings.replica_url or self._url,
            base_model=self._settings.base_model,
            ready=self._health.ready,
            versions=sorted(self._versions.verified),
            at=time.time(),
            error="; ".join([*problems, failures] if failures else problems),
            base_files=self._base_files,
        )

    def engine_trouble(self) -> str:
        """Why the engine does not generate; empty when it does."""
        return self._health.problem

    def trouble(self) -> str:
        """Why this replica should not count yet; empty once it answers by every champion. A
        candidate that does not load is no reason: it must not empty the fleet.
        """
        if self._wanted.versions is None:
            return "Redis was not read yet"
        missing = ", ".join(sorted(self._wanted.champions - self._versions.verified))
        return self._health.problem or (f"not loaded yet: {missing}" if missing else "")

    async def _describe_base(self) -> None:
        """Once is enough: a base model never changes. Behind vLLM's first answer, because what it
        serves is whole on disk then.
        """
        await self._health.first_found()
        base = self._settings.base_model
        try:
            self._base_files = await asyncio.to_thread(describe_base, base)
        except (NotFound, OSError, ValueError) as error:
            extra = {"action": "describe", "replica": self._id, "error": str(error)}
            log.warning("responses will not name their base", extra=extra)
        self._changed.set()

    async def _report(self) -> None:
        while True:
            self._changed.clear()
            try:
                await self._replicas.report(self.replica())
            except StoreUnavailable:
                self._redis.set("away")
            except Exception:
                # An agent that ended would say goodbye for an engine that answers well.
                log.exception("not reported", extra={"action": "report", "replica": self._id})
            await wait_at_most(self._changed, HEARTBEAT_S)

    async def _reconcile(self) -> None:
        while True:
            try:
                await self._step()
            except Exception:
                log.exception("not looked", extra={"action": "look", "replica": self._id})
            await asyncio.sleep(self._settings.agent_interval_s)

    async def _step(self) -> None:
        await self._wanted.read()
        wanted = self._wanted.versions
        before = self._versions.verified  # what is verified during the look is not in it
        listed = await self._look()
        if listed is None or wanted is None:
            return
        # A trainer's adapters lie with its run: they are not ours to bring up or report.
        loaded = {v: path for v, path in listed.items() if self._bring_up.is_ours(path)}
        self._versions.withdraw(before - loaded.keys())
        self._versions.failures.keep(wanted)
        now = time.monotonic()
        view = View(
            desired=wanted,
            loaded=loaded,
            stored=self._bring_up.stored(),
            verified=self._versions.verified,
            busy=self._versions.busy,
            resting=self._versions.failures.resting(now),
            rollouts=frozenset(name for name in listed if name.startswith(ROLLOUT)),
        )
        await self._versions.follow(self._reconciler.plan(view, now))

    async def _look(self) -> dict[str, str] | None:
        """What vLLM lists; None when it does not say."""
        try:
            listed = await self._client.models(self._url)
        except ModelSilent as error:
            self._silent_looks += 1
            if self._silent_looks >= SILENT_LOOKS:
                self._lose(error.message)
            return None
        except (ModelUnavailable, InvalidRequest) as error:
            self._lose(error.message)
            return None
        self._silent_looks = 0
        if BASE not in listed:
            self._lose(f"serves {', '.join(listed) or 'nothing'}, not {BASE!r}")
            return None
        self._health.found()
        return listed

    def _lose(self, reason: str) -> None:
        self._health.lost(reason)
        # What failed may have failed because of this; when vLLM is back, everything is tried.
        self._versions.failures.clear()


async def run_agent(settings: Settings, assistants: list[str]) -> None:
    """An agent until SIGTERM or SIGINT."""
    async with AsyncExitStack() as stack:
        store = connect(settings.redis_url, max_connections=8)
        stack.push_async_callback(store.close)
        session = await stack.enter_async_context(open_session())
        agent = Agent(settings, store, VllmClient(session, settings), assistants)
        if settings.front_port:
            await stack.enter_async_context(_front(settings, session, agent))
        await _until_signal(agent)


def _front(
    settings: Settings, session: aiohttp.ClientSession, agent: Agent
) -> AbstractAsyncContextManager[None]:
    checks: dict[str, Check] = {
        "/healthz": lambda: "",
        "/engine": agent.engine_trouble,
        "/readyz": agent.trouble,
    }
    front = Front(session, settings.vllm_url, checks)
    return open_front(front, settings.front_host, settings.front_port, settings.shutdown_grace_s)


async def _until_signal(agent: Agent) -> None:
    task = asyncio.create_task(agent.run())
    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> int:
    settings = Settings()
    configure_logging(settings.log_level, settings.log_format, settings.log_texts)
    try:
        assistants = load_assistants(settings.assistants_file).names
        spans.begin("thumbwheel-agent", settings.otlp_url)
    except BadConfig as error:
        log.error(error.message, extra={"action": "start"})
        return 2
    asyncio.run(run_agent(settings, assistants))
    spans.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
