"""The wire of conversations."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from core.conversations import Conversation


class NewConversation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str = Field(validation_alias=AliasChoices("model", "assistant"))
    title: str = Field("", max_length=200)


class Renamed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class NewMessage(BaseModel):
    """Something said or, with `regenerate`, the wish for another answer to the message `parent`."""

    model_config = ConfigDict(extra="forbid")

    content: str = ""
    parent: str | None = None
    """Message it answers: "" for a new beginning, left out for where the conversation stands."""
    regenerate: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> NewMessage:
        if self.regenerate and (self.content or not self.parent):
            raise ValueError("to regenerate, name the user's message as parent and give no content")
        if not self.regenerate and not self.content.strip():
            raise ValueError("content must say something")
        return self


class MessageView(BaseModel):
    id: str
    parent: str
    """Empty for a beginning."""
    role: str
    content: str
    html: str
    response_id: str
    """What feedback names; empty for what the person said."""
    version: str = ""
    """Which one said it; empty for what the person said, for answers shown side by side until their
    vote is given, and where the record is gone.
    """


class ConversationView(BaseModel):
    id: str
    object: str = "conversation"
    model: str
    title: str
    head: str
    created: float
    updated: float

    @classmethod
    def of(cls, conversation: Conversation) -> ConversationView:
        return cls(
            id=conversation.id,
            model=conversation.assistant,
            title=conversation.title,
            head=conversation.head,
            created=conversation.created,
            updated=conversation.updated,
        )


class UnderWay(BaseModel):
    """What the last question is being answered with."""

    question: str
    """The message."""
    response: str
    """Empty where several are said side by side."""
    comparison: str
    responses: list[str]
    """All of them, in the order they are shown."""


class ConversationTree(ConversationView):
    messages: list[MessageView]
    """Parents before children."""
    answering: UnderWay | None
    """Can be read along with `Last-Event-ID: <response or comparison>:0`."""


class ConversationList(BaseModel):
    object: str = "list"
    data: list[ConversationView]


class Deleted(BaseModel):
    id: str
    deleted: bool = True


class Stopped(BaseModel):
    response_id: str
    stopped: bool = True
