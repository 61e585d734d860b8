"""The candidate beside the champion: held-out votes, sampled answers, golden set, distance.

Measures and reports; who may go live is decided elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from trainer.backbone import Backbone
from trainer.completions import Completion
from trainer.config import Config
from trainer.data import Preferences, Prompt
from trainer.golden import GoldenFigures, GoldenItem, judge_golden
from trainer.intervals import share
from trainer.judge import Floats, Judge, answer_features, compare, fit_judge, fit_thumb_judge
from trainer.logprobs import row_logprobs
from trainer.lora import Role
from trainer.rows import Row, pack_answers, pack_groups
from trainer.sampling import Ask, Sample, generate

_FEWEST_FOR_JUDGE = 32
_FEWEST_PAIRS = 8
"""Below this, comparisons say nothing, and the judge is fitted on thumbs if there are enough."""
_FEWEST_THUMBS = 8
"""Of the rarer kind."""
_FEWEST_HELDOUT_THUMBS = 64
"""More than of comparisons: a thumb says less."""
_SAMPLES_SHOWN = 20
_NGRAM = 4

Tick = Callable[[float, str], None]
Features = Callable[
    [Sequence[Sequence[int]], Sequence[Sequence[Sequence[int]]], list[str]], tuple[Floats, Floats]
]
"""Hidden and style features of the answers to prompts: ids of the prompts, of the answers to each,
and all answers' texts.
"""


@dataclass(frozen=True, slots=True)
class Votes:
    """What people said; the policy has learned from `train` or `thumbs`."""

    train: Preferences
    heldout: Preferences
    thumbs: Sequence[Completion] = ()
    thumbs_heldout: Sequence[Completion] = ()


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How often the candidate's implicit reward agrees with votes it has not seen.

    `length_baseline` is the accuracy of "the longer wins" or "the shorter wins", whichever the
    training votes favour; None where there are none.
    """

    n: int
    decided: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    length_baseline: float | None


@dataclass(frozen=True, slots=True)
class JudgeFigures:
    kind: str
    fitted_on: str
    n: int
    cv_accuracy: float | None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Of one policy's sampled answers: shares that end by themselves, say nothing, and the mean
    share of repeated 4-grams in an answer.
    """

    mean_tokens: float
    eos_rate: float
    empty_rate: float
    repetition_rate: float


@dataclass(frozen=True, slots=True)
class Generation:
    """Answers of both to the same prompts with the same luck. KL(candidate || champion), k3
    estimator on the candidate's samples. `win_rate` is the judge's, a tie counts half.
    """

    n: int
    win_rate: float | None
    win_rate_low: float | None
    win_rate_high: float | None
    ties: int
    judge: JudgeFigures
    mean_tokens_champion: float
    mean_tokens_candidate: float
    length_ratio: float
    kl_per_token: float
    kl_per_sequence: float
    eos_rate: float
    empty_rate: float
    repetition_rate: float
    champion_eos_rate: float
    champion_empty_rate: float
    champion_repetition_rate: float


@dataclass(frozen=True, slots=True)
class Shown:
    prompt: str
    champion: str
    candidate: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    heldout: HeldOut
    generation: Generation | None
    golden: GoldenFigures
    samples: list[Shown]


@dataclass(frozen=True, slots=True)
class Answers:
    """One policy's answers: sampled ones to the prompts, greedy ones to the golden set."""

    sampled: list[Sample]
    golden: list[Sample]


def evaluate(
    backbone: Backbone,
    config: Config,
    votes: Votes,
    prompts: Sequence[Prompt],
    golden: Sequence[GoldenItem],
    tick: Tick,
) -> Evaluation:
    """`tick` hears the share done and what is being done; it may raise to stop."""
    tick(0.0, "held-out votes")
    held = judge_heldout(backbone, config, votes.train, votes.heldout)
    answers = {
        role: _answer(backbone, role, config, prompts, golden, tick, start)
        for role, start in ((Role.REFERENCE, 0.1), (Role.POLICY, 0.45))
    }
    champion, candidate = answers[Role.REFERENCE], answers[Role.POLICY]
    tick(0.8, "comparing")
    text = backbone.renderer.text
    return Evaluation(
        heldout=held,
        generation=_generation(backbone, config, votes, prompts, champion, candidate, tick)
        if prompts
        else None,
        golden=judge_golden(
            golden, [text(s.ids) for s in champion.golden], [text(s.ids) for s in candidate.golden]
        ),
        samples=[
            Shown(prompt.messages[-1]["content"], text(old.ids), text(new.ids))
            for prompt, old, new in zip(prompts, champion.sampled, candidate.sampled, strict=True)
        ][:_SAMPLES_SHOWN],
    )


