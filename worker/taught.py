"""Which spans a run's is linked with: those of the answers that its newest opinions are about."""

from __future__ import annotations

from typing import Final

from core.fold import opinions_that_hold
from worker.context import Context

LINKS: Final = 128
"""What OpenTelemetry keeps of one span."""


async def traceparents(context: Context, assistant: str, watermark: str) -> list[str]:
    """Each once. `watermark`: the id of the newest entry of the log that the run learned from."""
    log = await context.feedback.tail(assistant, LINKS)
    targets = {o.target for o in opinions_that_hold(log) if o.id <= watermark}
    comparisons = await context.responses.find_comparisons(sorted(targets))
    # Answers side by side are one request's, so the first stands for all.
    rated = {comparisons[t].responses[0] if t in comparisons else t for t in targets}
    found = await context.responses.find(sorted(rated))
    return sorted({r.traceparent for r in found.values() if r.traceparent})
