"""What came of an arm's answers: sums on a real server, quantiles of them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.records import Response
from core.store import Store
from core.tallies import SHORTEST_S, STEP, Tallies, Tally, wait_class

V1 = "support-p000001-aaaaaaaa"
ANSWER = Response(
    id="resp_1",
    assistant="support",
    version=V1,
    user="ann",
    prompt="msg",
    sampling={},
    created=0.0,
    arm="challenger",
    propensity=0.1,
    trial=V1,
    status="done",
    output_ids=[1, 2, 3, 4],
    first_token_s=0.05,
)


async def test_ordinary_answers_of_a_trial_are_added_up(store: Store) -> None:
    tallies = Tallies(store)
    for answer in (
        ANSWER,
        replace(ANSWER, first_token_s=0.5),
        replace(ANSWER, status="error", output_ids=[], first_token_s=None),
        replace(ANSWER, status="aborted"),
        replace(ANSWER, comparison="cmp_1"),
        replace(ANSWER, trial=""),
        replace(ANSWER, arm="champion"),
    ):
        await tallies.add(answer)
    tally = await tallies.get("support", V1, "challenger")
    assert (tally.answers, tally.errors) == (3, 1)
    assert tally.log_length == pytest.approx(2 * math.log(4))
    assert tally.squares == pytest.approx(2 * math.log(4) ** 2)
    assert (tally.slower(0.1), tally.slower(0.01), tally.slower(1.0)) == (1, 2, 0)
    assert (await tallies.get("support", V1, "champion")).answers == 1
    assert await tallies.get("tutor", V1, "champion") == Tally()


def test_quantiles_are_right_to_a_class() -> None:
    waits = [0.001 * number for number in range(1, 1001)]
    tally = Tally(waits={})
    for wait_s in waits:
        place = wait_class(wait_s)
        tally.waits[place] = tally.waits.get(place, 0) + 1
    for share in (0.5, 0.95):
        found = tally.quantile_s(share)
        assert found is not None
        assert share <= found <= share * STEP
    assert Tally().quantile_s(0.5) is None
    assert wait_class(SHORTEST_S / 2) == 0
