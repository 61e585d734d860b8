"""Traces. Off until a process begins them: then nothing is imported, and what is called here does
nothing.

A span is named to other processes, and kept in records, by its traceparent (W3C Trace Context); ""
stands for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from core.errors import BadConfig

if TYPE_CHECKING:
    from core.otel import Otel

About = Mapping[str, str | int]

_NOTHING: Final = nullcontext()
_otel: Otel | None = None


def begin(service: str, url: str) -> None:
    """Sends this process's spans to the OTLP collector at `url` from now on; to none where it is
    "". Raises BadConfig where OpenTelemetry is not installed.
    """
    global _otel
    if not url:
        return
    try:
        from core.otel import Otel
    except ImportError as error:
        raise BadConfig(
            f"OTLP_URL is set, and {error.name} is missing: pip install 'thumbwheel[otel]'"
        ) from error
    _otel = Otel(service, url)


def end() -> None:
    """Sends what was not sent yet, and no more after it."""
    global _otel
    if _otel is not None:
        _otel.close()
    _otel = None


def flush() -> None:
    """Sends what was not sent yet."""
    if _otel is not None:
        _otel.flush()


def span(
    name: str,
    about: About | None = None,
    *,
    parent: str = "",
    links: Iterable[str] = (),
    serves: bool = False,
) -> AbstractContextManager[None]:
    """A span as long as the block, below `parent` or else the one around it. `serves`: it answers a
    request. Of an error that leaves the block it keeps the class, never the words.
    """
    if _otel is None:
        return _NOTHING
    return _otel.span(name, about or {}, parent, links, serves)


def here() -> str:
    """The traceparent of the span around this."""
    return "" if _otel is None else _otel.here()


def note(about: About, name: str = "") -> None:
    """Says more about the span around this, and perhaps its better name."""
    if _otel is not None:
        _otel.note(about, name)


def event(name: str) -> None:
    """Something that happened now within the span around this."""
    if _otel is not None:
        _otel.event(name)


def link(traceparents: Iterable[str]) -> None:
    """Connects the span around this with others."""
    if _otel is not None:
        _otel.link(traceparents)


def on() -> bool:
    """Whether it is worth looking for what a span should say."""
    return _otel is not None
