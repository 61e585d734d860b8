"""The wire of what operators read."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel

from core.records import FeedbackKind
from core.timeline import Bucket, Span
from server.conversations.schemas import ConversationView, MessageView

LATEST: Final = 1e11
"""No moment is later, in seconds since the epoch."""
CURSOR_PATTERN: Final = r"^([1-9][0-9]{0,15}-[0-9]{1,16}|fb_[0-9a-z]{26})$"


class OpinionView(BaseModel):
    """One opinion that holds now, and what it is about. Of `value` (thumb), `choice` (comparison),
    `order` (ranking), `text` (edit) and `signal` (implicit), its kind's own is there.
    """

    id: str
    object: Literal["feedback"] = "feedback"
    at: float
    kind: FeedbackKind
    user: str
    versions: list[str]
    """Of the answers it is about, in the order shown; none while a comparison's vote is blind."""
    response_ids: list[str]
    """Those answers."""
    comparison_id: str | None = None
    conversation_id: str | None = None
    tags: list[str] = []
    comment: str = ""
    value: str | None = None
    choice: str | None = None
    order: list[list[int]] | None = None
    text: str | None = None
    signal: str | None = None
    prompt_excerpt: str = ""
    answer_excerpt: str = ""
    """Of the answer, or of the one that was liked best."""


class OpinionPage(BaseModel):
    object: Literal["list"] = "list"
    data: list[OpinionView]
    next: str | None
    """Cursor of the next page."""


class Reign(BaseModel):
    """How long a version was champion, in seconds since the epoch."""

    name: str
    since: float | None
    """None for who answered from the beginning."""
    until: float | None
    """None for who answers now."""


class TimelineView(BaseModel):
    object: Literal["timeline"] = "timeline"
    assistant: str
    bucket: Span
    buckets: list[Bucket]
    versions: list[Reign]
    """Champions of that time, the oldest first."""


class ConversationBehind(ConversationView):
    user: str
    messages: list[MessageView]
    """Parents before children."""
    opinions: list[OpinionView]
    """What the person says about its answers, the oldest first."""


class ReplicaView(BaseModel):
    id: str
    url: str
    ready: bool
    """It was heard of just now, and says that it is."""
    versions: list[str]
    in_flight: int | None
    """Requests that this API process has there; None where it sends none."""
    age_s: float | None
    """Since it was heard of; None for an upstream without an agent."""
    error: str
    base_model: str


class WorkerView(BaseModel):
    name: str
    queues: list[str]
    age_s: float


class Fleet(BaseModel):
    object: Literal["fleet"] = "fleet"
    replicas: list[ReplicaView]
    workers: list[WorkerView]
