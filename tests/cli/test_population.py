"""Simulated people: who asks what, and what of their votes can be learned from."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from cli.answers import Answer, Blind
from cli.api import connect
from cli.rehearsal.population import PEOPLE, Ballot, Population, Prompt
from cli.rehearsal.prompts import draw_prompts
from core.checks import contains_all
from core.tastes import TASTES


@pytest.mark.parametrize(
    ("vote", "decided"),
    [
        ({"choice": "a"}, True),
        ({"choice": "b"}, True),
        ({"choice": "tie"}, False),
        ({"choice": "both_bad"}, False),
        ({"order": [[1], [0, 2]]}, True),
        ({"order": [[0, 1, 2]]}, False),
    ],
)
def test_only_a_preference_decides(vote: dict[str, Any], decided: bool) -> None:
    assert Ballot("mia", Prompt([], ()), Blind("cmp_1", []), vote).is_decided is decided


async def test_votes_come_from_many_people(url: str) -> None:
    async with connect(url) as api:
        population = Population(api, "support", TASTES["concise"])
        assert len({population.person(i) for i in range(64)}) == PEOPLE


async def test_a_thumb_goes_up_for_more_than_the_usual(url: str) -> None:
    """What is usual is told by kind: long tasks have long answers."""
    said = {
        "short": ("yes a", "yes a b", "yes a b c", "no", ""),
        "long": ("yes a b c d e", "yes a b c d e f", "yes a b c d e f g", "yes"),
        "rare": ("yes a b c d", "yes"),
    }
    told = [(kind, text) for kind, texts in said.items() for text in texts]
    prompts = [Prompt([], (contains_all("yes"),), kind) for kind, _ in told]
    answers = [Answer(text, f"r{i}", "base", "stop") for i, (_, text) in enumerate(told)]
    async with connect(url) as api:
        thumbs = Population(api, "support", TASTES["concise"]).judge(prompts, answers)
    up = [text for (_, text), t in zip(told, thumbs, strict=True) if t.vote["value"] == "up"]
    assert up == ["yes a", "yes a b", "yes a b c d e", "yes", "yes"]
    assert [t.vote["response_id"] for t in thumbs] == [a.response for a in answers]
    assert {t.vote["kind"] for t in thumbs} == {"thumb"}


@pytest.mark.parametrize("assistant", ["support", "tutor", "writer", "extractor"])
def test_every_shipped_assistant_has_prompts_with_checks(assistant: str) -> None:
    voting = draw_prompts(assistant, 12, 0, "train")
    held_out = draw_prompts(assistant, 12, 0, "new_content")
    assert all(p.messages[-1]["role"] == "user" and p.checks for p in voting + held_out)
    assert voting == draw_prompts(assistant, 12, 0, "train")
    assert not {p.messages[-1]["content"] for p in voting if len(p.messages) == 1} & {
        p.messages[-1]["content"] for p in held_out
    }


def test_drawing_prompts_loads_no_torch() -> None:
    code = (
        "import sys; from cli.rehearsal.prompts import draw_prompts;"
        "draw_prompts('support', 2, 0, 'train'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
