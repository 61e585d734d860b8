"""What goes wrong beside dying processes, by name: who does it, whom it needs, whom it harms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from core.store import Store
from tests.chaos.clock import Clock
from tests.chaos.stores import Stores
from tests.chaos.twice import Twice
from tests.chaos.victims import Victims
from tests.stack import Stack

Trouble = Callable[[float], Awaitable[str]]
"""Lasts about so many seconds, is undone, and tells what it did. Raises Missed when there was
nothing to do it to, TimeoutError when it had no effect or did not end.
"""
INVOLVED: Final = {
    "disk full": ("store",),
    "redis full": ("redis",),
    "damaged adapter": ("agent", "store", "vllm"),
    "clock went back": ("agent", "beat"),
}
"""What a trouble needs for itself."""
HARMED: Final = {
    "redis full": ("redis", "worker-train", "beat"),
    "damaged adapter": ("agent",),
    "clock went back": ("beat", "agent"),
    "clock went ahead": ("beat",),
    "two beats": ("beat",),
    "two train workers": ("worker-train",),
    "redelivery": ("worker-train",),
}
"""Who must do their work when a trouble is over."""


def make_troubles(stack: Stack, store: Store, victims: Victims) -> dict[str, Trouble]:
    stores, twice = Stores(stack.settings, store, victims), Twice(stack, store, victims)
    clock = Clock(stack.settings, store, victims.assistants)
    return {
        "disk full": stores.fill_disk,
        "redis full": stores.fill_redis,
        "damaged adapter": stores.damage_adapter,
        "clock went back": clock.go_back,
        "clock went ahead": clock.go_ahead,
        "two beats": twice.beat,
        "two train workers": twice.train_worker,
        "redelivery": twice.message,
    }
