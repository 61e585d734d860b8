"""What endpoints ask FastAPI for: the process's state, who is asking, the request's trace."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Request

from core.errors import InvalidRequest
from core.records import ANONYMOUS
from server.state import State
from server.trace import Trace

USER_HEADER: Final = "x-thumbwheel-user"
USER_COOKIE: Final = "tw_user"
_USER: Final = re.compile(r"[A-Za-z0-9_.@:+-]{1,128}")


def get_state(request: Request) -> State:
    state: State = request.app.state.thumbwheel
    return state


def get_trace(request: Request) -> Trace:
    trace: Trace = request.scope["thumbwheel"]
    return trace


def find_user(request: Request, named_in_body: str | None = None) -> str:
    """Who is asking: header, then the body's `user`, then the page's cookie, then "anonymous".

    Raises InvalidRequest for a name with other characters than [A-Za-z0-9_.@:+-] or above 128.
    """
    user = (
        request.headers.get(USER_HEADER)
        or named_in_body
        or request.cookies.get(USER_COOKIE)
        or ANONYMOUS
    )
    if not _USER.fullmatch(user):
        raise InvalidRequest(
            "A user is named by 1 to 128 characters of A-Z a-z 0-9 _ . @ : + -", "user"
        )
    return user


def get_user(request: Request) -> str:
    return find_user(request)


StateDep = Annotated[State, Depends(get_state)]
UserDep = Annotated[str, Depends(get_user)]
TraceDep = Annotated[Trace, Depends(get_trace)]
