"""The bets on people's votes: what they promise holds in simulated trials, and a fold is a fold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import pytest

from benchmarks.populations import PEOPLE, Population, draw, learn_weights, watch
from core.assistants import Canary
from core.errors import InvalidRequest
from worker.canary.evidence import BETS, Evidence, Vote, shares_of
from worker.canary.interval import win_rate
from worker.canary.path import MOST, Path
from worker.canary.rates import Count, log_evidence
from worker.canary.spending import level

CAP = Canary().cap


def fold(votes: Iterable[Vote]) -> Evidence:
    evidence = Evidence(CAP)
    for vote in votes:
        evidence.add(vote)
    return evidence


def some_votes(rate: float, number: int, seed: int = 1, people: int = 40) -> list[Vote]:
    rng = np.random.default_rng(seed)
    scores = rng.choice([1.0, 0.5, 0.0], number, p=[0.9 * rate, 0.1, 0.9 * (1 - rate)])
    voters, weights = rng.integers(people, size=number), rng.random(number)
    return [
        Vote(f"u{person}", float(score), float(weight))
        for person, score, weight in zip(voters, scores, weights, strict=True)
    ]


def e_of(*votes: tuple[str, float], weights: Mapping[str, float] | None = None) -> float:
    known = weights or {}
    return fold(Vote(person, score, known.get(person, 1.0)) for person, score in votes).better


@pytest.mark.parametrize("weights", [{}, {"a": 0.3}, {"a": 0.9, "b": 0.1, "c": 0.0}])
def test_nobody_wins_anything_by_betting_on_a_fair_coin(weights: dict[str, float]) -> None:
    """Whatever each person's votes weigh, as long as that was fixed before."""
    for people in ("aaa", "aab", "aba", "abc"):
        outcomes = list(product((0.0, 0.5, 1.0), repeat=3))
        chances = [math.prod(0.4 if x != 0.5 else 0.2 for x in scores) for scores in outcomes]
        better = [e_of(*zip(people, scores, strict=True), weights=weights) for scores in outcomes]
        assert np.dot(chances, better) == pytest.approx(1.0)
        # Whatever went before, one more vote is worth nothing.
        for scores in product((0.0, 1.0), repeat=2):
            before = list(zip(people, scores, strict=False))
            won, lost = (e_of(*before, (people[2], x), weights=weights) for x in (1.0, 0.0))
            assert (won + lost) / 2 == pytest.approx(e_of(*before, weights=weights))


def test_people_with_tastes_of_their_own_win_nothing_either() -> None:
    """Half of them choose the challenger each time, half the champion."""
    votes = [[(f"u{person}", score)] * 3 for person in range(2) for score in (0.0, 1.0)]
    pairs = product(votes[:2], votes[2:])
    assert np.mean([e_of(*first, *second) for first, second in pairs]) == pytest.approx(1.0)


@pytest.mark.parametrize(("people", "votes"), [(1, 500), (3, 500), (3, 2), (10, 5)])
def test_a_few_people_move_little_however_often_they_vote(people: int, votes: int) -> None:
    others = some_votes(0.5, 100)
    loud = [Vote(f"loud{person}", 1.0) for _ in range(votes) for person in range(people)]
    alone, together = fold(others), fold([*others, *loud])
    assert alone.better < together.better <= alone.better * (1 + BETS[-1]) ** people
    assert together.worse < alone.worse
    assert together.counted == alone.counted + people * min(votes, CAP)
    assert together.votes == 100 + people * votes


def test_the_mirror_of_the_votes_is_the_mirror_of_the_evidence() -> None:
    votes = some_votes(0.6, 200)
    one = fold(votes)
    other = fold(Vote(vote.person, 1 - vote.score, vote.weight) for vote in votes)
    assert (one.better, one.worse) == pytest.approx((other.worse, other.better))


def test_ties_and_people_nobody_trusts_are_no_evidence() -> None:
    evidence = fold([Vote("u1", 0.5), Vote("u2", 1.0, weight=0.0)])
    assert (evidence.better, evidence.worse) == (1.0, 1.0)
    sure, unsure = (fold([Vote("u1", 1.0, weight)]).better for weight in (1.0, 0.5))
    assert 1 < unsure < sure


@pytest.mark.parametrize("votes", [1, 3, CAP, CAP + 2])
def test_who_is_erased_leaves_no_evidence_that_was_not_there(votes: int) -> None:
    """Whatever they said: as much as they could have said against it is said against both."""
    others = some_votes(0.7, 30)
    for scores in product((0.0, 0.5, 1.0), repeat=votes):
        whole = fold([*others, *(Vote("gone", score) for score in scores)])
        left = fold(others)
        left.lose(votes)
        assert left.better <= whole.better * (1 + 1e-9)
        assert left.worse <= whole.worse * (1 + 1e-9)
    assert left.erased == 1


def test_evidence_is_a_number_however_many_agree() -> None:
    evidence = fold(Vote(f"u{person}", 1.0) for person in range(8000))
    assert math.isfinite(evidence.better)
    assert 0 <= evidence.worse < 1e-200


@pytest.mark.parametrize(
    ("score", "weight"),
    [(2.0, 1.0), (-0.1, 1.0), (math.nan, 1.0), (1.0, -0.1), (1.0, 1.1), (1.0, math.nan)],
)
def test_what_is_no_vote_is_refused(score: float, weight: float) -> None:
    with pytest.raises(InvalidRequest):
        Vote("u1", score, weight)


