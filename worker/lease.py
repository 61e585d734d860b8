"""Works only as long as the lease is ours: the heartbeat, and what ends the work beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from core.errors import RunCancelled, StaleFence, StoreUnavailable
from core.runs import Lease, Runs

T = TypeVar("T")

LOOK_EVERY_S: Final = 1.0
"""Longest time until a cancel is noticed."""


async def under_lease(runs: Runs, lease: Lease, ttl_s: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the lease is lost or somebody cancels the run.

    Raises StaleFence or RunCancelled then, after the work has cleaned up.
    """
    working = asyncio.create_task(work)
    beating = asyncio.create_task(_beat(runs, lease, ttl_s))
    try:
        await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
        return await (working if working.done() else beating)
    finally:
        working.cancel()
        beating.cancel()
        await asyncio.gather(working, beating, return_exceptions=True)


async def _beat(runs: Runs, lease: Lease, ttl_s: float) -> Any:
    """Never returns: raises StaleFence or RunCancelled."""
    renew_every_s = ttl_s / 4
    renewed = heard = time.monotonic()
    while True:
        await asyncio.sleep(min(LOOK_EVERY_S, renew_every_s))
        try:
            if time.monotonic() - renewed >= renew_every_s:
                await runs.renew(lease, ttl_s)
                renewed = heard = time.monotonic()
            if (await runs.get(lease.run)).cancelled:
                raise RunCancelled(f"Run {lease.run} was cancelled")
        except StoreUnavailable as error:
            # A restart of Redis must not cost the training; the lease itself is safe until it
            # could have expired.
            if time.monotonic() - heard > ttl_s:
                raise StaleFence(f"Run {lease.run} could not renew its lease") from error
