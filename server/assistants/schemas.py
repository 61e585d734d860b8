"""The wire of assistants: what is watched, and what an operator may ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from core.leaderboard import Entry, Estimate
from core.records import Run, TriggerState, Version, VersionState
from core.registry import AuditEntry
from core.trials import Trial

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Because(_Request):
    """Retrain, hold."""

    reason: Reason


class Promote(_Request):
    version: Name
    reason: Reason


class Rollback(_Request):
    version: Name | None = None
    """What is taken back, on trial or the champion: then the same request again changes nothing. By
    default what is on trial, or the champion where nothing is, or where `to` is given.
    """
    to: Name | None = None
    """The version that answers instead of the champion; by default the one that did before."""
    reason: Reason


class Resume(_Request):
    reason: Reason = "resumed"


class Answering(BaseModel):
    """Who answers for an assistant."""

    champion: str
    previous: str
    standby: str
    """What a rollback gives the alias back to: `previous`, unless that was rolled back itself."""
    candidate: str
    challenger: str
    """Who is on trial, empty for nobody."""
    share: float
    """Of the people, who are answered by it."""
    held: bool
    hold_reason: str


class AssistantView(Answering):
    id: str
    object: Literal["assistant"] = "assistant"
    description: str
    examples: list[str]
    recipe: str
    counts: dict[str, int]
    """Targets with an opinion, by kind."""
    why_not: TriggerState
    """Why it is, or is not, being retrained now."""
    active_run: Run | None
    """The run that has no verdict yet."""
    retrain_request: str | None
    """What an operator asked for and no run has answered yet, as `by: reason`."""
    warnings: list[str]
    """What is suspicious about its last versions."""


class AssistantList(BaseModel):
    object: Literal["list"] = "list"
    data: list[AssistantView]


class VersionList(BaseModel):
    """Newest first."""

    object: Literal["list"] = "list"
    data: list[Version]


class Lineage(BaseModel):
    """A version and what it was made of."""

    name: str
    object: Literal["version"] = "version"
    assistant: str
    state: VersionState
    created: float
    sha256: str
    parent: str
    """The champion it was measured against."""
    run: str
    snapshot: str
    base_hash: str
    """Of the base's weights it was trained on; the responses it answers name the same."""
    people: int
    """Who gave feedback until then."""
    data: dict[str, Any]
    """`counts`: opinions by kind, rows and people of each part; `dropped`: what was not learned
    from, by why; `reliability`: people by how far they are believed, and what looks like gaming by
    kind. Empty where its run did not say.
    """
    quarantined: bool
    """It was rolled back: thumbs and edits of its own answers teach nobody."""


class RunList(BaseModel):
    """Newest first."""

    object: Literal["list"] = "list"
    data: list[Run]


class TrialList(BaseModel):
    """Newest first; one without a verdict is on."""

    object: Literal["list"] = "list"
    data: list[Trial]


class AuditList(BaseModel):
    """Newest first."""

    object: Literal["list"] = "list"
    data: list[AuditEntry]


class Changed(Answering):
    """What a change came to. `seconds`: from the request to the new pointer on disk."""

    assistant: str
    action: Literal["promote", "rollback", "hold", "resume"]
    changed: bool
    """False when it was so already."""
    seconds: float


class RetrainAsked(BaseModel):
    """The worker takes the request at its next look."""

    assistant: str
    requested: Literal[True] = True
    active_run: str
    """The run that has to end first, empty for none."""


class Thumbs(BaseModel):
    up: int = 0
    down: int = 0


class Score(BaseModel):
    """One version against other versions, pair by pair; a tie or both bad counts half."""

    wins: int
    losses: int
    ties: int
    both_bad: int
    win_rate: float
    low: float
    high: float
    """95 % interval (Wilson)."""


class Window(BaseModel):
    """Which part of the log the figures by version come from."""

    entries: int
    complete: bool
    """True when that is all of it."""
    since: float | None
    """Time of its oldest entry."""


class Metrics(BaseModel):
    assistant: str
    counts: dict[str, int]
    """Targets with an opinion, by kind; of all time."""
    window: Window
    responses: dict[str, int]
    """Rated responses by version."""
    thumbs: dict[str, Thumbs]
    """By version."""
    comparisons: dict[str, Score]
    """By version, of pairs whose versions differ."""
    same_version_comparisons: int
    """Comparisons and rankings within one version: they train, but compare no versions."""
    warnings: list[str]
    """What is suspicious about its last versions."""


class Leaderboard(BaseModel):
    """Versions by Bradley-Terry at equal style, the strongest first."""

    assistant: str
    window: Window
    entries: list[Entry]
    style: dict[str, Estimate]
    """What one standard size of a difference in style is worth, in log-odds."""
    votes: int
    """Pairs that were judged, those within one version included."""
    people: int
