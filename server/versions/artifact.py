"""What lies in the artifact store beside a version's adapter: its report and its training figures.
Blocking: call from a thread.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.artifacts import Artifacts
from core.errors import NotFound, Unavailable
from server.versions.schemas import Curves

POINTS: Final = 300
"""Steps of a curve that are shown."""
NO_CURVES: Final = ("step", "steps", "lr", "eta_s", "phase", "tokens_per_s")
"""What a line of metrics.jsonl has that is no figure of the training."""


@dataclass(frozen=True, slots=True)
class Stored:
    """`report` is None where there is none."""

    report: dict[str, Any] | None = None
    metrics: list[dict[str, Any]] = field(default_factory=list)


def read_stored(artifacts_url: str, version: str) -> Stored:
    """Raises Unavailable when the store does not answer."""
    artifacts = Artifacts(artifacts_url)
    try:
        report = json.loads(_read(artifacts, version, "report.json") or b"null")
        lines = (_read(artifacts, version, "metrics.jsonl") or b"").splitlines()
    except NotFound:
        return Stored()
    except OSError as error:
        raise Unavailable(f"The artifact store does not answer: {error}") from error
    return Stored(report, [json.loads(line) for line in lines])


def _read(artifacts: Artifacts, version: str, path: str) -> bytes | None:
    """None where the version has no such file. Raises NotFound where there is no such version."""
    try:
        with artifacts.open(version, path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def make_curves(metrics: Sequence[dict[str, Any]]) -> Curves:
    """At most POINTS steps, evenly taken, the last one always."""
    stride = max(1, -(-len(metrics) // POINTS))
    taken = list(metrics[::-1][::stride])[::-1]
    names = [name for name in (taken[-1] if taken else {}) if name not in NO_CURVES]
    series = {name: [_finite(row.get(name)) for row in taken] for name in names}
    return Curves(steps=[int(row["step"]) for row in taken], series=series)


def _finite(value: Any) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None
