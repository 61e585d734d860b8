"""The records every part agrees on. Immutable; JSON on the wire and in Redis through `encode` and
`decode`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

BASE = "base"
"""Name of the version that is no adapter: the bare base model."""
IMPORTED = "imported"
"""Version of answers that came from a file: no adapter of ours said them."""
ROLLOUT = "rollout-"
"""How names of adapters begin that a trainer loads into vLLM to sample from, and unloads itself."""

ANONYMOUS: Final = "anonymous"
"""Everybody who gives no name; `shop:anonymous` where they come through the API key `shop`."""

Role = Literal["system", "user", "assistant", "tool"]
ResponseStatus = Literal["open", "done", "error", "aborted"]
FeedbackKind = Literal["thumb", "comparison", "ranking", "edit", "comment", "implicit", "retract"]
VersionState = Literal["staged", "trial", "champion", "retired", "rejected", "rolled_back"]
Decision = Literal["promote", "trial", "reject", "rollback", "hold"]
RunState = Literal["queued", "running", "ended"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a tree; its id is the hash of the user's salt, its parent and itself.

    >>> Message(id="msg_1", parent="", role="system", content="You are kind.")
    """

    id: str
    parent: str
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Response:
    """One completion. The first group is written before the first token, the second at the end or
    the abort.

    Text lives in the message tree: `message` names the assistant's message, `prompt` the last one
    it answers. A message's id is a keyed hash of the whole chat up to it, the system prompt
    included, so `prompt` is also the hash of what was asked. `sampling` always has a `seed`, with
    which the same version answers the same again, as far as the engine's arithmetic repeats.
    """

    id: str
    assistant: str
    version: str
    user: str
    prompt: str
    sampling: dict[str, Any]
    created: float
    conversation: str = ""
    comparison: str = ""
    replica: str = ""
    arm: str = "champion"
    propensity: float = 1.0
    trial: str = ""
    """The version on trial then; "" also where another version answered than that of `arm`. `arm`
    and `propensity` are what was drawn, `other` a live version that is neither, side by side.
    """
    base_hash: str = ""
    """Of the base's weights, as in Version; "" where no agent told it."""
    template_hash: str = ""
    """Of the chat template and the assistant's system prompt (core.base_model.template_hash)."""
    traceparent: str = ""
    """Of the span it was made in (core.spans); votes on it and runs that learn from it refer to it.
    """

    status: ResponseStatus = "open"
    message: str = ""
    finish_reason: str = ""
    error: str = ""
    prompt_ids: list[int] | None = None
    output_ids: list[int] | None = None
    first_token_s: float | None = None
    finished: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """K answers to one prompt, in the order they were shown (letters a, b, ... are positions)."""

    id: str
    assistant: str
    user: str
    prompt: str
    responses: list[str]
    created: float
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One opinion. `target` is a response or comparison id (for `retract`: a feedback id), `body`
    the kind's own fields; opinions that say the same may share it.
    """

    id: str
    kind: FeedbackKind
    assistant: str
    user: str
    target: str
    at: float
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Who answers for an assistant. Changed only by the registry, atomically."""

    champion: str = BASE
    previous: str = ""
    candidate: str = ""
    challenger: str = ""
    """Who is on trial: answers a `share` of the people, and beside the champion."""
    share: float = 0.0
    held: bool = False
    hold_reason: str = ""
    updated: float = 0.0
    taken_back: bool = False
    """`previous` was rolled back: it stays loaded for who promotes it again, and answers nobody."""

    @property
    def standby(self) -> str:
        """Who answers where the champion is not loaded, before the base; "" for nobody."""
        return "" if self.taken_back else self.previous

    def desired(self) -> list[str]:
        """Adapters every replica should hold: who answers, who did before, who is about to."""
        names = (self.champion, self.previous, self.candidate, self.challenger)
        return list(dict.fromkeys(n for n in names if n and n != BASE))


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable policy adapter and where it came from. `base_hash`: of the weights it was
    trained on (core.base_model.describe_base). `figures["data"]`: what its snapshot held.
    """

    name: str
    assistant: str
    sequence: int
    sha256: str
    parent: str
    run: str
    snapshot: str
    base_hash: str
    created: float
    figures: dict[str, Any] = field(default_factory=dict)
    state: VersionState = "staged"
    traceparent: str = ""
    """Of the span it was published in, within its run's (core.spans)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended, always with its reason and figures."""

    decision: Decision
    reason: str
    figures: dict[str, Any] = field(default_factory=dict)
    version: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """One retraining. What changes is kept beside the record and merged in when read."""

    id: str
    assistant: str
    reason: str
    created: float
    counts: dict[str, int] = field(default_factory=dict)

    state: RunState = "queued"
    phase: str = "queued"
    fraction: float = 0.0
    eta_s: float | None = None
    message: str = ""
    attempts: int = 0
    cancelled: bool = False
    snapshot: str = ""
    version: str = ""
    verdict: Verdict | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class TriggerState:
    """Why an assistant is, or is not, being retrained now."""

    due: bool
    reason: str
    waiting: dict[str, int]
    needed: dict[str, int]
    at: float
    settling_since: float | None = None
    """Since when enough opinions wait for a moment of quiet."""


