"""The wire of import and export."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Imported(BaseModel):
    """What became of a file."""

    object: Literal["feedback.import"] = "feedback.import"
    assistant: str
    format: str
    rows: int
    bad_rows: int
    """Skipped, each whole."""
    opinions: dict[str, int]
    """Read, by kind."""
    new: int
    """Opinions that were not here before."""
    known: int
    """Opinions that an earlier import, or an earlier row, brought. One that was replaced or taken
    back since is not brought back.
    """
    left_out: dict[str, int]
    """What good rows hold and Thumbwheel has no place for, by what it is."""
    problems: list[str]
    """The first of what was wrong with bad rows."""
