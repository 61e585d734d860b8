"""Which opinions a command is about: options that several commands share."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated, Literal

import typer

from core.assistants import seconds

Kind = Literal["thumb", "comparison", "ranking", "edit", "comment", "implicit"]
OfVersion = Annotated[str, typer.Option("--version", help="About answers of this version.")]
OfKind = Annotated[Kind | None, typer.Option("--kind", help="Of this kind.")]
WithReason = Annotated[str, typer.Option("--tag", help="With this reason.")]
OfPerson = Annotated[str, typer.Option("--user", help="Of this person.")]
When = Annotated[str, typer.Option(help="A time (2026-11-21, 2026-11-21T09:00) or an age (6h).")]


def filters(
    version: str, kind: Kind | None, tag: str, user: str, since: str, until: str
) -> list[tuple[str, str]]:
    """As the API takes them. Raises typer.BadParameter for what is no time."""
    asked = {"version": version, "kind": kind or "", "tag": tag, "user": user}
    times = {name: _moment(said) for name, said in (("since", since), ("until", until)) if said}
    return [*((n, v) for n, v in asked.items() if v), *((n, repr(t)) for n, t in times.items())]


def _moment(said: str) -> float:
    """Seconds since the epoch; local time where no zone is named."""
    try:
        return time.time() - seconds(said)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(said).timestamp()
    except ValueError as error:
        raise typer.BadParameter(
            f"expected a time like 2026-11-21T09:00 or an age like 6h or 7d, got {said!r}"
        ) from error
