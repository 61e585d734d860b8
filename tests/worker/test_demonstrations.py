"""What people wrote in place of no answer is learned from, unless it is held out."""

from __future__ import annotations

import pytest

from core.records import CompletionRow, PreferenceRow
from worker.rows import Thumb
from worker.snapshot import learnable
from worker.split import Split, ThumbSplit


def shown(user: str) -> CompletionRow:
    return CompletionRow([], "Hello.", "edit", user, 1.0, "fb_1")


def pair(group: str) -> PreferenceRow:
    return PreferenceRow(group, [], "a", "b", "comparison", "ann", 1.0, "fb_2")


@pytest.mark.parametrize(
    ("group", "user", "learned"),
    [
        ("free", "ann", True),
        ("judged", "ann", False),
        ("thumbed", "ann", False),
        ("free", "bob", False),
        ("free", "cy", False),
    ],
)
def test_held_out_means_held_out(group: str, user: str, learned: bool) -> None:
    pairs = Split([], [pair("judged")], frozenset({"bob"}))
    thumbs = ThumbSplit([], [Thumb("thumbed", shown("eve"))], frozenset({"bob", "cy"}))
    row = shown(user)
    assert learnable([(group, row)], pairs, thumbs) == ([row] if learned else [])
