"""What is learned from and what is held out, without a server."""

from __future__ import annotations

from core.records import PreferenceRow
from worker.clean import PERSON_ROWS, clean
from worker.split import MOST_HELD_OUT, PEOPLE_SHARE, person_hash, split


def row(number: int, user: str = "ada", group: str = "", chosen: str = "yes") -> PreferenceRow:
    return PreferenceRow(
        group=group or f"{user}{number}",
        prompt=[],
        chosen=chosen,
        rejected="no",
        kind="comparison",
        user=user,
        time=float(number),
        feedback_id=f"fb_{number:06d}",
    )


def hidden(number: int) -> str:
    """A person whom the hash holds out."""
    names = (f"person{n}" for n in range(10_000))
    return [name for name in names if person_hash(name) < PEOPLE_SHARE][number]


def test_nobody_decides_alone() -> None:
    chatty = [row(n, "ada") for n in range(600)]
    others = [row(1000 + n, f"user{n}") for n in range(100)]
    left, dropped = clean([*chatty, *others])
    theirs = [r for r in left if r.user == "ada"]
    assert len(theirs) == PERSON_ROWS
    assert theirs == chatty[-PERSON_ROWS:], "the newest stay"
    assert dropped == {"more than one person's share": 600 - PERSON_ROWS}
    assert len(left) == PERSON_ROWS + 100


def test_a_large_crowd_makes_room_for_each() -> None:
    rows = [row(n, f"user{n % 4}") for n in range(2000)]
    assert len(clean(rows)[0]) == 2000


def test_who_changes_their_mind_is_believed_once() -> None:
    before, after = row(1, group="g"), row(2, group="g")
    after = PreferenceRow(**{f: getattr(after, f) for f in after.__slots__} | SWAPPED)
    assert clean([after, before]) == (
        [after],
        {"the same person judged this pair again": 1},
    )


SWAPPED = {"chosen": "no", "rejected": "yes"}


def test_a_prompt_is_on_one_side_only() -> None:
    rows = [row(n, f"user{n % 3}", group=f"user{n % 3}-{n // 9}") for n in range(90)]
    parts = split(rows)
    assert parts.heldout
    assert not {r.group for r in parts.train} & {r.group for r in parts.heldout}
    assert sorted(parts.train + parts.heldout, key=lambda r: r.time) == rows


def test_a_chatty_person_does_not_take_the_data_along() -> None:
    whale, minnow = hidden(0), hidden(1)
    rows = [row(n, whale) for n in range(60)] + [row(100 + n, minnow) for n in range(20)]
    rows += [row(200 + n, f"user{n}") for n in range(20)]
    parts = split(rows)
    assert {r.user for r in parts.heldout} >= {minnow}
    assert whale in {r.user for r in parts.train}
    assert parts.by_person <= MOST_HELD_OUT * len(rows)


def test_people_stay_on_their_side_as_votes_come_in() -> None:
    rows = [row(n, f"user{n % 40}") for n in range(400)]

    def held_out(part: list[PreferenceRow]) -> set[str]:
        return {r.user for r in rows} - {r.user for r in split(part).train}

    assert held_out(rows[:200]) == held_out(rows) != set()
