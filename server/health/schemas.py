"""The wire of readiness."""

from __future__ import annotations

from pydantic import BaseModel


class Part(BaseModel):
    ok: bool
    needed: bool = True
    """False for a part that chat can be served without."""
    why: str = ""
    """What is broken, empty when nothing is."""
    detail: str = ""


class Readiness(BaseModel):
    ready: bool
    """Chat can be served: every needed part is ok."""
    parts: dict[str, Part]
