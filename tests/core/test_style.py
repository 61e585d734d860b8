"""Layout, counted."""

from __future__ import annotations

import numpy as np
import pytest

from core.style import scale_columns, style_difference, style_of


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", (0, 0, 0, 0)),
        ("two words", (2, 0, 0, 0)),
        ("- one\n* two\n3. three\n- ", (7, 3, 0, 0)),
        ("# Title\n#hashtag\n\n## Part", (5, 0, 2, 0)),
        ("a **bold** and __bold__ but snake__case__name and 2 ** 3 ** 4", (12, 0, 0, 2)),
    ],
)
def test_what_is_seen(text: str, seen: tuple[float, ...]) -> None:
    assert style_of(text) == seen


def test_differences_are_shares_of_both() -> None:
    assert style_difference("one two three", "one") == (0.5, 0, 0, 0)
    assert style_difference("- a", "**b** c") == (0, 1, 0, -1)
    assert style_difference("", "") == (0, 0, 0, 0)


def test_columns_have_one_size_and_constant_zeros_stay() -> None:
    scaled = scale_columns(np.array([[2.0, 0.0], [-4.0, 0.0]]))
    assert np.sqrt((scaled**2).mean(0)) == pytest.approx([1, 0])
    assert scale_columns(np.zeros((0, 2))).shape == (0, 2)
