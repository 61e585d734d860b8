"""From votes in the log to a leaderboard."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import AsyncClient

from core.records import Comparison, Feedback
from server.assistants.leaderboard import Said, votes
from server.state import State
from tests.server.seeds import seed_comparison

NEW = "support-p000001-aaaaaaaa"
URL = "/v1/assistants/support/leaderboard"
SAID = {
    "r0": Said("base", "one two three"),
    "r1": Said(NEW, "- one"),
    "r2": Said(NEW, "one"),
}
SHOWN = {
    "c2": Comparison("c2", "support", "ada", "p", ["r0", "r1"], 0.0),
    "c3": Comparison("c3", "support", "ada", "p", ["r0", "r1", "r2"], 0.0),
    "gone": Comparison("gone", "support", "ada", "p", ["r0", "r9"], 0.0),
}


def opinion(kind: Any, target: str, **body: Any) -> Feedback:
    return Feedback("fb", kind, "support", "ada", target, 0.0, body)


def test_a_choice_is_a_vote_with_its_style() -> None:
    [vote] = votes([opinion("comparison", "c2", choice="b")], SHOWN, SAID)
    assert (vote.first, vote.second, vote.result, vote.weight) == (NEW, "base", 1.0, 1.0)
    assert vote.style == (-0.2, 1.0, 0.0, 0.0, -1.0), "shorter, a list, shown second"


@pytest.mark.parametrize(
    ("said", "results", "weight"),
    [
        (opinion("comparison", "c3", choice="a"), [1.0, 1.0], 1.0),
        (opinion("comparison", "c3", choice="both_bad"), [0.5] * 3, 2 / 3),
        (opinion("ranking", "c3", order=[[2], [0, 1]]), [0.5, 0.0, 0.0], 2 / 3),
        (opinion("comparison", "gone", choice="a"), [], 0.0),
        (opinion("comparison", "never", choice="a"), [], 0.0),
    ],
)
def test_pairs_of_an_opinion_weigh_one_less_than_its_answers(
    said: Feedback, results: list[float], weight: float
) -> None:
    found = list(votes([said], SHOWN, SAID))
    assert [vote.result for vote in found] == results
    assert all(vote.weight == pytest.approx(weight) for vote in found)


async def test_the_preferred_version_leads(api: AsyncClient, state: State) -> None:
    for number in range(12):
        versions = ["base", NEW] if number % 2 else [NEW, "base"]
        pair = await seed_comparison(state, versions)
        choice = "ab"[versions.index(NEW)] if number else "tie"
        body = {"kind": "comparison", "comparison_id": pair.id, "choice": choice}
        assert (await api.post("/v1/feedback", json=body)).status_code == 201
    again = {**body, "choice": "tie"}  # not blind any more
    assert (await api.post("/v1/feedback", json=again)).status_code == 201
    shown = (await api.get(URL)).json()
    assert [(e["version"], e["against"], e["rank"]) for e in shown["entries"]] == [
        (NEW, "base", 1),
        ("base", "base", 2),
    ]
    best = shown["entries"][0]
    assert (best["votes"], best["wins"], best["losses"]) == (12, 11, 0)
    assert 0.5 < best["win_rate"]["low"] < best["win_rate"]["value"] < best["win_rate"]["high"]
    assert (shown["votes"], shown["people"], shown["window"]["complete"]) == (12, 1, True)
    assert set(shown["style"]) == {"shown first"}


async def test_no_votes_no_entries(api: AsyncClient, state: State) -> None:
    await state.feedback.append("comparison", "support", "ada", "cmp_gone", {"choice": "a"})
    shown = (await api.get(URL)).json()
    assert (shown["entries"], shown["style"], shown["votes"]) == ([], {}, 0)
