"""Which method a run learns by, and whether it is worth it, from a snapshot's counts."""

from __future__ import annotations

from typing import Any

import pytest

from core.assistants import Assistant
from worker.choose import choose
from worker.sufficiency import objection

RETRAIN = {"min_comparisons": 40, "min_thumbs": 200}


def assistant(recipe: str = "auto", **trainer: object) -> Assistant:
    declared = {"name": "support", "system_prompt": "You are kind.", "recipe": recipe}
    return Assistant.model_validate({**declared, "retrain": RETRAIN, "trainer": trainer})


def manifest(pairs: int = 0, up: int = 0, down: int = 0, a: int = 0) -> dict[str, Any]:
    """`a`: votes for the answer on the left, all others went to the right."""
    return {
        "counts": {
            "train": {"rows": pairs},
            "choices": {"a": a, "b": pairs - a},
            "thumbs": {"rows": up + down, "up": up, "down": down},
        },
        "dropped": {},
    }


@pytest.mark.parametrize(
    ("held", "method", "words"),
    [
        (manifest(pairs=40, a=20), "dpo", "enough"),
        (manifest(pairs=40, a=20, up=900, down=900), "dpo", "enough"),
        (manifest(up=150, down=50), "kto", "not by pairs: too little to learn from: 0 pairs"),
        (manifest(pairs=3, a=1, up=20, down=10), "kto", "not by pairs"),
        (manifest(pairs=20, a=9, up=60, down=30), "dpo", "50% of the pairs and 45% of the thumbs"),
        (manifest(pairs=20, a=9, up=80, down=30), "kto", "50% of the pairs and 55% of the thumbs"),
        (manifest(pairs=10, a=5, up=200), "dpo", "not by thumbs: one-sided: 210 of 220"),
        (manifest(), "dpo", "0 thumbs and 0 pairs, at least 16 judged answers"),
    ],
)
def test_auto_goes_by_what_there_is(held: dict[str, Any], method: str, words: str) -> None:
    choice = choose(held, assistant())
    assert (choice.method, words in choice.why) == (method, True), choice


@pytest.mark.parametrize("recipe", ["dpo", "kto", "ppo"])
def test_a_declared_recipe_is_taken_at_its_word(recipe: str) -> None:
    assert choose(manifest(), assistant(recipe)).method == recipe


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (manifest(up=10, down=5), "15 thumbs and 0 pairs, at least 16 judged answers needed"),
        (manifest(up=12, down=4), ""),
        (
            manifest(up=181, down=19),
            "181 of 200 judged answers were liked; at least 10%",
        ),
        (manifest(up=19, down=181), "181 of 200 judged answers were disliked"),
        (manifest(up=180, down=20), ""),
        (manifest(pairs=20, a=9, up=100), ""),
        (manifest(pairs=20, a=20, up=100, down=100), "20 of 20 votes chose answer a"),
    ],
)
def test_kto_needs_both_kinds(held: dict[str, Any], words: str) -> None:
    found = objection(held, assistant("kto"), "kto")
    assert (words in found, bool(found)) == (True, bool(words)), found


def test_pairs_are_no_labels_where_the_assistant_says_so() -> None:
    held = manifest(pairs=20, a=9, up=100)
    said = objection(held, assistant("kto", comparisons=False), "kto")
    assert "one-sided: 100 of 100" in said


@pytest.mark.parametrize("method", ["dpo", "ppo"])
def test_methods_that_learn_from_pairs_need_pairs(method: str) -> None:
    assert "3 pairs, at least 4 needed" in objection(manifest(pairs=3, up=900), assistant(), method)
    assert objection(manifest(pairs=16, a=8), assistant(), method) == ""
    assert "one-sided" in objection(manifest(pairs=16), assistant(), method)
