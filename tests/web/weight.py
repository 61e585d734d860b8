"""What a page's own script and style weigh, uncompressed: all that the page can ever load."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from server.web.endpoints import STATIC

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
    return sum(path.stat().st_size for path in paths)


def table() -> str:
    """The weights, as documented."""
    chat, dashboard = files("chat"), files("dashboard")
    told = {
        "the chat page, every view": chat,
        "the dashboard, every view": dashboard,
        "both, what they share counted once": chat | dashboard,
    }
    rows = [f"| {what} | {len(paths)} | {weigh(paths):,} |" for what, paths in told.items()]
    return "\n".join(["| what | files | bytes |", "|---|---|---|", *rows])
