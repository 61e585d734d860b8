"""The wire of consent and erasure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.consent import Choice

MAX_ASSISTANTS = 1000
"""Most exceptions of one consent."""

Name = Annotated[str, StringConstraints(max_length=64)]


class NewConsent(BaseModel):
    """Replaces what the person said before. A vote between two versions that was given before stays
    counted where these two are being tried, but teaches nothing any more.
    """

    model_config = ConfigDict(extra="forbid")

    consent: Choice
    """Whether what they say may be learned from."""
    assistants: Annotated[dict[Name, Choice], Field(max_length=MAX_ASSISTANTS)] = {}
    """Assistants for which something else holds."""


class ConsentView(BaseModel):
    id: str
    object: Literal["user.consent"] = "user.consent"
    consent: Choice
    assistants: dict[str, Choice]


class Erased(BaseModel):
    """What was removed, by kind, and which versions learned from it before."""

    id: str
    object: Literal["user.deleted"] = "user.deleted"
    deleted: Literal[True] = True
    removed: dict[str, int]
    versions: list[str]
