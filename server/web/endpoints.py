"""HTTP of the page: the document, its modules and styles, and who the browser is.

All the page knows it asks from the API like any other client; nothing is rendered here.
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from server.dependencies import USER_COOKIE

router = APIRouter(include_in_schema=False)

STATIC: Final = Path(__file__).parent / "static"
COOKIE_AGE_S: Final = 365 * 24 * 3600
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
def _static_files() -> StaticFiles:
    return StaticFiles(directory=STATIC)


@router.get("/")
async def page(request: Request) -> FileResponse:
    return _document("index.html", request)


@router.get("/dashboard")
async def dashboard(request: Request) -> FileResponse:
    return _document("dashboard.html", request)


def _document(name: str, request: Request) -> FileResponse:
    """Gives a browser that has none a random id, so that its votes are one person's."""
    answer = FileResponse(STATIC / name, headers=HEADERS)
    if not request.cookies.get(USER_COOKIE):
        answer.set_cookie(
            USER_COOKIE,
            secrets.token_urlsafe(18),
            max_age=COOKIE_AGE_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
    return answer


@router.get("/static/{path:path}")
async def static(path: str, request: Request) -> Response:
    answer = await _static_files().get_response(path, request.scope)
    answer.headers.update(HEADERS)
    return answer
