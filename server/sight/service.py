"""Makes one scrape. What Redis has is read now, so no process has to be asked for it, and several
API processes tell the same: queries take the largest, `max by (assistant) (...)`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from prometheus_client import generate_latest

from core.errors import ThumbwheelError
from core.metrics import keep_versions
from core.records import BASE
from server.sight.families import Scrape
from server.sight.fleet import add_fleet, add_workers
from server.sight.learning import add_assistant
from server.state import State

logger = logging.getLogger(__name__)

REDIS_TIMEOUT_S: Final = 4.0
"""Prometheus gives up after 10 s, and the process's own numbers must arrive all the same:
after whoever asks was looked up, which may take twice `REDIS_S` of the door.
"""


async def expose(state: State) -> bytes:
    """Everything, as text for Prometheus; without Redis only what this process knows itself."""
    scrape = Scrape()
    try:
        await asyncio.wait_for(_read(state, scrape), REDIS_TIMEOUT_S)
        scrape.add("state_up", 1)
    except (TimeoutError, ThumbwheelError) as error:
        logger.warning("state not read", extra={"action": "scrape", "error": type(error).__name__})
        scrape = Scrape()  # half of a state would look like a whole one
        scrape.add("state_up", 0)
    return generate_latest() + generate_latest(scrape)


async def _read(state: State, scrape: Scrape) -> None:
    pointers = await state.registry.pointers(state.assistants.names)
    wanted = {version for pointer in pointers.values() for version in pointer.desired()}
    await asyncio.gather(
        *(add_assistant(state, scrape, name, pointer) for name, pointer in pointers.items()),
        add_fleet(state, scrape, wanted),
        add_workers(state, scrape),
    )
    keep_versions({name: {BASE, *pointer.desired()} for name, pointer in pointers.items()})
