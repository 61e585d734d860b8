"""The wire of comparisons. Nothing here tells which version answered: that comes with the vote."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from server.chat.schemas import MAX_MESSAGES, Message


class NewComparison(BaseModel):
    """Either `messages` of an assistant (`model`), or `content` in a stored `conversation`."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = Field(None, validation_alias=AliasChoices("model", "assistant"))
    messages: list[Message] | None = Field(
        None, min_length=1, max_length=MAX_MESSAGES, fail_fast=True
    )
    conversation: str | None = None
    content: str = ""
    parent: str | None = None
    """As for a conversation's messages."""
    n: int = Field(2, ge=2)
    stream: bool = True
    user: str | None = None

    @model_validator(mode="after")
    def _is_one_of_two(self) -> NewComparison:
        if (self.messages is None) == (self.conversation is None):
            raise ValueError("give either messages (with model) or conversation (with content)")
        if self.messages is not None and (self.model is None or self.content or self.parent):
            raise ValueError("messages go with model, and without content and parent")
        if self.conversation is not None and not self.content.strip():
            raise ValueError("conversation goes with content: what the person says")
        return self


class CandidateView(BaseModel):
    letter: str
    """What a vote calls it."""
    response_id: str
    message_id: str
    """To go on from it in a conversation; empty when it said nothing."""
    text: str
    html: str
    finish_reason: str
    """`error` for an answer that broke off: no vote can choose among such."""
    error: dict[str, Any] | None = None


class ComparisonView(BaseModel):
    id: str
    object: str = "comparison"
    model: str
    candidates: list[CandidateView]


class Stopped(BaseModel):
    comparison_id: str
    stopped: bool = True
