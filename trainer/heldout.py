"""Votes that training has not seen: how often the candidate's implicit reward agrees with them, by
strangers and by people it knows, and what their length alone would tell.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from trainer.backbone import Backbone
from trainer.config import Config
from trainer.data import Preferences
from trainer.intervals import share
from trainer.judge import Floats
from trainer.logprobs import row_logprobs
from trainer.lora import Role
from trainer.rows import Row, pack_groups


@dataclass(frozen=True, slots=True)
class Agreement:
    """On `n` pairs, of which `decided` are no tie; the 95 % interval takes pairs of one ranking for
    independent. `length_baseline` is the accuracy of "the longer wins" or "the shorter wins",
    whichever the training votes favour; None where there are none.
    """

    n: int
    decided: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    length_baseline: float | None


@dataclass(frozen=True, slots=True)
class HeldOut(Agreement):
    """`by_person`: votes of people of whom nothing is in what a run may learn from, be it votes,
    thumbs or edits. `by_time`: the newest of everybody else. Votes of nobody's name are in neither.
    """

    by_person: Agreement
    by_time: Agreement


@dataclass(frozen=True, slots=True)
class _Pair:
    """`margin`: the implicit reward of the chosen answer less the rejected one's; `gap`: how many
    tokens more it has.
    """

    margin: float
    gap: int
    user: str


def judge_heldout(
    backbone: Backbone,
    config: Config,
    train: Preferences,
    heldout: Preferences,
    taught: Collection[str],
) -> HeldOut:
    """`taught`: whoever said something that may have been learned from."""
    pairs = _measure(backbone, config, heldout)
    named = [pair for pair in pairs if pair.user]
    whole, strangers, known = (
        _agreement(some, train)
        for some in (
            pairs,
            [pair for pair in named if pair.user not in taught],
            [pair for pair in named if pair.user in taught],
        )
    )
    return HeldOut(
        whole.n,
        whole.decided,
        whole.accuracy,
        whole.accuracy_low,
        whole.accuracy_high,
        whole.length_baseline,
        by_person=strangers,
        by_time=known,
    )


def _measure(backbone: Backbone, config: Config, heldout: Preferences) -> list[_Pair]:
    rows = pack_groups(heldout.groups, backbone.max_length)
    sums = []
    for role in (Role.POLICY, Role.REFERENCE):
        logps = row_logprobs(backbone, role, rows, config.run.micro_tokens, lambda _: None)
        sums.append([_answer_sums(row, values) for row, values in zip(rows, logps, strict=True)])
    margins = [
        float((policy - reference)[chosen] - (policy - reference)[rejected])
        for row, policy, reference in zip(rows, *sums, strict=True)
        for chosen, rejected in row.pairs
    ]
    users = [pair.user for group in heldout.groups for pair in group.pairs]
    rated = zip(margins, _length_gaps(heldout), users, strict=True)
    return [_Pair(margin, gap, user) for margin, gap, user in rated]


def _answer_sums(row: Row, logps: torch.Tensor) -> Floats:
    values = logps.double().cpu().numpy()
    sums = np.zeros(len(row.answers))
    np.add.at(sums, row.target_answer, values)
    return sums


def _agreement(pairs: Sequence[_Pair], train: Preferences) -> Agreement:
    decided = [pair.margin for pair in pairs if pair.margin != 0]
    right = share(sum(margin > 0 for margin in decided), len(decided))
    return Agreement(
        n=len(pairs),
        decided=len(decided),
        accuracy=right.value,
        accuracy_low=right.low,
        accuracy_high=right.high,
        length_baseline=_baseline(train, [pair.gap for pair in pairs]),
    )


def length_baseline(train: Preferences, heldout: Preferences) -> float | None:
    """Accuracy of the side of length that the training votes favour; None where there are none."""
    return _baseline(train, _length_gaps(heldout))


def _baseline(train: Preferences, gaps: Sequence[int]) -> float | None:
    if not train.groups or not gaps:
        return None
    rate = _longer(gaps)
    return rate if longer_share(train) >= 0.5 else 1 - rate


def longer_share(preferences: Preferences) -> float:
    """Share of pairs whose chosen answer has more tokens; the same number counts half."""
    return _longer(_length_gaps(preferences))


def _longer(gaps: Sequence[int]) -> float:
    return float(np.mean([0.5 if gap == 0 else gap > 0 for gap in gaps]))


def _length_gaps(preferences: Preferences) -> list[int]:
    return [
        len(group.answers[pair.chosen].ids) - len(group.answers[pair.rejected].ids)
        for group in preferences.groups
        for pair in group.pairs
    ]
