"""How far two traces of one run are apart, and a table of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from tests.parity.ours import Trace


@dataclass(frozen=True, slots=True)
class Agreement:
    """Largest differences: of a step's loss, of a sequence's log-probability or score (relative
    where it is above 1), of the adapter's weights. `moved`: how far the run took those.
    """

    name: str
    steps: int
    loss: float
    row: float
    adapter: float
    moved: float


def compare(name: str, ours: Trace, theirs: Trace, init: dict[str, torch.Tensor]) -> Agreement:
    size = theirs.rows.abs().clamp(min=1)
    return Agreement(
        name=name,
        steps=len(ours.losses),
        loss=_apart(ours.losses, theirs.losses),
        row=_apart(ours.rows / size, theirs.rows / size),
        adapter=max(_apart(ours.adapter[key], theirs.adapter[key]) for key in theirs.adapter),
        moved=max(_apart(ours.adapter[key], init[key]) for key in init),
    )


def table(agreements: Iterable[Agreement]) -> str:
    """Markdown.

    >>> print(table([Agreement("dpo-ipo", 20, 1e-6, 2e-5, 3e-6, 0.02)]))
    | run | steps | loss | sequence | adapter | adapter moved |
    |---|---|---|---|---|---|
    | dpo-ipo | 20 | 1.0e-06 | 2.0e-05 | 3.0e-06 | 2.0e-02 |
    """
    lines = [
        "| run | steps | loss | sequence | adapter | adapter moved |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {a.name} | {a.steps} | {a.loss:.1e} | {a.row:.1e} | {a.adapter:.1e} | {a.moved:.1e} |"
        for a in agreements
    ]
    return "\n".join(lines)


def _apart(a: torch.Tensor, b: torch.Tensor) -> float:
    assert a.shape == b.shape, (a.shape, b.shape)
    return float((a.detach() - b).abs().max())
