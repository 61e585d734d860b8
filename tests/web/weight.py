"""What the pages' own script and style weigh as they are sent, uncompressed: all that a page can
ever load. Words are data, and the chart library comes from its package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from server.web.endpoints import STATIC
from server.web.lean import lean

PAGES: Final = {"chat": "index.html", "dashboard": "dashboard.html", "login": "login.html"}
NAMED: Final = re.compile(r'(?:from|import) "(\.[\w./-]+)"')
LINKED: Final = re.compile(r'(?:href|src)="/static/([\w./-]+\.(?:js|css))"')
VIEWS: Final = "dashboard/*.js"
"""Which of them is loaded is decided by the address."""


def files(page: str) -> set[Path]:
    """Of one of PAGES."""
    begun = {STATIC / name for name in LINKED.findall((STATIC / PAGES[page]).read_text())}
    if page == "dashboard":
        begun |= set(STATIC.glob(VIEWS))
    found: set[Path] = set()
    while begun:
        path = begun.pop()
        found.add(path)
        if path.suffix == ".js":
            named = {(path.parent / name).resolve() for name in NAMED.findall(path.read_text())}
            begun |= named - found
    return found


def weigh(paths: Iterable[Path]) -> int:
    """In bytes."""
    return sum(len(lean(path, path.stat().st_mtime_ns)) for path in paths)


def table() -> str:
    """The weights, as documented."""
    pages = {page: files(page) for page in PAGES}
    told = {
        "the chat page, every view": pages["chat"],
        "the dashboard, every view": pages["dashboard"],
        "the login page": pages["login"],
        "all pages, what they share counted once": set[Path]().union(*pages.values()),
    }
    rows = [f"| {what} | {len(paths)} | {weigh(paths):,} |" for what, paths in told.items()]
    return "\n".join(["| what | files | bytes sent |", "|---|---|---|", *rows])
