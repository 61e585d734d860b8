"""Examples in the stores: they teach like what was said here, once, and come out as they came."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from core import keys
from core.exchange.example import Example
from core.exchange.intake import Intake
from core.exchange.outgo import Outgo
from core.feedback import FeedbackLog
from core.fold import opinions_that_hold
from core.messages import Messages
from core.records import IMPORTED
from core.responses import Responses
from core.store import Store
from tests.exchange.helpers import ASKED, CHAT, PLAIN, compared, ranked, thumbed
from worker.rows import Gathered, gather_rows

SYSTEM = "You are an assistant."
EVERYTHING: list[Example] = [
    compared("a"),
    compared("b", CHAT, "One.", "Two."),
    compared("tie", ASKED, "This.", "That."),
    ranked([[1], [0, 2]]),
    thumbed("up"),
    thumbed("down", voter=1),
    Example(ASKED, (), "edit", {"text": "Within 30 days."}),
    Example(ASKED, (), "edit", {"text": "For a month."}),
    Example(ASKED, ("No.",), "edit", {"text": "Yes."}, person="ann", at=12.5),
    Example(CHAT, ("No.",), "comment", {"comment": "curt"}, person="bob", at=13.0),
]


class Shop:
    """One assistant's stores."""

    def __init__(self, store: Store) -> None:
        self.messages, self.responses = Messages(store), Responses(store)
        self.feedback = FeedbackLog(store)
        stores = (self.messages, self.responses, self.feedback)
        self.intake = Intake(*stores, "support", SYSTEM)
        self.outgo = Outgo(*stores)

    async def out(self) -> list[Example]:
        return [e async for e in self.outgo.examples(self.feedback.read("support"))]

    async def rows(self) -> Gathered:
        opinions = opinions_that_hold([said async for said in self.feedback.read("support")])
        return await gather_rows(opinions, self.messages, self.responses)


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


def bare(examples: Sequence[Example]) -> list[str]:
    """Without the time, which is the import's where a file has none."""
    return [
        repr((replace(e, body={}, at=e.at if e.person else None), sorted(e.body.items())))
        for e in examples
    ]


async def test_everything_comes_out_as_it_came(shop: Shop) -> None:
    before = time.time()
    assert all(await shop.intake.add(EVERYTHING))
    out = await shop.out()
    assert bare(out) == bare(EVERYTHING)
    assert all(e.at is not None and (e.person or before <= e.at <= time.time()) for e in out)


async def test_the_same_again_adds_nothing(shop: Shop, store: Store) -> None:
    await shop.intake.add(EVERYTHING)
    entries, known = await store.redis.xlen("tw:{support}:feedback"), await store.redis.dbsize()
    assert not any(await shop.intake.add(EVERYTHING))
    assert not any(await shop.intake.add(await shop.out()))
    assert await store.redis.xlen("tw:{support}:feedback") == entries
    assert await store.redis.dbsize() == known


async def test_imported_opinions_become_rows(shop: Shop) -> None:
    await shop.intake.add(EVERYTHING)
    gathered = await shop.rows()
    pairs = [(row.kind, row.chosen, row.rejected) for row in gathered.rows]
    assert pairs == [
        ("comparison", "Yes.", "No."),
        ("comparison", "Two.", "One."),
        ("ranking", "Answer 1.", "Answer 0."),
        ("ranking", "Answer 1.", "Answer 2."),
        ("edit", "Yes.", "No."),
    ]
    assert {row.position_gap for row in gathered.rows} == {0}, "they were not shown side by side"
    assert [(t.row.completion, t.row.label) for t in gathered.thumbs] == [
        ("Yes.", True),
        ("Yes.", False),
    ]
    assert len({thumb.user for thumb in gathered.thumbs}) == 2
    shown = [row for _, row in gathered.demonstrations]
    assert [row.completion for row in shown] == ["Within 30 days.", "For a month."]
    assert gathered.dropped == {"no preference (tie)": 1, "no preference (comment)": 1}


async def test_prompts_are_asked_as_here(shop: Shop) -> None:
    await shop.intake.add([compared("a"), compared("b", CHAT)])
    own, theirs = (row.prompt for row in (await shop.rows()).rows)
    assert [m["role"] for m in own] == ["system", "user"]
    assert own[0]["content"] == SYSTEM
    assert theirs[0] == {"role": "system", "content": CHAT[0].content}


async def test_imported_answers_are_marked_and_finished(shop: Shop) -> None:
    await shop.intake.add([thumbed("up")])
    (said,) = [entry async for entry in shop.feedback.read("support")]
    response = await shop.responses.get(said.target)
    assert (response.version, response.arm, response.status) == (IMPORTED, IMPORTED, "done")
    assert (await shop.messages.get(response.message)).content == "Yes."
    assert response.user == said.user


async def test_an_import_that_was_killed_is_made_whole_by_the_next(
    shop: Shop, store: Store
) -> None:
    await shop.intake.add([thumbed("up")])
    (said,) = [entry async for entry in shop.feedback.read("support")]
    whole = await shop.responses.get(said.target)
    await store.redis.hdel(keys.response(whole.id), "end")
    [given_up] = await shop.responses.give_up("srv_1", [whole.id], "the server ended")
    assert given_up.status == "error"
    await shop.intake.add([thumbed("up")])
    made = await shop.responses.get(said.target)
    assert (made.status, made.message, made.error) == ("done", whole.message, "")


async def test_who_changed_their_mind_and_back_holds_what_they_said_last(shop: Shop) -> None:
    said = [
        Example(ASKED, ("Yes.",), "thumb", {"value": value}, person="ann", at=at)
        for at, value in ((1.0, "up"), (2.0, "down"), (3.0, "up"))
    ]
    assert await shop.intake.add(said) == [True, True, True]
    assert await shop.intake.add(said) == [False, False, False]
    (holds,) = await shop.out()
    assert (holds.body["value"], holds.at) == ("up", 3.0)


async def test_only_what_holds_goes_out(shop: Shop) -> None:
    await shop.intake.add([thumbed("up"), Example(ASKED, ("No.",), "thumb", {"value": "up"})])
    first, second = [entry async for entry in shop.feedback.read("support")]
    await shop.feedback.append("thumb", "support", first.user, first.target, {"value": "down"})
    assert await shop.feedback.retract("support", second.user, second.id)
    (left,) = await shop.out()
    assert (left.answers, left.body) == (("Yes.",), {"value": "down"})
    assert shop.outgo.left_out == {"replaced or taken back": 3}


async def test_imported_time_is_kept_and_never_in_the_future(shop: Shop) -> None:
    late = Example(ASKED, ("Y.",), "thumb", {"value": "up", **PLAIN}, person="ann", at=4e9)
    early = Example(ASKED, ("N.",), "thumb", {"value": "up", **PLAIN}, person="ann", at=7.0)
    await shop.intake.add([late, early])
    times = [e.at async for e in shop.outgo.examples(shop.feedback.read("support"))]
    assert times[1] == 7.0
    assert times[0] is not None
    assert times[0] <= time.time()
    assert await shop.feedback.first_at("support") > 1e9, "when it came, not when it was said"
