"""What an opinion of each kind says, and its bounds: the same on the wire and in files. Whom it is
about is said beside it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MAX_TAGS: Final = 16
"""Most tags of one opinion."""
MAX_COMMENT: Final = 4_000
"""Longest comment, in characters."""

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Tags = Annotated[
    list[Tag], Field(max_length=MAX_TAGS), AfterValidator(lambda tags: list(dict.fromkeys(tags)))
]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_COMMENT)]
Place = Annotated[int, Field(ge=0, strict=True)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ThumbBody(Body):
    value: Literal["up", "down"]
    tags: Tags = []
    comment: Comment = ""


class ComparisonBody(Body):
    choice: Literal["a", "b", "c", "d", "e", "f", "g", "h", "tie", "both_bad"]
    tags: Tags = []
    comment: Comment = ""


class RankingBody(Body):
    order: Annotated[list[Annotated[list[Place], Field(min_length=1)]], Field(min_length=1)]
    """Candidate indices, best first, ties grouped."""


class EditBody(Body):
    text: Annotated[str, StringConstraints(pattern=r"\S")]
    """What it should have said."""


class CommentBody(Body):
    comment: Annotated[Comment, StringConstraints(min_length=1)]


class ImplicitBody(Body):
    signal: Literal["copy", "regenerate", "stop"]
