"""Which golden prompts a report shows: what changed first, never more than it may."""

from __future__ import annotations

from core.check_rows import checks_from_json
from core.checks import Check
from trainer.data import Prompt
from trainer.golden import SHOWN, SHOWN_CHANGED, GoldenItem, show_golden

YES: list[Check] = checks_from_json([{"kind": "contains_all", "terms": ["yes"]}])


def item(number: int) -> GoldenItem:
    asked = Prompt([{"role": "user", "content": f"question {number}"}], (1,))
    return GoldenItem(f"golden {number}", "helpful", asked, YES)


def test_what_was_lost_and_gained_comes_first() -> None:
    """Of 60: ten lost, ten gained, ten said otherwise, thirty the same."""
    champion = ["yes"] * 10 + ["no"] * 10 + ["yes"] * 40
    candidate = ["no"] * 10 + ["yes"] * 10 + ["yes, too"] * 10 + ["yes"] * 30
    shown = show_golden([item(n) for n in range(60)], champion, candidate)
    assert len(shown) == SHOWN
    passed = [(one.champion_passes, one.candidate_passes) for one in shown]
    assert passed[:SHOWN_CHANGED] == [(True, False)] * SHOWN_CHANGED
    assert passed[SHOWN_CHANGED : 2 * SHOWN_CHANGED] == [(False, True)] * SHOWN_CHANGED
    assert (shown[0].prompt, shown[0].champion, shown[0].candidate) == ("question 0", "yes", "no")
    assert len({one.name for one in shown}) == SHOWN


def test_few_prompts_are_all_shown() -> None:
    assert show_golden([], [], []) == []
    assert len(show_golden([item(0), item(1)], ["yes", "no"], ["yes", "no"])) == 2