@dataclass(frozen=True, slots=True)
class BaseFiles:
    """Hashes of a base model's files (core.base_model.describe_base); "" where nobody told them."""

    weights: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Replica:
    """What one agent says about its vLLM. Only what is listed in `versions` may be asked of it."""

    id: str
    url: str
    base_model: str
    ready: bool
    versions: list[str]
    at: float
    error: str = ""
    base_files: BaseFiles = field(default_factory=BaseFiles)


@dataclass(frozen=True, slots=True)
class Worker:
    """A Celery worker that works, and the queues it takes from."""

    name: str
    queues: list[str]
    at: float


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """One ordered pair a trainer learns from. Rows with the same `group` share their prompt.

    `*_ids` are what vLLM sampled (the answer's end-of-turn token included) and are never re-
    tokenised; an edit has none. `position_gap`: how many places after the rejected answer the
    chosen one was shown; 0 where they were not shown side by side.
    """

    group: str
    prompt: list[dict[str, str]]
    chosen: str
    rejected: str
    kind: str
    user: str
    time: float
    feedback_id: str
    weight: float = 1.0
    prompt_ids: list[int] | None = None
    chosen_ids: list[int] | None = None
    rejected_ids: list[int] | None = None
    position_gap: int = 0


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """One answer a trainer learns from: judged by a thumb (`label`), or what somebody says it
    should have been (an edit; `label` is None).
    """

    prompt: list[dict[str, str]]
    completion: str
    kind: str
    user: str
    time: float
    feedback_id: str
    label: bool | None = None
    weight: float = 1.0
    prompt_ids: list[int] | None = None
    completion_ids: list[int] | None = None


_ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {}


def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]


def is_anonymous(user: str) -> bool:
    return user.rpartition(":")[2] == ANONYMOUS


def encode(record: Any) -> bytes:
    """A record as JSON."""
    return _adapter(type(record)).dump_json(record)


def decode(cls: type[T], raw: bytes | str) -> T:
    """A record from JSON. Raises pydantic.ValidationError when it does not fit."""
    result: T = _adapter(cls).validate_json(raw)
    return result


def fields_of(cls: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """What of `row` is a field of `cls`, as `decode` reads it: a newer release may have written
    more.
    """
    return {name: value for name, value in row.items() if name in cls.__dataclass_fields__}


def to_dict(record: Any) -> dict[str, Any]:
    """A record as JSON-ready dictionary."""
    result: dict[str, Any] = _adapter(type(record)).dump_python(record, mode="json")
    return result
