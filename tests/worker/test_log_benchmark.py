"""What the benchmark of the log makes of its measurements; the measurements are `make bench`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.logs import ASSISTANT, Measured, Read
from benchmarks.logs.crowd import Drawn, converse, draw_votes
from benchmarks.logs.figures import Quantity
from core.feedback import FeedbackLog
from core.fold import opinions_that_hold
from core.store import Store, connect


def test_ten_million_are_on_the_line_of_the_two_largest() -> None:
    sizes = (1, 100_000, 1_000_000)
    measured = [Measured(5 + n / 1e5, 1.0, 90.0, 100.0, n) for n in sizes]
    lines = [Read(one.number, one, one) for one in measured]
    assert Quantity("", "s", lambda x: x.fold.seconds).on_paper(lines) == pytest.approx(105.0)
    assert Quantity("", "MiB", lambda x: x.fold.grown_mib, grows=False).on_paper(lines) == 10.0


async def test_drawn_votes_are_archived_and_replace_each_other(
    store: Store, tmp_path: Path
) -> None:
    drawn = Drawn(store, str(tmp_path), draw_votes(300, 40))
    while await drawn.move(ASSISTANT, 70):
        pass
    log = FeedbackLog(store, drawn)
    opinions = opinions_that_hold([said async for said in log.read(ASSISTANT)])
    assert (await log.extent(ASSISTANT))[1] == 300
    assert len(opinions) == 40
    assert Counter(said.kind for said in opinions) == {"comparison": 30, "thumb": 10}
    assert len({said.user for said in opinions}) == 2


async def test_votes_have_whole_conversations_behind_them(redis_url: str) -> None:
    store = connect(redis_url, timeout_s=60.0)  # as the benchmark's, which asks much at once
    sizes = await converse(store, list(draw_votes(1000, 1000)))
    await store.close()
    assert sizes.keys() == {"messages", "responses", "comparisons"}
    assert all(size > 0 for size in sizes.values())
