"""The wire of feedback: one body per kind, told apart by `kind`; bounds live here, meaning in the
service.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MAX_TEXT = 20_000
"""Longest edit, in characters."""
MAX_COMMENT = 4_000
"""Longest comment, in characters."""
MAX_TAGS = 16
"""Most tags of one opinion."""
KEY_PATTERN = r"^[\x21-\x7e]{1,128}$"
"""Of an idempotency key: visible ASCII."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Tags = Annotated[
    list[Tag], Field(max_length=MAX_TAGS), AfterValidator(lambda tags: list(dict.fromkeys(tags)))
]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_COMMENT)]
Choice = Literal["a", "b", "c", "d", "e", "f", "g", "h", "tie", "both_bad"]


class _Opinion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: Key | None = None

    def body(self) -> dict[str, Any]:
        """The kind's own fields: what is stored."""
        return self.model_dump(exclude={"kind", "key", "response_id", "comparison_id"})


class Thumb(_Opinion):
    kind: Literal["thumb"]
    response_id: Id
    value: Literal["up", "down"]
    tags: Tags = []
    comment: Comment = ""


class Comparison(_Opinion):
    kind: Literal["comparison"]
    comparison_id: Id
    choice: Choice
    tags: Tags = []
    comment: Comment = ""


class Ranking(_Opinion):
    kind: Literal["ranking"]
    comparison_id: Id
    order: Annotated[
        list[Annotated[list[Annotated[int, Field(ge=0, strict=True)]], Field(min_length=1)]],
        Field(min_length=1),
    ]
    """Candidate indices, best first, ties grouped."""


class Edit(_Opinion):
    kind: Literal["edit"]
    response_id: Id
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"\S")]
    """What it should have said."""


class CommentOnly(_Opinion):
    kind: Literal["comment"]
    response_id: Id
    comment: Annotated[Comment, StringConstraints(min_length=1)]


class Implicit(_Opinion):
    kind: Literal["implicit"]
    response_id: Id
    signal: Literal["copy", "regenerate", "stop"]


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
    """An opinion about a comparison, and who was behind the letters."""

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


class HeldList(BaseModel):
    object: Literal["list"] = "list"
    data: list[Held]


class Retracted(BaseModel):
    id: str
    object: Literal["feedback.deleted"] = "feedback.deleted"
    deleted: Literal[True] = True
