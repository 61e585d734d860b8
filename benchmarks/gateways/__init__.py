"""The processes of the gateway's benchmark: an upstream that says what it is told to, a load, and
the gateways between them. `benchmarks.gateway` starts them and tells what came out.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Load:
    """What a load asks of one URL. The upstream reads `chunks` and `pause_ms` from the request."""

    streams: int
    """At once."""
    chunks: int
    """Of each answer."""
    pause_ms: float = 0.0
    """Between two chunks."""
    rounds: int = 1
    """How often each of the streams is asked for, one after the other."""
    ramp_s: float = 0.0
    """Over which the streams begin, evenly; 0: all at once."""
    system: str = ""
    """What is said before the question: ours says its assistant's own, so the others are given it,
    and all have the same to read.
    """
    exact: bool = True
    """Whether an answer with another number of chunks counts as dropped; a model ends where it
    will.
    """


@dataclass(frozen=True, slots=True)
class Heard:
    """What the load heard."""

    seconds: float
    chunks: int
    dropped: int
    """Streams that failed, or ended before [DONE]."""
    first_ms: list[float] = field(default_factory=list)
    """From asking to the first content, of each stream."""
