"""What stands before every route: site, caller, scopes, limits, audit, in this order, and all of it
before a body is read. Nothing of it is on the way of a chunk.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.audit import Act
from core.errors import StoreUnavailable, Unauthenticated
from server.access.caller import Caller
from server.access.meter import Meter
from server.access.needs import Need, need_of
from server.state import State
from server.trace import Trace

USER_HEADER = "x-thumbwheel-user"
LAST_EVENT_ID = "last-event-id"
CALLER = "thumbwheel.caller"
"""Where a request's scope has its Caller."""
LOGIN = "/login"

logger = logging.getLogger(__name__)


def guard_routes(app: FastAPI, public: frozenset[str]) -> None:
    """Puts a guard before every route that is there. `public`: paths that are open in spite of what
    they declare. Raises LookupError for a route that declares nothing.
    """
    for route in app.routes:
        if isinstance(route, APIRoute):
            need = need_of(route)
            need = replace(need, public=True) if route.path in public else need
            route.app = Guard(route.app, need, route.name)


class Guard:
    """`action`: what the audit log calls a call of this route."""

    def __init__(self, app: ASGIApp, need: Need, action: str) -> None:
        self._app = app
        self._need = need
        self._action = action

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        conn = HTTPConnection(scope)
        state: State = conn.app.state.thumbwheel
        state.door.check_same_site(conn)
        if self._need.public:
            await self._app(scope, receive, send)
            return
        with state.door.count():
            try:
                caller = await state.door.find_caller(conn)
            except Unauthenticated:
                if not self._need.page:
                    raise
                to_login = RedirectResponse(f"{LOGIN}?next={quote(scope['path'])}", 303)
                await to_login(scope, receive, send)
                return
            await self._admit(conn, state, caller, receive, send)

    async def _admit(
        self, conn: HTTPConnection, state: State, caller: Caller, receive: Receive, send: Send
    ) -> None:
        """Known. Raises Forbidden and LimitReached."""
        caller.check(self._need.scopes)
        person = caller.speaker(conn.headers.get(USER_HEADER))
        trace: Trace = conn.scope["thumbwheel"]
        conn.scope[CALLER] = caller
        generates = self._need.generates and not (
            self._need.resumes and LAST_EVENT_ID in conn.headers
        )
        meter = trace.meter = Meter(state.limits, state.background, generates)
        if self._need.charged:
            await meter.charge(state.door.subjects(caller, person))
        if self._need.audited:
            act = self._act(conn, caller, person, trace.request_id)
            send = Audited(state, trace, act, send)
        with meter.hold():
            await self._app(conn.scope, receive, send)

    def _act(self, conn: HTTPConnection, caller: Caller, person: str, request: str) -> Act:
        params: Mapping[str, object] = conn.scope.get("path_params", {})
        target = " ".join(str(value)[:200] for value in params.values())
        asked = conn.query_params.get("assistant", "")[:200]
        return Act(person, caller.key_name, caller.address, self._action, target or asked, request)


@dataclass(slots=True)
class Audited:
    """Lets a reply begin only when the act that it confirms is in the audit log; of what was
    refused nothing is kept. An act that cannot be kept there stands in the process's log.
    """

    state: State
    trace: Trace
    act: Act
    send: Send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 400:
            act = replace(self.act, target=self.act.target or self.trace.about)
            try:
                await self.state.audit.note(act)
            except StoreUnavailable:
                logger.error("not in the audit log", extra={"act": asdict(act)})
        await self.send(message)
