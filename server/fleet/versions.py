"""The versions in the engine of one replica: brings them up and unloads them, and knows which are
verified, which are at work and which failed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Set
from contextlib import AbstractContextManager, suppress

from core import spans
from core.errors import (
    InvalidRequest,
    ModelUnavailable,
    NotFound,
    StoreUnavailable,
    ThumbwheelError,
)
from core.registry import Registry
from server.fleet.bringup import BringUp
from server.fleet.client import VllmClient
from server.fleet.failures import Failures
from server.fleet.reconcile import Plan

log = logging.getLogger(__name__)


class Versions:
    """`changed` is called at every news of what `verified` or `failures` say."""

    def __init__(
        self,
        registry: Registry,
        client: VllmClient,
        bring_up: BringUp,
        url: str,
        replica: str,
        changed: Callable[[], None],
    ) -> None:
        self.failures = Failures()
        self._registry = registry
        self._client = client
        self._bring_up = bring_up
        self._url = url
        self._replica = replica
        self._changed = changed
        self._verified: frozenset[str] = frozenset()
        self._busy: dict[str, asyncio.Task[None]] = {}

    @property
    def verified(self) -> frozenset[str]:
        """Loaded, and proved to be what the trainer made."""
        return self._verified

    @property
    def busy(self) -> frozenset[str]:
        """Being brought up at this moment."""
        return frozenset(self._busy)

    async def follow(self, plan: Plan) -> None:
        """Whatever goes wrong stays with its version."""
        for version in plan.bring_up:
            self._busy[version] = asyncio.create_task(self._bring(version))
        for version in plan.unload:
            await self._unload(version)
        for version in plan.remove:
            log.info("remove", extra=self._extra("remove", version))
            await asyncio.to_thread(self._bring_up.remove, version)

    def withdraw(self, versions: Set[str]) -> None:
        """These are verified no more."""
        for version in self._verified & versions:
            log.info("withdraw", extra=self._extra("withdraw", version))
        self._set_verified(self._verified - versions)

    async def close(self) -> None:
        """Ends what is at work; vLLM stays as it is."""
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _bring(self, version: str) -> None:
        """One attempt."""
        try:
            with await self._span("bring", version):
                await self._bring_up.run(version)
        except ThumbwheelError as error:
            self._note(version, error.message)
        except Exception as error:
            # Also what nobody foresaw, such as a bug in a store's driver, must not stop the others.
            log.exception("bring-up broke", extra=self._extra("load", version))
            self._note(version, f"{type(error).__name__}: {error}")
        else:
            self.failures.forget(version)
            self._set_verified(self._verified | {version})
        finally:
            del self._busy[version]

    async def _unload(self, version: str) -> None:
        self.withdraw({version})
        try:
            with await self._span("unload", version):
                await self._client.unload_adapter(self._url, version)
        except (ModelUnavailable, InvalidRequest) as error:
            log.warning(
                "version not unloaded", extra=self._extra("unload", version, error=error.message)
            )
        else:
            log.info("unload", extra=self._extra("unload", version))

    def _note(self, version: str, reason: str) -> None:
        failure = self.failures.note(version, reason, time.monotonic())
        log.warning(
            "version not loaded",
            extra=self._extra("load", version, error=reason, attempts=failure.attempts),
        )
        self._changed()

    def _set_verified(self, versions: frozenset[str]) -> None:
        if versions != self._verified:
            self._verified = versions
            self._changed()

    async def _span(self, name: str, version: str) -> AbstractContextManager[None]:
        """Linked with the run that made the version, as far as that is known."""
        about = {"thumbwheel.replica": self._replica, "thumbwheel.version": version}
        made = await self._made(version) if spans.on() else ""
        return spans.span(name, about, links=[made])

    async def _made(self, version: str) -> str:
        with suppress(NotFound, StoreUnavailable):
            assistant = version.rsplit("-", 2)[0]
            return (await self._registry.version(assistant, version)).traceparent
        return ""

    def _extra(self, action: str, version: str, **more: object) -> dict[str, object]:
        return {"action": action, "replica": self._replica, "version": version, **more}
