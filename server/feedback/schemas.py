"""The wire of feedback: one body per kind, told apart by `kind`; bounds live here, meaning in the
service.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from core.bodies import (
    Body,
    CommentBody,
    ComparisonBody,
    EditBody,
    ImplicitBody,
    RankingBody,
    ThumbBody,
)

MAX_TEXT = 20_000
"""Longest edit, in characters."""
KEY_PATTERN = r"^[\x21-\x7e]{1,128}$"
"""Of an idempotency key: visible ASCII."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]


class _Opinion(Body):
    key: Key | None = None

    def body(self) -> dict[str, Any]:
        """The kind's own fields: what is stored."""
        return self.model_dump(exclude={"kind", "key", "response_id", "comparison_id"})


class Thumb(ThumbBody, _Opinion):
    kind: Literal["thumb"]
    response_id: Id


class Comparison(ComparisonBody, _Opinion):
    kind: Literal["comparison"]
    comparison_id: Id


class Ranking(RankingBody, _Opinion):
    kind: Literal["ranking"]
    comparison_id: Id


class Edit(EditBody, _Opinion):
    kind: Literal["edit"]
    response_id: Id
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"\S")]
    """What it should have said."""


class CommentOnly(CommentBody, _Opinion):
    kind: Literal["comment"]
    response_id: Id


class Implicit(ImplicitBody, _Opinion):
    kind: Literal["implicit"]
    response_id: Id


OnResponse = Thumb | Edit | CommentOnly | Implicit
OnComparison = Comparison | Ranking
Opinion = Annotated[OnResponse | OnComparison, Field(discriminator="kind")]


class Stored(BaseModel):
    """An opinion as it is acknowledged: on disk, and from now on the one that counts."""

    id: str
    object: Literal["feedback"] = "feedback"
    kind: str
    assistant: str
    target: str
    """The response or comparison it is about."""
    new: bool
    """False when this very opinion was stored before."""


class Revealed(Stored):
    """An opinion about a comparison, and who was behind the letters. A later one on the same
    comparison replaces it where versions learn; of how good they are the first stays the evidence.
    """

    versions: list[str]
    """Per candidate, in the order shown."""
    message_ids: list[str]
    """Per candidate: the parent with which the conversation goes on from that answer."""


class Held(BaseModel):
    """One of the caller's opinions that hold now."""

    id: str
    object: Literal["feedback"] = "feedback"
    kind: str
    assistant: str
    target: str
    at: float
    body: dict[str, Any]
    shaped: str | None = None
    """The first version that learned from it."""
    tested: str | None = None
    """The first version that was judged by it while it was held out."""


class HeldList(BaseModel):
    object: Literal["list"] = "list"
    data: list[Held]


class Retracted(BaseModel):
    id: str
    object: Literal["feedback.deleted"] = "feedback.deleted"
    deleted: Literal[True] = True
