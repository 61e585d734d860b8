"""Ends the answers of API processes that died before they could say how those ended: nobody else
ever would, and feedback on them would be refused as too early.
"""

from __future__ import annotations

import logging
from typing import Final

from worker.context import Context

log = logging.getLogger(__name__)

AT_ONCE: Final = 500
"""Of each process that is gone, in one tick."""
WHY: Final = "the server ended while it was answering"


async def close_unfinished(context: Context) -> None:
    """Harmless while a process only seems to be gone: what it says in the end counts."""
    for server in await context.responses.servers():
        if await context.servers.is_gone(server):
            await _close(context, server)


async def _close(context: Context, server: str) -> None:
    ids = await context.responses.open_of(server, AT_ONCE)
    for response in await context.responses.give_up(server, ids, WHY):
        await context.tallies.add(response)
        about = {"action": "give up", "assistant": response.assistant, "response_id": response.id}
        log.warning(WHY, extra=about)
