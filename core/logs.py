"""Logs on stderr, one line an event, with whatever `extra` the caller gave and the ids that are
bound around it.

What people say is in no line unless that is asked for: nobody logs it, and of an exception, whose
words may quote it, a line has the class and the place. Words of the operating system's are shown.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import orjson

_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
}
_NONE: Final[dict[str, str]] = {}
_bound: ContextVar[dict[str, str]] = ContextVar("bound", default=_NONE)


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """Every line from within the block, and from tasks it starts, has these ids."""
    token = _bound.set({**_bound.get(), **ids})
    try:
        yield
    finally:
        _bound.reset(token)


class Lines(logging.Formatter):
    """`texts`: with exceptions' own words."""

    def __init__(self, texts: bool = False) -> None:
        super().__init__()
        self._texts = texts

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        line = {
            "at": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_bound.get(),
            **{k: v for k, v in record.__dict__.items() if k not in _STANDARD},
        }
        if record.exc_info and (error := record.exc_info[1]):
            line["exception"] = self._describe(error)
        return line

    def _describe(self, error: BaseException) -> str:
        if self._texts:
            return "".join(traceback.format_exception(error))
        return "\n".join(_without_words(error))


class JsonLines(Lines):
    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(self.fields(record), default=str).decode()


class TextLines(Lines):
    def format(self, record: logging.LogRecord) -> str:
        fields = self.fields(record)
        exception = fields.pop("exception", "")
        head = [f"{self.formatTime(record)} {fields.pop('level'):7} {fields.pop('message')}"]
        del fields["at"]
        more = [f"{name}={value}" for name, value in fields.items()]
        return "  ".join(head + more) + (f"\n{exception}" if exception else "")


def configure_logging(level: str, style: str = "json", texts: bool = False) -> None:
    """Called once by each process's entry. `style`: json or text."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextLines(texts) if style == "text" else JsonLines(texts))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def before_quotes(message: str) -> str:
    """An error's own words: what it quotes of others' stands behind the first colon."""
    return message.partition(":")[0]


def _without_words(error: BaseException) -> Iterator[str]:
    """Classes and places, from the outermost error to what it came from."""
    seen: BaseException | None = error
    while seen is not None:
        words = f": {seen}" if isinstance(seen, OSError) else ""
        yield f"{type(seen).__qualname__}{words}"
        for frame in traceback.extract_tb(seen.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
