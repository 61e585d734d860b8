"""What benchmarks/log.py measures: the words its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ASSISTANT: Final = "support"


@dataclass(frozen=True, slots=True)
class Measured:
    """One piece of work in a process of its own: `seconds` on the clock, `cpu_s` of processor time.
    `start_mib` is the process before it, `peak_mib` the most it ever held; `number`: what it worked
    on, or found.
    """

    seconds: float
    cpu_s: float
    start_mib: float
    peak_mib: float
    number: int

    @property
    def grown_mib(self) -> float:
        return self.peak_mib - self.start_mib


@dataclass(frozen=True, slots=True)
class Restarts:
    """Seconds until a server that was started again answers: with the append-only file as it grew,
    and after it was rewritten.
    """

    grown_s: float
    rewritten_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """One log of `votes` entries in Redis, which all hold. Bytes are of the whole log: its stream
    before and after archiving, everybody's opinion slots, the Parquet files.
    """

    votes: int
    fill_s: float
    stream_bytes: int
    tail_bytes: int
    slot_bytes: int
    parquet_bytes: int
    fold_stream: Measured
    archive: Measured
    restart: Restarts
    restart_archived: Restarts


@dataclass(frozen=True, slots=True)
class Read:
    """A log of `votes` entries, all archived, of which `fold.number` hold: all of it folded, and
    what a snapshot reads of it.
    """

    votes: int
    fold: Measured
    newest: Measured


@dataclass(frozen=True, slots=True)
class History:
    """Whole conversations behind `votes` votes: bytes a vote of each kind of record, and what a
    snapshot of them took.
    """

    votes: int
    bytes_per_vote: dict[str, float]
    snapshot: Measured
