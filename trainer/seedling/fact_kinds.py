"""What a kind of fact is, and a fact: a kind with its value and, often, its thing."""

from collections.abc import Callable
from dataclasses import dataclass

from trainer.seedling.draw import Draw

Maker = Callable[[Draw], str]


@dataclass(frozen=True, slots=True)
class FactKind:
    key: str
    label: str
    make: Maker
    statements: tuple[str, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    what: str
    """Completes "the policy does not say ..."."""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    kind: FactKind
    value: str
    entity: str = ""

    def slots(self) -> dict[str, str]:
        return {"v": self.value, "e": self.entity}

    @property
    def label(self) -> str:
        return self.kind.label.format(e=self.entity.removeprefix("the "))

    @property
    def what(self) -> str:
        return self.kind.what.format(e=self.entity)


def fact_kind(
    key: str,
    label: str,
    make: Maker,
    what: str,
    statements: str,
    questions: str,
    answers: str,
    steps: str = "",
) -> FactKind:
    def lines(block: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in block.strip().splitlines() if line.strip())

    return FactKind(
        key, label, make, lines(statements), lines(questions), lines(answers), what, lines(steps)
    )