@pytest.mark.parametrize("cap", [1, 2, 5, 20])
def test_the_shares_of_a_stake_are_the_stake(cap: int) -> None:
    shares = shares_of(cap)
    assert sum(shares) == pytest.approx(1.0)
    assert sorted(shares, reverse=True) == list(shares)
    assert len(shares) == cap


def test_the_interval_excludes_a_half_exactly_where_the_evidence_suffices() -> None:
    for seed in range(20):
        evidence = fold(some_votes(0.62, 200, seed))
        found = win_rate(evidence, 0.05, 0.1)
        assert found.low < found.rate < found.high
        assert (found.low >= 0.5) == (evidence.better >= 20)
        mirror = fold(some_votes(0.38, 200, seed))
        assert (win_rate(mirror, 0.05, 0.1).high <= 0.5) == (mirror.worse >= 10)


def test_the_interval_covers_the_true_rate_at_every_look() -> None:
    missed = 0
    for seed in range(100):
        evidence, out = Evidence(CAP), False
        for place, vote in enumerate(some_votes(0.7, 120, seed, people=60), start=1):
            evidence.add(vote)
            if place % 20 == 0:
                # A tenth are ties: 0.9 * 0.7 + 0.1 / 2.
                found = win_rate(evidence, 0.1, 0.1)
                out |= not found.low <= 0.68 <= found.high
        missed += out
    assert missed <= 20


def test_without_votes_every_rate_is_possible() -> None:
    found = win_rate(Evidence(CAP), 0.05, 0.05)
    assert (found.rate, found.low, found.high) == (0.5, 0.0, 1.0)


def test_the_levels_of_a_reign_sum_to_alpha() -> None:
    levels = [level(0.05, trial) for trial in range(1, 10_000)]
    assert levels[0] == 0.025
    assert 0.0499 < sum(levels) < 0.05


@pytest.mark.parametrize(
    ("challenger", "champion", "margin", "alarm"),
    [
        (Count(0, 0), Count(0, 0), 0.02, False),
        (Count(6, 6), Count(1, 100), 0.02, True),
        (Count(1, 1), Count(0, 1000), 0.02, False),
        (Count(40, 200), Count(40, 2000), 0.02, True),
        (Count(6, 200), Count(40, 2000), 0.02, False),
        (Count(1360, 20_000), Count(1000, 20_000), 0.02, False),
        (Count(1360, 20_000), Count(1000, 20_000), 0.0, True),
        (Count(200, 200), Count(1800, 1800), 0.02, False),
        (Count(0, 500), Count(1000, 1000), 0.0, False),
        (Count(500, 500), Count(0, 500), 0.0, True),
        (Count(50, 50), Count(0, 0), 0.02, False),
    ],
)
def test_a_rate_alarms_when_it_is_clearly_higher(
    challenger: Count, champion: Count, margin: float, alarm: bool
) -> None:
    assert (log_evidence(challenger, champion, margin) >= math.log(100)) is alarm


def test_a_rate_at_its_limit_seldom_alarms_however_often_one_looks() -> None:
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(100):
        failed = (rng.random((200, 10)) < [0.07, *[0.05] * 9]).cumsum(axis=0)
        looks = ((int(row[0]), int(row[1:].sum()), n) for n, row in enumerate(failed, start=1))
        alarms += any(
            log_evidence(Count(hits, n), Count(others, 9 * n), 0.02) >= math.log(10)
            for hits, others, n in looks
        )
    assert alarms <= 10


@pytest.mark.parametrize(
    ("population", "by_person"),
    [
        (Population("equal"), True),
        (Population("a liar is loud", liars=0.1, lie="challenger", loud=0.25, before=4.0), True),
        (Population("better", 0.6, tastes=2.0, ties=0.2), True),
        (Population("by vote", 0.55), False),
    ],
)
def test_the_simulation_bets_as_the_worker_does(population: Population, by_person: bool) -> None:
    bounds = (1.02, 1.5, 5.0)
    ballots = draw(population, 4, 150, np.random.default_rng(2))
    crossings = watch(ballots, bounds, by_person)
    for trial in range(4):
        evidence, better, worse = Evidence(CAP), [math.inf] * 3, [math.inf] * 3
        rows = zip(
            ballots.person_TV[trial], ballots.lead_TV[trial], ballots.weight_TV[trial], strict=True
        )
        for n, (person, lead, weight) in enumerate(rows, start=1):
            voter = str(person) if by_person else f"new {n}"
            evidence.add(Vote(voter, float(lead + 1) / 2, float(weight)))
            for place, bound in enumerate(bounds):
                better[place] = min(better[place], n if evidence.better >= bound else math.inf)
                worse[place] = min(worse[place], n if evidence.worse >= bound else math.inf)
        assert crossings.better_BT[:, trial].tolist() == better
        assert crossings.worse_BT[:, trial].tolist() == worse


@pytest.mark.parametrize("lie", ["inverted", "first"])
def test_who_cheated_before_weighs_less_in_a_simulated_trial(lie: str) -> None:
    cheats = Population("cheats", liars=0.2, lie=lie, before=20.0)
    weights = learn_weights(cheats, np.random.default_rng(1))
    liars, honest = weights[: PEOPLE // 5], weights[PEOPLE // 5 : PEOPLE]
    assert liars.mean() < 0.5
    assert honest.mean() > 0.95
    assert weights[PEOPLE] == 1.0


def test_path_is_bounded_and_keeps_the_last_vote() -> None:
    path = Path()
    for number in range(1, 1001):
        path.add(float(number), number / 1000, 1.0)
        assert path.points[-1].votes == number
        assert len(path.points) <= MOST
    votes = [point.votes for point in path.points]
    assert votes == sorted(set(votes))
    assert len(votes) > MOST // 3
