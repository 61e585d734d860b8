"""Waiting for answers that another process is generating."""

from __future__ import annotations

import asyncio
from typing import Final

from core.awaited import AWAITED_TTL_S
from core.errors import ModelUnavailable
from core.records import Response
from server.state import State

POLL_S: Final = 0.25
"""Between two looks at a record that another process is writing."""


async def read_closed(state: State, identity: str, response_ids: list[str]) -> list[Response]:
    """The records of a generation that another process may still be writing, once they are closed;
    as long as this waits, that one goes on. Raises ModelUnavailable where no process is.
    """
    clock = asyncio.get_running_loop().time
    look_again = clock() + state.settings.resume_grace_s
    say_again = 0.0
    lost = False
    while True:
        if clock() >= say_again:
            await state.awaited.note(identity)
            say_again = clock() + AWAITED_TTL_S / 3
        found = await state.responses.get_many(response_ids)
        left = [response.id for response in found if response.status == "open"]
        if not left:
            return found
        if lost:
            raise ModelUnavailable("This answer is no longer being generated here; ask again")
        if clock() >= look_again:
            lost = not await _is_written(state, left[0])
            look_again = clock() + state.settings.resume_grace_s
        await asyncio.sleep(POLL_S)


async def _is_written(state: State, response_id: str) -> bool:
    """Whether another process that lives has yet to finish it."""
    server = await state.responses.other_server(response_id)
    return bool(server) and not await state.servers.is_gone(server)
