"""Rows into checked examples, counting as it goes. A row counts whole or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from core.errors import InvalidRequest
from core.exchange.checks import checked
from core.exchange.example import Example
from core.exchange.formats import Format
from core.exchange.rows import parse_row
from core.exchange.turns import Row

PROBLEMS_KEPT: Final = 20
PROBLEM_CHARS: Final = 500
"""Of one problem: what it quotes may be as large as a row."""
MOST_EXAMPLES: Final = 10_000
"""Of one row."""
MOST_BYTES: Final = 1 << 28
"""Of one row, taken once for each of its opinions: each may be about all of it."""


@dataclass(slots=True)
class Tally:
    """What became of a file."""

    rows: int = 0
    bad_rows: int = 0
    examples: Counter[str] = field(default_factory=Counter)
    """Opinions read, by kind."""
    left_out: Counter[str] = field(default_factory=Counter)
    """What good rows hold and the product has no place for."""
    problems: list[str] = field(default_factory=list)
    """The first of what was wrong, with where."""


class Reading:
    """Reads rows of one format. `skip_bad`: goes on behind a bad row, which is then counted."""

    def __init__(self, form: Format, skip_bad: bool = False) -> None:
        self._format = form
        self._skip_bad = skip_bad
        self.tally = Tally()

    def take(self, where: str, row: bytes | Row) -> list[Example]:
        """The examples of one row. Raises InvalidRequest, beginning with `where`, for a bad one."""
        self.tally.rows += 1
        left_out: Counter[str] = Counter()
        try:
            plain = parse_row(row) if isinstance(row, bytes) else row
            most = _most_examples(row)
            found = islice(self._format.read(plain, left_out), most + 1)
            examples = [checked(example) for example in found]
            if len(examples) > most:
                raise InvalidRequest(f"more than {most} opinions in one row of this size")
        except InvalidRequest as error:
            self._refuse(f"{where}: {error.message}", error)
            return []
        self.tally.left_out.update(+left_out)
        self.tally.examples.update(example.kind for example in examples)
        return examples

    def _refuse(self, problem: str, error: InvalidRequest) -> None:
        problem = problem[:PROBLEM_CHARS]
        self.tally.bad_rows += 1
        if not self._skip_bad:
            raise InvalidRequest(problem) from error
        if len(self.tally.problems) < PROBLEMS_KEPT:
            self.tally.problems.append(problem)


def _most_examples(row: bytes | Row) -> int:
    """A row of a table holds one opinion or few."""
    size = len(row) if isinstance(row, bytes) else 1
    return min(MOST_EXAMPLES, MOST_BYTES // max(1, size))
