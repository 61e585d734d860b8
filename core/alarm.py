"""The alarm of over-optimisation: the judge at the gate goes on finding new versions better, and
people on trial do not. Then what is learned is the judge's taste (Gao, Schulman, Hilton 2022,
"Scaling laws for reward model overoptimization": the proxy rises while the real reward falls).

Only versions that were on trial count: of the others nobody knows what people would have said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import NotFound
from core.intervals import wilson
from core.registry import Registry
from core.trials import Trials

STEPS: Final = 3
"""Versions in a row."""
FEWEST: Final = 20
"""Votes of people without which a trial says nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One version against the champion of its time: the share of answers that it won by the judge
    at the gate (`proxy`), and of `votes` that it won on trial (`people`).
    """

    version: str
    proxy: float
    people: float
    votes: int


def over_optimised(steps: Sequence[Step]) -> str:
    """What to say of the newest STEPS of them, newest first; "" where there is nothing to say.

    The proxy rises where each version beats the champion before it. People do not follow where all
    of them together won no more than half of the votes, and so few that the proxy's mean lies
    outside the 95 % interval.
    """
    newest = list(steps[:STEPS])
    if len(newest) < STEPS or any(step.proxy <= 0.5 for step in newest):
        return ""
    votes = sum(step.votes for step in newest)
    people = sum(step.people * step.votes for step in newest) / votes
    proxy = sum(step.proxy for step in newest) / STEPS
    if people > 0.5 or wilson(people, votes)[1] >= proxy:
        return ""
    return (
        f"the judge at the gate gave the last {STEPS} versions on trial {proxy:.0%} of answers, "
        f"people {people:.0%} of {votes} votes: what is learned may be the judge's taste, not "
        "theirs; look at samples, and add golden prompts for what is wrong with them"
    )


async def find_warnings(registry: Registry, trials: Trials, assistant: str) -> list[str]:
    """What a product team must know of the assistant's last versions."""
    steps: list[Step] = []
    for trial in await trials.of(assistant, limit=2 * STEPS):
        votes = int(trial.figures.get("counted") or 0)
        proxy = await _proxy(registry, assistant, trial.challenger)
        if votes >= FEWEST and proxy is not None:
            people = float(trial.figures["win_rate"]["rate"])
            steps.append(Step(trial.challenger, proxy, people, votes))
    said = over_optimised(steps)
    return [said] if said else []


async def _proxy(registry: Registry, assistant: str, name: str) -> float | None:
    try:
        figures = (await registry.version(assistant, name)).figures
    except NotFound:
        return None
    value = (figures.get("generation") or {}).get("win_rate")
    return float(value) if isinstance(value, int | float) else None
