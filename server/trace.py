"""What is known about one request while it is answered: for headers, logs and metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from server.access.meter import Meter


@dataclass(slots=True)
class Trace:
    """Made by the middleware, on `scope["thumbwheel"]`, filled in on the way."""

    request_id: str
    started: float = field(default_factory=time.perf_counter)
    upstream_s: float = 0.0
    """Waited for vLLM; the rest of the time is ours."""
    version: str = ""
    """What answered; stays empty while it must not be known."""
    about: str = ""
    """What an operator's act is about, where its path does not say so."""
    meter: Meter | None = None
    """What is charged for it, once it is known who asks."""

    @property
    def payers(self) -> tuple[str, ...]:
        """Subjects whose tokens its answers are, by name."""
        return self.meter.payers if self.meter else ()

    async def widen(self, answers: int) -> None:
        """The body asks for so many at once. Raises LimitReached and InvalidRequest."""
        if self.meter:
            await self.meter.widen(answers)

    def holding(self) -> AbstractContextManager[None]:
        """Keeps the answers' places while they are generated, with their request or without."""
        return self.meter.hold() if self.meter else nullcontext()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Counts the time inside as vLLM's."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.upstream_s += time.perf_counter() - begun

    @property
    def overhead_ms(self) -> float:
        return (time.perf_counter() - self.started - self.upstream_s) * 1000
