"""What the API says about assistants and runs, as records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from cli.api import Api
from core.records import Run, TriggerState
from core.trials import Trial


@dataclass(frozen=True, slots=True)
class Overview:
    """One assistant: who answers, what is waiting, why there is or is not a run now."""

    id: str
    champion: str
    previous: str
    candidate: str
    challenger: str
    share: float
    held: bool
    hold_reason: str
    why_not: TriggerState
    active_run: Run | None = None
    counts: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


_OVERVIEW: Final[TypeAdapter[Overview]] = TypeAdapter(Overview)
_RUN: Final[TypeAdapter[Run]] = TypeAdapter(Run)
_TRIAL: Final[TypeAdapter[Trial]] = TypeAdapter(Trial)


def read_overview(row: dict[str, Any]) -> Overview:
    return _OVERVIEW.validate_python(row)


async def get_overview(api: Api, assistant: str) -> Overview:
    """Raises NotFound."""
    return read_overview(await api.assistant(assistant))


async def get_run(api: Api, run_id: str) -> Run:
    """Raises NotFound."""
    return _RUN.validate_python(await api.run(run_id))


async def get_trials(api: Api, assistant: str) -> list[Trial]:
    """Newest first. Raises NotFound."""
    return [_TRIAL.validate_python(row) for row in await api.trials(assistant)]


async def get_runs(api: Api, assistant: str) -> list[Run]:
    """Newest first. Raises NotFound."""
    return [_RUN.validate_python(row) for row in await api.runs(assistant)]
