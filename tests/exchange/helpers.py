"""Files read and written in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import orjson

from core.exchange.containers import Container, pack, read_table
from core.exchange.example import Example, Turn
from core.exchange.formats import Format, find_format
from core.exchange.reading import Reading
from core.exchange.rows import Splitter
from core.exchange.turns import Row

ASKED = (Turn("user", "May I return a lamp?"),)
CHAT = (
    Turn("system", "You are kind."),
    Turn("user", "Hi"),
    Turn("assistant", "Hello."),
    Turn("user", "And now?"),
)
PLAIN = {"tags": [], "comment": ""}


def compared(choice: str, prompt: tuple[Turn, ...] = ASKED, *answers: str) -> Example:
    return Example(prompt, answers or ("Yes.", "No."), "comparison", {"choice": choice, **PLAIN})


def ranked(order: list[list[int]], prompt: tuple[Turn, ...] = ASKED) -> Example:
    answers = tuple(f"Answer {i}." for i in range(sum(map(len, order))))
    return Example(prompt, answers, "ranking", {"order": order})


def thumbed(value: str, answer: str = "Yes.", voter: int = 0) -> Example:
    return Example(ASKED, (answer,), "thumb", {"value": value, **PLAIN}, voter=voter)


def read_one(name: str, row: Row, *mapping: str) -> list[Example]:
    return Reading(find_format(name, mapping)).take("line 1", orjson.dumps(row))


def split(data: bytes, size: int, max_bytes: int = 1000) -> Iterator[tuple[int, bytes]]:
    """The rows of a file that comes in pieces of `size` bytes."""
    splitter = Splitter(max_bytes)
    for begin in range(0, len(data), size):
        yield from splitter.feed(data[begin : begin + size])
    yield from splitter.end()


def write(form: Format, examples: Iterable[Example], container: Container = "jsonl") -> bytes:
    writer, packed, data = form.writer(), pack(form, container), b""
    for example in examples:
        data += packed.add(writer.add(example) or ())
    return data + packed.add(writer.end()) + packed.end()


def read(form: Format, data: bytes, container: Container = "jsonl") -> list[Example]:
    reading = Reading(form)
    if container == "parquet":
        rows = (row for batch in read_table(io.BytesIO(data), 1 << 20) for row in batch)
        return [example for row in rows for example in reading.take("row", row)]
    return [e for _, raw in split(data, 64, 1 << 20) for e in reading.take("line", raw)]
