"""Figures by version: only opinions that hold, only pairs whose versions differ."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import AsyncClient

from core.fold import opinions_that_hold
from core.opinions import pairs
from core.records import Feedback
from server.state import State
from tests.server.seeds import seed_comparison, seed_response

NEW = "support-p000001-aaaaaaaa"


def opinion(identity: str, kind: Any, target: str, **body: Any) -> Feedback:
    return Feedback(identity, kind, "support", "ada", target, 0.0, body)


def test_latest_opinion_holds_and_a_retracted_one_does_not() -> None:
    log = [
        opinion("fb1", "thumb", "r1", value="up"),
        opinion("fb2", "thumb", "r2", value="up"),
        opinion("fb3", "thumb", "r1", value="down"),
        opinion("fb4", "retract", "fb2"),
        opinion("fb5", "retract", "fb1"),  # replaced already: the newer one stays
        opinion("fb6", "retract", "fb0"),  # older than what was read
    ]
    assert [f.id for f in opinions_that_hold(log)] == ["fb3"]


def test_opinion_given_again_after_retraction_holds() -> None:
    log = [
        opinion("fb1", "thumb", "r1", value="up"),
        opinion("fb2", "retract", "fb1"),
        opinion("fb3", "thumb", "r1", value="up"),
    ]
    assert [f.id for f in opinions_that_hold(log)] == ["fb3"]


@pytest.mark.parametrize(
    ("said", "candidates", "expected"),
    [
        ({"kind": "comparison", "choice": "b"}, 2, [(1, 0, "first")]),
        ({"kind": "comparison", "choice": "a"}, 3, [(0, 1, "first"), (0, 2, "first")]),
        ({"kind": "comparison", "choice": "tie"}, 2, [(0, 1, "tie")]),
        ({"kind": "comparison", "choice": "both_bad"}, 2, [(0, 1, "both_bad")]),
        (
            {"kind": "ranking", "order": [[2], [0, 1]]},
            3,
            [(0, 1, "tie"), (0, 2, "second"), (1, 2, "second")],
        ),
    ],
)
def test_pairs_of_an_opinion(
    said: dict[str, Any], candidates: int, expected: list[tuple[int, int, str]]
) -> None:
    kind = said.pop("kind")
    assert list(pairs(opinion("fb", kind, "c", **said), candidates)) == expected


async def test_figures_by_version(api: AsyncClient, state: State) -> None:
    for version, value in (("base", "down"), (NEW, "up"), (NEW, "up"), (NEW, "down")):
        response = await seed_response(state, version=version)
        await give(api, kind="thumb", response_id=response.id, value=value)
    changed = await seed_response(state)
    await give(api, kind="thumb", response_id=changed.id, value="up")
    await give(api, kind="thumb", response_id=changed.id, value="down")
    for choice in ("b", "b", "tie", "both_bad"):
        pair = await seed_comparison(state, ["base", NEW])
        await give(api, kind="comparison", comparison_id=pair.id, choice=choice)
    await give(api, kind="comparison", comparison_id=pair.id, choice="b")  # not blind any more
    alike = await seed_comparison(state, [NEW, NEW])
    await give(api, kind="comparison", comparison_id=alike.id, choice="a")

    shown = (await api.get("/v1/assistants/support/metrics")).json()
    assert shown["counts"] == {"thumb": 5, "comparison": 5}
    assert (shown["window"]["entries"], shown["window"]["complete"]) == (12, True)
    assert shown["thumbs"] == {"base": {"up": 0, "down": 2}, NEW: {"up": 2, "down": 1}}
    assert shown["responses"] == {"base": 6, NEW: 9}
    assert shown["same_version_comparisons"] == 1
    ours = shown["comparisons"][NEW]
    assert (ours["wins"], ours["losses"], ours["ties"], ours["both_bad"]) == (2, 0, 1, 1)
    assert ours["win_rate"] == 0.75
    assert ours["low"] < 0.75 < ours["high"]
    assert shown["comparisons"]["base"]["win_rate"] == 0.25


async def test_nothing_said_gives_no_figures(api: AsyncClient) -> None:
    shown = (await api.get("/v1/assistants/support/metrics")).json()
    assert (shown["thumbs"], shown["comparisons"], shown["responses"]) == ({}, {}, {})
    assert shown["window"] == {"entries": 0, "complete": True, "since": None}


async def test_opinions_on_erased_answers_are_left_out(api: AsyncClient, state: State) -> None:
    await state.feedback.append("thumb", "support", "ada", "resp_gone", {"value": "up"})
    await state.feedback.append("comparison", "support", "ada", "cmp_gone", {"choice": "a"})
    shown = (await api.get("/v1/assistants/support/metrics")).json()
    assert (shown["thumbs"], shown["comparisons"]) == ({}, {})


async def give(api: AsyncClient, **body: Any) -> None:
    assert (await api.post("/v1/feedback", json=body)).status_code == 201
