"""The connection to Redis: what holds for every command."""

from __future__ import annotations

import asyncio
import random

from core.registry import Registry
from core.store import Store


async def test_a_cancelled_task_ends_wherever_its_command_stood(store: Store) -> None:
    registry = Registry(store)

    async def read_for_ever() -> None:
        while True:
            await registry.pointers(["support", "tutor"])

    chance = random.Random(0)
    for _ in range(300):
        task = asyncio.create_task(read_for_ever())
        await asyncio.sleep(chance.random() * 0.003)
        task.cancel()
        _, still_running = await asyncio.wait([task], timeout=30.0)
        assert not still_running
