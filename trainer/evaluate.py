"""The candidate beside the champion: held-out votes, sampled answers, golden set, distance.

Measures and reports; who may go live is decided elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from core.golden import BeforeAfter
from trainer.backbone import Backbone
from trainer.completions import Completion
from trainer.config import Config
from trainer.data import Preferences, Prompt
from trainer.golden import GoldenFigures, GoldenItem, judge_golden, show_golden
from trainer.heldout import HeldOut, judge_heldout
from trainer.intervals import share
from trainer.judge import Floats, Judge, answer_features, compare, fit_judge, fit_thumb_judge
from trainer.logprobs import row_logprobs
from trainer.lora import Role
from trainer.rows import pack_answers
from trainer.sampling import Ask, Sample, generate

_FEWEST_FOR_JUDGE = 32
_FEWEST_PAIRS = 8
"""Below this, comparisons say nothing, and the judge is fitted on thumbs if there are enough."""
_FEWEST_THUMBS = 8
"""Of the rarer kind."""
_FEWEST_HELDOUT_THUMBS = 64
"""More than of comparisons: a thumb says less."""
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
    """What people said; the policy has learned from `train`, `thumbs` or `demonstrations`."""

    train: Preferences
    heldout: Preferences
    thumbs: Sequence[Completion] = ()
    thumbs_heldout: Sequence[Completion] = ()
    demonstrations: Sequence[Completion] = ()

    @property
    def people(self) -> set[str]:
        """Of whom something may have been learned from, whichever the method reads."""
        return self.train.users | {said.user for said in (*self.thumbs, *self.demonstrations)}


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
    """Answers of both to the same prompts with the same luck. KL(candidate || champion), and
    against the bare base, k3 estimator on the candidate's samples. `win_rate` is the judge's, a tie
    counts half.
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
    kl_base_per_token: float
    kl_base_per_sequence: float
    eos_rate: float
    empty_rate: float
    repetition_rate: float
    champion_eos_rate: float
    champion_empty_rate: float
    champion_repetition_rate: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What both say to a conversation."""

    messages: list[dict[str, str]]
    champion: str
    candidate: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    heldout: HeldOut
    generation: Generation | None
    golden: GoldenFigures
    samples: list[Shown]
    before_after: list[BeforeAfter] = field(default_factory=list)
    """To golden prompts: nobody's but the assistant's makers' own."""


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
    champion, candidate = (
        answer(backbone, role, config, prompts, golden, tick, start)
        for role, start in ((Role.REFERENCE, 0.0), (Role.POLICY, 0.35))
    )
    return judge_answers(backbone, config, votes, prompts, golden, champion, candidate, tick)


def judge_answers(
    backbone: Backbone,
    config: Config,
    votes: Votes,
    prompts: Sequence[Prompt],
    golden: Sequence[GoldenItem],
    champion: Answers,
    candidate: Answers,
    tick: Tick,
) -> Evaluation:
    """Of the reference's and the policy's answers."""
    tick(0.7, "held-out votes")
    held = judge_heldout(backbone, config, votes.train, votes.heldout, votes.people)
    tick(0.8, "comparing")
    text = backbone.renderer.text
    old, new = ([text(s.ids) for s in who.golden] for who in (champion, candidate))
    return Evaluation(
        heldout=held,
        generation=_generation(backbone, config, votes, prompts, champion, candidate, tick)
        if prompts
        else None,
        golden=judge_golden(golden, old, new),
        samples=[
            Shown(prompt.messages, text(before.ids), text(after.ids))
            for prompt, before, after in zip(
                prompts, champion.sampled, candidate.sampled, strict=True
            )
        ],
        before_after=show_golden(golden, old, new),
    )


def answer(
    backbone: Backbone,
    role: Role,
    config: Config,
    prompts: Sequence[Prompt],
    golden: Sequence[GoldenItem],
    tick: Tick,
    start: float,
) -> Answers:
    """What a role says; `start`: the share that was done before."""
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
    kl, kl_base = _kl(backbone, config, prompts, candidate.sampled)
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
        kl_per_token=kl.per_token,
        kl_per_sequence=kl.per_sequence,
        kl_base_per_token=kl_base.per_token,
        kl_base_per_sequence=kl_base.per_sequence,
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


@dataclass(frozen=True, slots=True)
class _Distance:
    """Mean of r - 1 - log r, r = pi_other / pi_candidate."""

    per_token: float
    per_sequence: float


def _kl(
    backbone: Backbone, config: Config, prompts: Sequence[Prompt], samples: Sequence[Sample]
) -> tuple[_Distance, _Distance]:
    """From the champion and from the base, which may be the same."""
    rows = [
        pack_answers(index, prompt.ids, [sample.ids])
        for index, (prompt, sample) in enumerate(zip(prompts, samples, strict=True))
    ]

    def logprobs(role: Role) -> list[torch.Tensor]:
        return row_logprobs(backbone, role, rows, config.run.micro_tokens, lambda _: None)

    candidate = logprobs(Role.POLICY)
    kl = _distance(logprobs(Role.REFERENCE), candidate)
    has_adapter = bool(backbone.factors(Role.REFERENCE))
    return kl, _distance(logprobs(Role.BASE), candidate) if has_adapter else kl


def _distance(other: Sequence[torch.Tensor], candidate: Sequence[torch.Tensor]) -> _Distance:
    terms = []
    for other_T, candidate_T in zip(other, candidate, strict=True):
        d_T = (other_T - candidate_T).clamp(-20, 20)
        terms.append(d_T.exp() - 1 - d_T)
    return _Distance(
        torch.cat(terms).mean().item(), torch.stack([t.sum() for t in terms]).mean().item()
    )
