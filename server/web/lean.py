"""The pages' script and style as they are sent: without comments and white space, local names
short. The files stay as they are; nothing is built and nothing written.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Final

import minify
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

TYPES: Final = {".js": "text/javascript", ".css": "text/css"}


class LeanFiles(StaticFiles):
    """A folder of which script and style are sent lean, anything else as it is."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        path = Path(full_path)
        if path.suffix not in TYPES:
            return super().file_response(full_path, stat_result, scope, status_code)
        content = lean(path, stat_result.st_mtime_ns)
        answer = Response(content, status_code, {"ETag": tag(content)}, TYPES[path.suffix])
        if self.is_not_modified(answer.headers, Headers(scope=scope)):
            return NotModifiedResponse(answer.headers)
        return answer


@cache
def lean(path: Path, changed_ns: int) -> bytes:
    """What is sent of a script or style that last changed at `changed_ns`: made once."""
    shorter: str = minify.string(TYPES[path.suffix], path.read_text("utf-8"))
    return shorter.encode()


def tag(content: bytes) -> str:
    """An ETag by which a browser knows what it has."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'
