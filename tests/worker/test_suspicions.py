"""What looks like gaming is named, and rows are weighed by whom they are from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import CompletionRow, PreferenceRow
from worker.ballots import Ballot, make_ballots
from worker.belief import Believed, weigh
from worker.reliability import Reliability
from worker.rows import Thumb
from worker.split import Split, ThumbSplit
from worker.suspicions import count_hasty, count_repeats, find_suspicions

ADA = Reliability(1.0, 1.0, 1.0, 1.0)


def ballots(number: int, every_s: float = 60.0, items: int = 1000) -> list[Ballot]:
    return [
        Ballot("ada", f"o{n}", f"i{n % items}", 1, (0.0,), n * every_s, 45, -1)
        for n in range(number)
    ]


def row(number: int, user: str, long_wins: bool, kind: str = "comparison") -> PreferenceRow:
    texts = (f"{number} " + "word " * (5 + number % 7), str(number))
    chosen, rejected = texts if long_wins else texts[::-1]
    return PreferenceRow(
        group=f"g{number}",
        prompt=[{"role": "user", "content": f"{number}?"}],
        chosen=chosen,
        rejected=rejected,
        kind=kind,
        user=user,
        time=60.0 * number,
        feedback_id=f"fb_{number:04d}",
        position_gap=1 if number % 4 < 2 else -1,
    )


def thumb(user: str, number: int = 0) -> Thumb:
    row = CompletionRow([], f"yes {number}", "thumb", user, 0.0, f"fb_t{number}", label=True)
    return Thumb(f"t{number}", row)


def learn_all(rows: list[PreferenceRow], thumbs: list[Thumb] | None = None) -> Believed:
    """Nobody is held out."""
    nobody: frozenset[str] = frozenset()
    return weigh(rows, Split(rows, [], nobody), ThumbSplit(thumbs or [], [], nobody))


@pytest.mark.parametrize(
    ("every_s", "number", "hasty"),
    [(3.1, 30, 0), (2.9, 30, 30), (2.9, 7, 0), (0.0, 8, 8)],
)
def test_faster_than_reading(every_s: float, number: int, hasty: int) -> None:
    """45 words take 3 s at 15 a second."""
    assert count_hasty(ballots(number, every_s)) == hasty


def test_a_burst_in_a_long_day() -> None:
    slow = ballots(20)
    quick = [Ballot("ada", f"q{n}", f"q{n}", 1, (0.0,), 5000.0 + n, 45) for n in range(10)]
    assert count_hasty([*slow, *quick]) == 10


@pytest.mark.parametrize(("items", "repeats"), [(10, 0), (8, 2), (1, 9)])
def test_the_same_answers_again(items: int, repeats: int) -> None:
    assert count_repeats(ballots(10, items=items)) == repeats


@pytest.mark.parametrize(
    ("theirs", "known", "what"),
    [
        (ballots(10), ADA, []),
        (ballots(10, items=8), ADA, []),
        (ballots(10, items=7), ADA, [("judges the same answers again and again", 3)]),
        (ballots(9, 1.0), ADA, [("votes faster than anybody reads", 9)]),
        (ballots(9), Reliability(1, 0.2, 1, 0.2), [("chooses a side of the screen", 9)]),
        (ballots(9), Reliability(0.2, 1, 1, 0.2), [("disagrees with everybody else", 9)]),
        (ballots(9), Reliability(1, 1, 0.9, 0.9), [("votes more than a person's share", 9)]),
    ],
)
def test_findings(theirs: list[Ballot], known: Reliability, what: list[tuple[str, int]]) -> None:
    found = find_suspicions(theirs, {"ada": known})
    assert [(finding.what, finding.votes) for finding in found] == what


def test_a_ballot_knows_the_item_whichever_won() -> None:
    one, other = make_ballots([row(3, "ada", True), row(3, "bob", False)])
    assert one.item == other.item
    assert one.side == -other.side
    assert one.style == tuple(-s for s in other.style)
    assert one.words == other.words == 10
    assert make_ballots([row(3, "ada", True, kind="edit")]) == []


def test_liars_are_left_out_and_their_thumbs_with_them() -> None:
    rows = [row(n, f"p{n % 10}", n % 10 != 0) for n in range(400)]
    believed = learn_all(rows, [thumb("p0", 1), thumb("p1", 2), thumb("zoe", 3)])
    assert {r.user for r in believed.pairs.train} == {f"p{n}" for n in range(1, 10)}
    assert {t.user for t in believed.thumbs.train} == {"p1", "zoe"}
    assert believed.dropped == {
        "a person who is not believed": 40,
        "a thumb of a person who is not believed": 1,
    }
    assert believed.doubted == {"p0": 0.0}
    assert believed.summary["not_believed"] == 1
    assert believed.summary["findings"] == [
        {"person": "p0", "what": "disagrees with everybody else", "votes": 40}
    ]
    assert all(r.weight > 0 for r in believed.pairs.train)


def test_a_loud_voice_keeps_its_rows_at_less_weight() -> None:
    rows = [row(n, "loud" if n < 200 else f"p{n % 10}", True) for n in range(300)]
    believed = learn_all(rows)
    assert len(believed.pairs.train) == 300
    loud = [r.weight for r in believed.pairs.train if r.user == "loud"]
    assert sum(loud) == pytest.approx(64.0)
    assert believed.summary["findings"][0]["what"] == "votes more than a person's share"
    assert believed.summary["believed_in_part"] == 1
    assert believed.doubted == {}


def test_nothing_given() -> None:
    believed = learn_all([], [thumb("ada")])
    assert (believed.pairs.train, len(believed.thumbs.train), believed.dropped) == ([], 1, {})


def turned(row: PreferenceRow) -> PreferenceRow:
    return replace(row, chosen=row.rejected, rejected=row.chosen)


def test_held_out_votes_are_judged_by_none_of_themselves() -> None:
    """Turning every one of them round changes no weight and leaves none out; p0, who lies, is known
    from what is learned from.
    """
    rows = [row(n, f"p{n % 10}", n % 10 != 0) for n in range(400)]
    strangers = [row(400 + n, f"new{n % 2}", n % 2 == 0) for n in range(40)]
    train, heldout = rows[:360], [*rows[360:], *strangers]
    thumbs = ThumbSplit([], [thumb("p0", 1), thumb("p1", 2), thumb("new1", 3)], frozenset())
    found = []
    for side in (heldout, [turned(r) for r in heldout]):
        believed = weigh(rows, Split(train, side, frozenset({"new0", "new1"})), thumbs)
        found.append([(r.feedback_id, r.weight) for r in believed.pairs.heldout])
        assert [r.weight for r in believed.pairs.train] == [1.0] * 324
        assert [t.user for t in believed.thumbs.heldout] == ["p1", "new1"]
        assert (believed.pairs.by_person, believed.pairs.by_time) == (40, 36)
        assert believed.dropped["a person who is not believed"] == 40
    assert found[0] == found[1]
    assert dict(found[0]) == {r.feedback_id: 1.0 for r in heldout if r.user != "p0"}


def test_who_is_held_out_may_be_doubted_in_a_trial() -> None:
    rows = [row(n, f"p{n % 10}", n % 10 != 0) for n in range(400)]
    theirs = [r for r in rows if r.user == "p0"]
    parted = Split([r for r in rows if r.user != "p0"], theirs, frozenset({"p0"}))
    believed = weigh(rows, parted, ThumbSplit([], [], frozenset()))
    assert believed.pairs == parted
    assert believed.doubted == {"p0": 0.0}
