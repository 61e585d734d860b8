"""A task: what the person says, one right answer in one style, and what makes any answer right."""

from collections.abc import Callable
from dataclasses import dataclass

from core.checks import Check
from trainer.seedling.draw import Draw

FollowUp = Callable[[Draw, "Style"], "Task"]


@dataclass(frozen=True, slots=True)
class Style:
    """How the same answer may be said. Drawn anew for every answer, so that sampling varies."""

    length: str = "normal"
    """terse, normal or wordy"""
    warm: bool = False
    bullets: bool = False
    step: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    kind: str
    user: str
    answer: str
    checks: tuple[Check, ...]
    follow_ups: tuple[FollowUp, ...] = ()


def make_style(d: Draw, bullet_share: float = 0.2, step_share: float = 0.4) -> Style:
    return Style(
        length=d.pick(("terse", "normal", "normal", "normal", "wordy", "wordy")),
        warm=d.chance(0.4),
        bullets=d.chance(bullet_share),
        step=d.chance(step_share),
    )


def join(*sentences: str) -> str:
    return " ".join(s for s in sentences if s)


def as_bullets(*items: str) -> str:
    return "\n".join(f"- {item}" for item in items if item)


def capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