def judge_heldout(
    backbone: Backbone, config: Config, train: Preferences, heldout: Preferences
) -> HeldOut:
    if not heldout.groups:
        return HeldOut(0, 0, None, None, None, None)
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
    decided = [margin for margin in margins if margin != 0]
    right = share(sum(margin > 0 for margin in decided), len(decided))
    return HeldOut(
        n=len(margins),
        decided=len(decided),
        accuracy=right.value,
        accuracy_low=right.low,
        accuracy_high=right.high,
        length_baseline=length_baseline(train, heldout),
    )


def _answer_sums(row: Row, logps: torch.Tensor) -> Floats:
    values = logps.double().cpu().numpy()
    sums = np.zeros(len(row.answers))
    np.add.at(sums, row.target_answer, values)
    return sums


def length_baseline(train: Preferences, heldout: Preferences) -> float | None:
    """Accuracy of the side of length that the training votes favour; None where there are none."""
    if not train.groups:
        return None
    longer = longer_share(train)
    rate = longer_share(heldout)
    return rate if longer >= 0.5 else 1 - rate


def longer_share(preferences: Preferences) -> float:
    """Share of pairs whose chosen answer has more tokens; the same number counts half."""
    gaps = [
        len(group.answers[pair.chosen].ids) - len(group.answers[pair.rejected].ids)
        for group in preferences.groups
        for pair in group.pairs
    ]
    return float(np.mean([0.5 if gap == 0 else gap > 0 for gap in gaps]))


def _answer(
    backbone: Backbone,
    role: Role,
    config: Config,
    prompts: Sequence[Prompt],
    golden: Sequence[GoldenItem],
    tick: Tick,
    start: float,
) -> Answers:
    asks = [Ask(prompt.ids, config.evaluate.temperature) for prompt in prompts]
    asks += [Ask(item.prompt.ids, 0.0) for item in golden]
    if not asks:
        return Answers([], [])
    who = "champion" if role is Role.REFERENCE else "candidate"
    with backbone.role(role):
        samples = generate(
            backbone,
            asks,
            config.evaluate.max_new_tokens,
            config.evaluate.seed,
            lambda share: tick(start + 0.35 * share, f"answers of the {who}"),
        )
    return Answers(samples[: len(prompts)], samples[len(prompts) :])


def _generation(
    backbone: Backbone,
    config: Config,
    votes: Votes,
    prompts: Sequence[Prompt],
    champion: Answers,
    candidate: Answers,
    tick: Tick,
) -> Generation:
    old, new = _behaviour(backbone, champion.sampled), _behaviour(backbone, candidate.sampled)
    kl_token, kl_sequence = _kl(backbone, config, prompts, candidate.sampled)
    tick(0.85, "fitting the judge")
    wins, judge = _judge(backbone, config, votes, prompts, champion, candidate, tick)
    rate = share(float(wins.sum()), len(wins))
    return Generation(
        n=len(prompts),
        win_rate=rate.value,
        win_rate_low=rate.low,
        win_rate_high=rate.high,
        ties=int((wins == 0.5).sum()),
        judge=judge,
        mean_tokens_champion=old.mean_tokens,
        mean_tokens_candidate=new.mean_tokens,
        length_ratio=new.mean_tokens / old.mean_tokens,
        kl_per_token=kl_token,
        kl_per_sequence=kl_sequence,
        eos_rate=new.eos_rate,
        empty_rate=new.empty_rate,
        repetition_rate=new.repetition_rate,
        champion_eos_rate=old.eos_rate,
        champion_empty_rate=old.empty_rate,
        champion_repetition_rate=old.repetition_rate,
    )


