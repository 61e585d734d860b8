"""The chart library's script, from where its Python package has it."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib import resources
from typing import Final

from fastapi import APIRouter, Request, Response

from server.access.needs import PUBLIC
from server.web.endpoints import HEADERS
from server.web.lean import tag

router = APIRouter(include_in_schema=False)

PATH: Final = "/static/plotly.min.js"
AGE_S: Final = 30 * 24 * 3600
"""A browser keeps it for so long without asking: 4.8 MB that change only with the lock file."""


@router.get(PATH, dependencies=[PUBLIC])
def script(request: Request) -> Response:
    """Compressed for who takes that. Reads a file: FastAPI runs it in a thread."""
    packed = "gzip" in request.headers.get("accept-encoding", "")
    content, known_by = _load(packed)
    headers = {**HEADERS, "Cache-Control": f"public, max-age={AGE_S}", "ETag": known_by}
    headers["Vary"] = "Accept-Encoding"
    if request.headers.get("if-none-match") == known_by:
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type="text/javascript")


@lru_cache(maxsize=2)
def _load(packed: bool) -> tuple[bytes, str]:
    """The script and the tag by which it is known; each once in a process's life."""
    plain = resources.files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    content = gzip.compress(plain, compresslevel=6, mtime=0) if packed else plain
    return content, tag(content)
