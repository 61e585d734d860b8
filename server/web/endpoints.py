"""HTTP of the page: the document, its modules and styles, and who the browser is.

All the page knows it asks from the API like any other client; nothing is rendered here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from core.records import is_anonymous
from server.access.caller import Caller
from server.access.cookies import set_cookie
from server.access.guard import LOGIN
from server.access.needs import PAGE, PUBLIC
from server.dependencies import CallerDep, StateDep
from server.state import State
from server.web.lean import LeanFiles

router = APIRouter(include_in_schema=False)

STATIC: Final = Path(__file__).parent / "static"
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Small files, revalidated: a new release shows at the next reload.
    "Cache-Control": "no-cache",
}


@lru_cache(maxsize=1)
def _static_files() -> LeanFiles:
    return LeanFiles(directory=STATIC)


@router.get("/", dependencies=[PAGE])
async def page(request: Request, state: StateDep, caller: CallerDep) -> FileResponse:
    return _document("index.html", request, state, caller)


@router.get("/dashboard", dependencies=[PAGE])
async def dashboard(request: Request, state: StateDep, caller: CallerDep) -> FileResponse:
    return _document("dashboard.html", request, state, caller)


def _document(name: str, request: Request, state: State, caller: Caller) -> FileResponse:
    """Where nobody must sign in, gives a browser that has none a random name, so that its votes are
    one person's.
    """
    answer = FileResponse(STATIC / name, headers=HEADERS)
    if caller.is_unknown and is_anonymous(caller.person):
        cookie, age_s = state.door.visit()
        set_cookie(answer, cookie, age_s, https=state.door.proxies.is_https(request))
    return answer


@router.get(LOGIN, dependencies=[PUBLIC])
async def login() -> FileResponse:
    return FileResponse(STATIC / "login.html", headers=HEADERS)


@router.get("/static/{path:path}", dependencies=[PUBLIC])
async def static(path: str, request: Request) -> Response:
    answer = await _static_files().get_response(path, request.scope)
    answer.headers.update(HEADERS)
    return answer
