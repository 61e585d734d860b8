"""The wire of chat completions. What is not listed here is refused: an option that silently does
nothing is worse than an error.

Inside a message unknown fields are ignored, because clients send back whole messages they got.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from server.generation.ask import ChatMessage

INT64_MAX: Final = 2**63 - 1
"""vLLM's seeds are of 64 bits; a larger one ends its engine."""
MAX_BIASES: Final = 300
MAX_MESSAGES: Final = 4096
"""Of one chat: each is stored for itself."""


LEAST_TOP_P: Final = 1e-6
"""The most likely token alone, as 0 means at OpenAI; vLLM wants more than nothing."""
TEXT_PARTS: Final = ("text", "refusal")
"""What an assistant said; each part has it under its own type's name."""


def _join_parts(value: Any) -> Any:
    """Text parts as one text. Raises ValueError for parts that are no text."""
    if not isinstance(value, list):
        return value
    texts = []
    for part in value:
        kind = part.get("type") if isinstance(part, dict) else type(part).__name__
        if kind not in TEXT_PARTS or not isinstance(part.get(kind), str):
            raise ValueError(f"only text parts are understood here, got {str(kind)[:40]!r}")
        texts.append(part[kind])
    return "\n".join(texts)


Content = Annotated[str, BeforeValidator(_join_parts)]


def _bound_biases(value: Any) -> Any:
    if isinstance(value, dict) and len(value) > MAX_BIASES:
        raise ValueError(f"at most {MAX_BIASES} tokens may have a bias")
    return value


class _Function(BaseModel):
    name: str = Field(min_length=1)
    arguments: str


class _ToolCall(BaseModel):
    id: str
    type: Literal["function"] = "function"
    function: _Function


class Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = Field(None, fail_fast=True)
    tool_call_id: str | None = None

    def plain(self) -> ChatMessage:
        """As vLLM takes it. Raises ValueError when there is nothing in it; an assistant may have
        said nothing.
        """
        if self.role == "assistant":
            said = {"role": self.role, "content": self.content or self.refusal or ""}
            calls = [c.model_dump() for c in self.tool_calls or ()]
            return {**said, "tool_calls": calls} if calls else said
        if self.content is None:
            raise ValueError(f"a message of role {self.role!r} needs content")
        if self.role == "tool":
            return {"role": self.role, "content": self.content, "tool_call_id": self.tool_call_id}
        return {"role": self.role, "content": self.content}


class StreamOptions(BaseModel):
    include_usage: bool = False


class _ToolFunction(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str = Field(min_length=1)


class _Tool(BaseModel):
    type: Literal["function"]
    function: _ToolFunction


class _ResponseFormat(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None


class _Sampled(BaseModel):
    """Options that go to vLLM under the same name, when given."""

    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    seed: int | None = Field(None, ge=-INT64_MAX, le=INT64_MAX)
    stop: str | Annotated[list[str], Field(max_length=16, fail_fast=True)] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    logit_bias: Annotated[dict[str, float], BeforeValidator(_bound_biases)] | None = None
    response_format: _ResponseFormat | None = None
    tools: list[_Tool] | None = Field(None, max_length=128, fail_fast=True)
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None


class _Ignored(BaseModel):
    """OpenAI's options that change nothing about an answer; the SDKs and frameworks send them."""

    metadata: Any = None
    store: Any = None
    service_tier: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    prompt_cache_retention: Any = None
    reasoning_effort: Any = None
    """Of hidden thinking, which assistants here do not do."""
    modalities: list[Literal["text"]] | None = Field(None, max_length=1)
    """What answers are in any case."""
    verbosity: Literal["medium"] | None = None
    """As long as usual; the assistant's words and max_tokens make answers short or long."""


class ChatRequest(_Sampled, _Ignored):
    model_config = ConfigDict(extra="forbid")

    model: str
    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES, fail_fast=True)
    n: int = Field(1, ge=1, le=16)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    user: str | None = None

    @field_validator("n", "stream", mode="before")
    @classmethod
    def _null_is_default(cls, value: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].default if value is None else value

    def sampled(self) -> dict[str, Any]:
        """What the caller said about sampling, for vLLM."""
        said = self.model_dump(include=set(_Sampled.model_fields), exclude_none=True)
        return {**said, "top_p": LEAST_TOP_P} if self.top_p == 0 else said
