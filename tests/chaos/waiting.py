"""Waiting for something to hold, bounded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import psutil

from core.errors import StoreUnavailable

LOOK_EVERY_S: Final = 0.25


async def until(holds: Callable[[], Awaitable[bool]], within_s: float, instead: str) -> None:
    """Raises TimeoutError with `instead` after `within_s`. Nothing holds while Redis is away, or of
    a process that ends while one looks.
    """
    end = time.monotonic() + within_s
    while True:
        with suppress(StoreUnavailable, psutil.NoSuchProcess):
            if await holds():
                return
        if time.monotonic() > end:
            raise TimeoutError(f"{instead} within {within_s:.0f} s")
        await asyncio.sleep(LOOK_EVERY_S)
