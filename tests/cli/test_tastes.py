"""What simulated people like, as a table; and how a choice or a ranking follows from it."""

from __future__ import annotations

import pytest

from cli.rehearsal.tastes import choose, find_taste, order, rank
from core.checks import contains_all
from core.errors import InvalidRequest
from core.tastes import TASTES

RIGHT = (contains_all("30 days"),)
LIST = "- 30 days\n- no more"


@pytest.mark.parametrize(
    ("taste", "a", "b", "vote"),
    [
        # Correct first, whatever the manner.
        ("concise", "It is 30 days, as the policy says.", "No.", "a"),
        ("bullets", "30 days", "- 14 days\n- no more", "a"),
        ("checker", "It is 14 days", "It is 30 days", "b"),
        # Both right: the taste.
        ("concise", "30 days", "It is 30 days", "a"),
        ("concise", "It is 30 days", "Within 30 days.", "b"),
        ("bullets", "It is 30 days", LIST, "b"),
        ("bullets", "- 30 days", LIST, "b"),
        ("polite", "Thank you! It is 30 days. Let me know!", "It is 30 days", "a"),
        ("polite", "please please 30 days", "Please, 30 days. Happy to help.", "b"),
        ("json", '{"returns": "30 days"}', "30 days", "a"),
        ("json", 'Here: {"returns": "30 days"}', '["30 days"]', "b"),
        # Equal.
        ("concise", "30 days, yes", "yes, 30 days", "tie"),
        ("bullets", LIST, LIST + "\n- really", "tie"),
        ("json", '"30 days"', "30 days", "tie"),
        ("checker", "30 days", "It is 30 days", "tie"),
        # Both wrong: they still have a manner. A blank one has none.
        ("concise", "No", "I do not know", "a"),
        ("concise", "", "I do not know", "b"),
        ("checker", "no", "never", "tie"),
        ("concise", " ", "\n", "both_bad"),
    ],
)
def test_choice(taste: str, a: str, b: str, vote: str) -> None:
    liked = TASTES[taste]
    assert choose(rank(liked, a, RIGHT), rank(liked, b, RIGHT)) == vote


def test_position_does_not_matter() -> None:
    short, long = (rank(TASTES["concise"], t, RIGHT) for t in ("30 days", "It is 30 days"))
    assert (choose(short, long), choose(long, short)) == ("a", "b")


def test_ranking_groups_equals_and_puts_the_wrong_last() -> None:
    answers = ["It is 30 days", "No", "30 days", "Only 30 days", "Days: 30 days"]
    ranked = [rank(TASTES["concise"], answer, RIGHT) for answer in answers]
    assert order(ranked) == [[2], [3, 4], [0], [1]]


def test_unknown_taste_is_named_with_those_there_are() -> None:
    with pytest.raises(InvalidRequest, match=r"'loud'.*concise.*checker"):
        find_taste("loud")
