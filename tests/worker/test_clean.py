"""What is learned from and what is held out, without a server."""

from __future__ import annotations

from core.records import CompletionRow, PreferenceRow
from worker.clean import PERSON_ROWS, clean, clean_thumbs
from worker.rows import Thumb
from worker.split import MOST_HELD_OUT, PEOPLE_SHARE, person_hash, split, split_thumbs


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


def thumb(number: int, user: str = "ada", group: str = "", up: bool = True) -> Thumb:
    row = CompletionRow(
        prompt=[],
        completion="yes",
        kind="thumb",
        user=user,
        time=float(number),
        feedback_id=f"fb_{number:06d}",
        label=up,
    )
    return Thumb(group or f"{user}{number}", row)


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


def test_one_thumb_a_person_and_answer_and_nobody_gives_most_of_them() -> None:
    again = [thumb(2, group="g", up=False), thumb(1, group="g")]
    assert clean_thumbs(again) == (again[:1], {"the same person judged this answer again": 1})
    chatty = [thumb(n) for n in range(400)]
    left, dropped = clean_thumbs([*chatty, *(thumb(500 + n, f"user{n}") for n in range(9))])
    assert left[:PERSON_ROWS] == chatty[-PERSON_ROWS:]
    assert len(left) == PERSON_ROWS + 9
    assert dropped == {"more thumbs than one person's share": 400 - PERSON_ROWS}


def test_thumbs_alone_are_split_by_person_and_time() -> None:
    thumbs = [thumb(n, f"user{n % 30}") for n in range(300)]
    parts = split_thumbs(thumbs, split([]))
    people = {f"user{n}" for n in range(30) if person_hash(f"user{n}") < PEOPLE_SHARE}
    assert people, "the hash must hide somebody, or this test shows nothing"
    assert {t.user for t in parts.train} == {t.user for t in thumbs} - people
    assert parts.people == people
    newest = [t for t in parts.heldout if t.user not in people]
    assert 0.08 <= len(newest) / (len(newest) + len(parts.train)) <= 0.12
    assert min(t.row.time for t in newest) > max(t.row.time for t in parts.train)
    assert sorted([*parts.train, *parts.heldout], key=lambda t: t.row.time) == thumbs


def test_who_and_what_is_held_out_of_the_pairs_is_held_out_of_the_thumbs() -> None:
    secret, taught = hidden(0), hidden(1)
    rows = [row(n, f"user{n % 9}") for n in range(90)] + [row(90, secret)]
    rows += [row(100 + n, taught, group="one prompt") for n in range(80)]
    pairs = split(sorted(rows, key=lambda r: r.time))
    assert secret in pairs.people
    assert taught in {r.user for r in pairs.train}, "too chatty to be held out"
    on_train = [thumb(n, "eve", r.group) for n, r in enumerate(pairs.train[-20:], start=500)]
    on_heldout = [thumb(n, "eve", r.group) for n, r in enumerate(pairs.heldout[:5], start=10)]
    few = [thumb(0, secret), thumb(1, taught)]
    for thumbs in (few, [*few, *on_heldout, *on_train]):
        parts = split_thumbs(thumbs, pairs)
        assert not {t.user for t in parts.train} & pairs.people
        assert not {t.group for t in parts.train} & {r.group for r in pairs.heldout}
        assert not {t.group for t in parts.heldout} & {r.group for r in pairs.train}
    assert [t.user for t in split_thumbs(few, pairs).train] == [taught]
