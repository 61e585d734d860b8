"""Consent decides what counts, from the moment it is given or withdrawn."""

from __future__ import annotations

import pytest

from core.consent import Choice, Consent, Consents
from core.feedback import FeedbackLog
from core.people import People
from core.runs import Runs
from core.store import Store

ASSISTANTS = ["support", "tutor"]


@pytest.fixture
def log(store: Store) -> FeedbackLog:
    return FeedbackLog(store)


@pytest.fixture
def consents(store: Store) -> Consents:
    return Consents(store)


async def thumbs(log: FeedbackLog, user: str, *targets: str, assistant: str = "support") -> None:
    for target in targets:
        await log.append("thumb", assistant, user, target, {"value": "up"})


@pytest.mark.parametrize(
    ("everywhere", "apart", "support", "tutor"),
    [
        ("on", {}, 1, 1),
        ("off", {}, 0, 0),
        ("on", {"support": "off"}, 0, 1),
        ("off", {"support": "on"}, 1, 0),
        ("off", {"other": "on"}, 0, 0),
    ],
)
async def test_what_counts(
    store: Store,
    log: FeedbackLog,
    consents: Consents,
    everywhere: Choice,
    apart: dict[str, Choice],
    support: int,
    tutor: int,
) -> None:
    """Whether it was said before the choice or after it."""
    await thumbs(log, "ann", "r1")
    said = Consent(everywhere, apart)
    await consents.put("ann", said, ASSISTANTS)
    await thumbs(log, "ann", "r1", assistant="tutor")
    assert await consents.get("ann") == said
    for name, number in (("support", support), ("tutor", tutor)):
        assert (await log.counts(name)).get("thumb", 0) == number
        found = [o async for o in People(store).allowed(name, log.read(name))]
        assert len(found) == number
        assert said.given_to(name) == bool(number)


async def test_on_again_counts_again_and_others_are_untouched(
    log: FeedbackLog, consents: Consents
) -> None:
    await thumbs(log, "bob", "r1")
    await thumbs(log, "ann", "r2", "r3")
    for choice, number in (("off", 1), ("off", 1), ("on", 3), ("on", 3), ("off", 1)):
        await consents.put("ann", Consent(choice), ASSISTANTS)
        assert await log.counts("support") == {"thumb": number}
    await thumbs(log, "ann", "r4")
    [first, *_] = await log.of_user("support", "ann")
    assert await log.retract("support", "ann", first.id)
    assert await log.counts("support") == {"thumb": 1}, "what did not count is not taken away"
    await consents.put("ann", Consent(), ASSISTANTS)
    assert await log.counts("support") == {"thumb": 3}


async def test_what_a_run_has_seen_is_not_new_when_it_counts_again(
    store: Store, log: FeedbackLog, consents: Consents
) -> None:
    """Else whoever turns it off and on could start runs at will."""
    await thumbs(log, "ann", "r1", "r2")
    await Runs(store).open("support", "enough", await log.counts("support"))
    await thumbs(log, "ann", "r3")
    await consents.put("ann", Consent("off"), ASSISTANTS)
    assert (await log.counts("support"), await log.gone("support")) == ({"thumb": 0}, {"thumb": 2})
    await consents.put("ann", Consent("on"), ASSISTANTS)
    assert (await log.counts("support"), await log.gone("support")) == ({"thumb": 3}, {"thumb": 0})


async def test_what_no_run_has_seen_is_new_when_it_counts_again(
    store: Store, log: FeedbackLog, consents: Consents
) -> None:
    await thumbs(log, "ann", "r1", "r2")
    await consents.put("ann", Consent("off"), ASSISTANTS)
    await Runs(store).open("support", "enough", await log.counts("support"))
    await consents.put("ann", Consent("on"), ASSISTANTS)
    assert await log.counts("support") == {"thumb": 2}
    assert (await log.gone("support")).get("thumb", 0) == 0


async def test_an_old_opinion_taken_back_is_no_hole_to_be_filled(
    store: Store, log: FeedbackLog
) -> None:
    await thumbs(log, "ann", "r1", "r2")
    await Runs(store).open("support", "enough", await log.counts("support"))
    await thumbs(log, "ann", "r3")
    old, _, new = await log.of_user("support", "ann")
    await log.retract("support", "ann", old.id)
    assert await log.gone("support") == {"thumb": 1}
    await log.retract("support", "ann", new.id)
    assert await log.gone("support") == {"thumb": 1}
    assert await log.counts("support") == {"thumb": 1}
