"""Who is stronger, how surely, and at equal style."""

from __future__ import annotations

import numpy as np
import pytest

from core.leaderboard import COVARIATES, FIRST, Entry, Leaderboard, Vote, fit_leaderboard

NONE = (0.0,) * len(COVARIATES)


def vote(
    first: str, second: str, result: float, person: str = "ada", style: tuple[float, ...] = NONE
) -> Vote:
    return Vote(first, second, result, style, person)


def beats(first: str, second: str, won: int, of: int) -> list[Vote]:
    """`of` votes, each by somebody else, of which `first` wins `won`."""
    return [vote(first, second, float(i < won), f"{first}{second}{i}") for i in range(of)]


def entry(board: Leaderboard, version: str) -> Entry:
    return next(e for e in board.entries if e.version == version)


def play(
    rng: np.random.Generator, strength: dict[str, float], votes: int, people: int, likes_long: float
) -> list[Vote]:
    """People of somewhat different opinions. The later a version's name, the longer its answers."""
    names = sorted(strength)
    own = rng.normal(0, 0.3, people)
    found = []
    for i in range(votes):
        a, b = rng.choice(len(names), 2, replace=False)
        length = np.clip(rng.normal(0.3 * (a - b), 0.3), -1, 1)
        first = rng.choice([-1.0, 1.0])
        odds = strength[names[a]] - strength[names[b]] + likes_long * length + 0.2 * first
        odds += own[i % people] * (a - b)
        won = float(rng.random() < 1 / (1 + np.exp(-odds)))
        style = (float(length), 0.0, 0.0, 0.0, float(first))
        found.append(vote(names[a], names[b], won, f"p{i % people}", style))
    return found


def test_nobody_voted() -> None:
    assert fit_leaderboard([]) == Leaderboard([], {}, 0, 0)


def test_one_version_is_level_with_itself() -> None:
    board = fit_leaderboard([vote("base", "base", 1.0)])
    [only] = board.entries
    assert (only.strength.value, only.win_rate.value, only.votes) == (0.0, 0.5, 0)


def test_two_versions_have_the_share_of_their_votes() -> None:
    board = fit_leaderboard(beats("new", "base", 140, 200))
    new = entry(board, "new")
    assert new.win_rate.value == pytest.approx(0.7, abs=0.005)
    assert (new.win_rate.low, new.win_rate.high) == (
        pytest.approx(0.633, abs=0.01),
        pytest.approx(0.759, abs=0.01),
    ), "Wilson's interval of 140 out of 200"
    assert (new.votes, new.wins, new.losses) == (200, 140, 60)
    ranks = [(e.version, e.rank, e.last_rank) for e in board.entries]
    assert ranks == [("new", 1, 1), ("base", 2, 2)]


def test_a_tie_is_half_a_win() -> None:
    board = fit_leaderboard([vote("new", "base", 0.5, f"p{i}") for i in range(50)])
    new = entry(board, "new")
    assert new.win_rate.value == pytest.approx(0.5)
    assert (new.votes, new.wins, new.losses, new.rank) == (50, 0, 0, 1)


def test_the_order_of_a_pair_does_not_matter() -> None:
    votes = beats("new", "base", 15, 20)
    turned = [
        Vote(v.second, v.first, 1 - v.result, tuple(-s for s in v.style), v.person) for v in votes
    ]
    once, again = (entry(fit_leaderboard(v), "new").strength for v in (votes, turned))
    assert (once.low, once.high) == pytest.approx((again.low, again.high))


def test_versions_that_never_met_are_compared_through_others() -> None:
    board = fit_leaderboard(beats("v1", "base", 70, 100) + beats("v2", "v1", 70, 100))
    assert [e.version for e in board.entries] == ["v2", "v1", "base"]
    assert entry(board, "v2").win_rate.value == pytest.approx(0.84, abs=0.02)


def test_what_votes_do_not_tell_apart_shares_a_range_of_ranks() -> None:
    board = fit_leaderboard(beats("v1", "base", 37, 44) + beats("v2", "v1", 3, 7))
    ranks = {e.version: (e.rank, e.last_rank) for e in board.entries}
    assert ranks == {"v1": (1, 2), "v2": (1, 3), "base": (2, 3)}


def test_unconnected_versions_are_measured_apart() -> None:
    board = fit_leaderboard(
        beats("v1", "base", 9, 20) + beats("v8", "v9", 30, 40) + beats("v9", "v7", 1, 2)
    )
    assert [(e.version, e.against) for e in board.entries] == [
        ("base", "base"),
        ("v1", "base"),
        ("v8", "v9"),
        ("v7", "v9"),
        ("v9", "v9"),
    ]
    assert entry(board, "v8").rank == 1


def test_without_votes_on_base_the_best_known_is_the_measure() -> None:
    board = fit_leaderboard(beats("v1", "v2", 6, 10) + beats("v2", "v3", 6, 10))
    assert {e.against for e in board.entries} == {"v2"}


@pytest.mark.parametrize("number", [1, 4, 10, 50])
def test_perfect_separation_is_finite_and_unsure_while_votes_are_few(number: int) -> None:
    new = entry(fit_leaderboard(beats("new", "base", number, number)), "new")
    assert np.isfinite([new.strength.low, new.strength.high]).all()
    assert 0.5 < new.win_rate.value < 0.999
    assert (new.win_rate.low > 0.5) == (number >= 10)


def test_one_person_is_less_sure_than_many() -> None:
    alone = [vote("new", "base", float(i % 4 > 0), "ada") for i in range(40)]
    crowd = [vote("new", "base", float(i // 4 % 10 < 8), f"p{i // 4}") for i in range(40)]
    split = [vote("new", "base", float(i % 5 > 0), f"p{i // 4}") for i in range(40)]

    def width(votes: list[Vote]) -> float:
        strength = entry(fit_leaderboard(votes), "new").strength
        return strength.high - strength.low

    assert np.isfinite(width(alone))
    assert width(crowd) > 1.5 * width(split), "ten opinions, not forty votes"


def test_length_does_not_pass_for_strength() -> None:
    rng = np.random.default_rng(0)
    votes = play(rng, {"base": 0.0, "v1": 0.0, "v2": 0.0}, 3000, 60, likes_long=3.0)
    board = fit_leaderboard(votes)
    assert entry(board, "v2").wins > 1.5 * entry(board, "v2").losses, "its answers are longer"
    assert abs(entry(board, "v2").strength.value) < 0.3
    assert {e.rank for e in board.entries} == {1}
    assert board.style["length"].low > 0.3
    assert board.style[FIRST].low > 0
    assert set(board.style) == {"length", FIRST}, "nothing differed in the rest"


def test_intervals_hold_what_they_promise() -> None:
    truth = {"base": 0.0, "v1": 0.5, "v2": -0.5}
    inside = []
    for seed in range(60):
        votes = play(np.random.default_rng(seed), truth, 400, 20, likes_long=1.0)
        board = fit_leaderboard(votes)
        inside += [
            entry(board, v).strength.low <= truth[v] <= entry(board, v).strength.high
            for v in ("v1", "v2")
        ]
    assert 0.9 <= np.mean(inside) <= 1.0