def _judge(
    backbone: Backbone,
    config: Config,
    votes: Votes,
    prompts: Sequence[Prompt],
    champion: Answers,
    candidate: Answers,
    tick: Tick,
) -> tuple[Floats, JudgeFigures]:
    """1 where the candidate's answer to a prompt is judged better, a half for a tie."""
    text = backbone.renderer.text

    def features(
        asked: Sequence[Sequence[int]], answers: Sequence[Sequence[Sequence[int]]], texts: list[str]
    ) -> tuple[Floats, Floats]:
        return answer_features(
            backbone,
            asked,
            answers,
            texts,
            config.run.micro_tokens,
            lambda: tick(0.9, "fitting the judge"),
        )

    kind, judge = fit_to_votes(votes, features)
    if judge is None:
        return np.zeros(0), JudgeFigures(kind, "", 0, None)
    both = list(zip(champion.sampled, candidate.sampled, strict=True))
    sampled = features(
        [p.ids for p in prompts],
        [[old.ids, new.ids] for old, new in both],
        [text(sample.ids) for pair in both for sample in pair],
    )
    scores = judge.scores(*sampled).reshape(-1, 2)
    same = np.asarray([text(old.ids) == text(new.ids) for old, new in both])
    wins = np.where(same, 0.5, compare(scores[:, 1], scores[:, 0]))
    return wins, JudgeFigures(kind, judge.fitted_on, judge.n, judge.cv_accuracy)


def fit_to_votes(votes: Votes, features: Features) -> tuple[str, Judge | None]:
    """The judge and of what kind it is: of comparisons, and of thumbs only where those are too few
    to say anything.
    """
    enough = votes.heldout.pairs >= _FEWEST_FOR_JUDGE
    groups = votes.heldout.groups if enough else [*votes.train.groups, *votes.heldout.groups]
    thumbs, which = _thumbs_to_judge_by(votes)
    if thumbs and votes.train.pairs + votes.heldout.pairs < _FEWEST_PAIRS:
        found = features(
            [t.prompt_ids for t in thumbs],
            [[t.answer.ids] for t in thumbs],
            [t.answer.text for t in thumbs],
        )
        return "logistic_ridge", fit_thumb_judge(thumbs, *found, fitted_on=which)
    if not groups:
        return "none", None
    found = features(
        [g.prompt_ids for g in groups],
        [[a.ids for a in g.answers] for g in groups],
        [a.text for g in groups for a in g.answers],
    )
    fitted_on = "heldout" if enough else "all"
    return "bradley_terry_ridge", fit_judge(groups, *found, fitted_on=fitted_on)


def _thumbs_to_judge_by(votes: Votes) -> tuple[list[Completion], str]:
    """Held-out ones where they are enough, else all; none where one kind is rare."""
    heldout = list(votes.thumbs_heldout)
    if len(heldout) >= _FEWEST_HELDOUT_THUMBS and _are_both(heldout):
        return heldout, "heldout thumbs"
    thumbs = [*votes.thumbs, *heldout]
    return (thumbs, "thumbs") if _are_both(thumbs) else ([], "")


def _are_both(thumbs: Sequence[Completion]) -> bool:
    up = sum(bool(thumb.label) for thumb in thumbs)
    return min(up, len(thumbs) - up) >= _FEWEST_THUMBS


def _behaviour(backbone: Backbone, samples: Sequence[Sample]) -> Behaviour:
    return Behaviour(
        mean_tokens=float(np.mean([len(s.ids) for s in samples])),
        eos_rate=float(np.mean([s.ended for s in samples])),
        empty_rate=float(np.mean([not backbone.renderer.text(s.ids).strip() for s in samples])),
        repetition_rate=float(np.mean([repeated_share(s.ids) for s in samples])),
    )


def repeated_share(ids: Sequence[int]) -> float:
    """Share of an answer's 4-grams that it has said before."""
    grams = Counter(tuple(ids[i : i + _NGRAM]) for i in range(len(ids) - _NGRAM + 1))
    total = sum(grams.values())
    return 1 - len(grams) / total if total else 0.0


def _kl(
    backbone: Backbone, config: Config, prompts: Sequence[Prompt], samples: Sequence[Sample]
) -> tuple[float, float]:
    """Per token and per answer: mean of r - 1 - log r, r = pi_champion / pi_candidate."""
    rows = [
        pack_answers(index, prompt.ids, [sample.ids])
        for index, (prompt, sample) in enumerate(zip(prompts, samples, strict=True))
    ]
    both = [
        row_logprobs(backbone, role, rows, config.run.micro_tokens, lambda _: None)
        for role in (Role.REFERENCE, Role.POLICY)
    ]
    terms = []
    for champion_T, candidate_T in zip(*both, strict=True):
        d_T = (champion_T - candidate_T).clamp(-20, 20)
        terms.append(d_T.exp() - 1 - d_T)
    return torch.cat(terms).mean().item(), torch.stack([t.sum() for t in terms]).mean().item()
