"""What endpoints ask FastAPI for: the process's state, who is asking, the request's trace. All are
coroutines: FastAPI sends plain functions through a thread, which costs more than they do.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from server.access.caller import Caller
from server.access.guard import CALLER, USER_HEADER
from server.state import State
from server.trace import Trace


async def get_state(request: Request) -> State:
    state: State = request.app.state.thumbwheel
    return state


async def get_trace(request: Request) -> Trace:
    trace: Trace = request.scope["thumbwheel"]
    return trace


async def get_caller(request: Request) -> Caller:
    caller: Caller = request.scope[CALLER]
    return caller


async def find_user(request: Request, named_in_body: str | None) -> str:
    """Whom a request is for: header, then the body's `user`, then who asks. Somebody whom only the
    body names is charged here, for the guard could not yet.

    Raises InvalidRequest, Forbidden and LimitReached.
    """
    caller = await get_caller(request)
    named = request.headers.get(USER_HEADER)
    if named or not named_in_body:
        return caller.speaker(named)
    user = caller.speaker(named_in_body)
    meter = (await get_trace(request)).meter
    if meter and user != caller.person:
        await meter.charge([(await get_state(request)).door.person(user)])
    return user


async def get_user(request: Request) -> str:
    return (await get_caller(request)).speaker(request.headers.get(USER_HEADER))


StateDep = Annotated[State, Depends(get_state)]
CallerDep = Annotated[Caller, Depends(get_caller)]
UserDep = Annotated[str, Depends(get_user)]
TraceDep = Annotated[Trace, Depends(get_trace)]
