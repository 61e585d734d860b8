"""From the log to a dataset, on a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from core.exchange.example import Example, Turn
from core.exchange.intake import Intake
from core.records import CompletionRow, PreferenceRow
from tests.worker.people import SYSTEM, People
from worker.context import Context
from worker.snapshot import EVALUATION_PROMPTS, load_snapshot, take_snapshot
from worker.split import PEOPLE_SHARE, person_hash
from worker.sufficiency import objection


async def snapshot(context: Context, directory: Path) -> tuple[list[PreferenceRow], dict[str, Any]]:
    """Training and held-out rows together, and the manifest."""
    taken = await take_snapshot(context, "support", directory)
    return rows(directory, "train") + rows(directory, "heldout"), taken.manifest


def rows(directory: Path, part: str) -> list[PreferenceRow]:
    plain = pq.read_table(directory / f"{part}.parquet").to_pylist()
    return [PreferenceRow(**{**row, "prompt": json.loads(row["prompt"])}) for row in plain]


def completions(directory: Path, part: str) -> list[CompletionRow]:
    plain = pq.read_table(directory / f"{part}.parquet").to_pylist()
    return [CompletionRow(**{**row, "prompt": json.loads(row["prompt"])}) for row in plain]


async def test_a_vote_becomes_a_row(context: Context, people: People, tmp_path: Path) -> None:
    comparison = await people.compare("ada", "When?", "Today.", "I cannot say when it will be.")
    vote = await people.say("comparison", "ada", comparison, choice="b")
    [row], manifest = await snapshot(context, tmp_path / "s")
    assert row.prompt == [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": "When?"},
    ]
    assert (row.chosen, row.rejected) == ("I cannot say when it will be.", "Today.")
    assert (row.chosen_ids, row.rejected_ids, row.prompt_ids) == ([29, 0], [6, 0], [1, 2, 3])
    assert (row.kind, row.user, row.feedback_id, row.weight) == ("comparison", "ada", vote, 1.0)
    assert row.position_gap == 1, "the second one on the screen was chosen"
    assert manifest["watermark"] == vote


async def test_the_latest_opinion_counts(context: Context, people: People, tmp_path: Path) -> None:
    comparison = await people.vote("ada", "When?", "a")
    last = await people.say("comparison", "ada", comparison, choice="b")
    [row], manifest = await snapshot(context, tmp_path / "s")
    assert (row.chosen, row.feedback_id) == ("No, not When?", last)
    assert manifest["counts"]["events"] == 2


async def test_what_was_taken_back_is_gone(
    context: Context, people: People, tmp_path: Path
) -> None:
    comparison = await people.compare("ada", "When?", "Now", "Then")
    vote = await people.say("comparison", "ada", comparison, choice="a")
    await people.feedback.retract("support", "ada", vote)
    assert (await snapshot(context, tmp_path / "1"))[0] == []
    again = await people.say("comparison", "ada", comparison, choice="a")
    [row], _ = await snapshot(context, tmp_path / "2")
    assert row.feedback_id == again


async def test_a_ranking_is_all_its_ordered_pairs(
    context: Context, people: People, tmp_path: Path
) -> None:
    comparison = await people.compare("ada", "When?", "zero", "one", "two", "three")
    await people.say("ranking", "ada", comparison, order=[[2], [0, 1], [3]])
    found, _ = await snapshot(context, tmp_path / "s")
    assert {(row.chosen, row.rejected) for row in found} == {
        ("two", "zero"),
        ("two", "one"),
        ("two", "three"),
        ("zero", "three"),
        ("one", "three"),
    }
    assert {row.weight for row in found} == {0.5}
    gaps = {(row.chosen, row.rejected): row.position_gap for row in found}
    assert (gaps["two", "zero"], gaps["two", "three"]) == (2, -1)
    assert len({row.group for row in found}) == 1


async def test_an_edit_beats_the_answer(context: Context, people: People, tmp_path: Path) -> None:
    answer = await people.answer("ada", await people.ask("ada", "When?"), "Dunno")
    await people.say("edit", "ada", answer.id, text="On Monday.")
    [row], _ = await snapshot(context, tmp_path / "s")
    assert (row.chosen, row.chosen_ids) == ("On Monday.", None)
    assert (row.rejected, row.rejected_ids) == ("Dunno", [5, 0])
    [written] = completions(tmp_path / "s", "demonstrations")
    assert (written.completion, written.completion_ids) == ("On Monday.", None)
    assert (written.prompt, written.prompt_ids) == (row.prompt, [1, 2, 3])
    assert (written.label, written.feedback_id) == (None, row.feedback_id)


async def test_a_thumb_is_a_judged_answer(context: Context, people: People, tmp_path: Path) -> None:
    liked = await people.answer("ada", await people.ask("ada", "When?"), "On Monday.")
    other = await people.answer("bob", await people.ask("bob", "When?"), "Dunno")
    await people.say("thumb", "ada", liked.id, value="down")
    last = await people.say("thumb", "ada", liked.id, value="up", comment="I was wrong")
    await people.say("thumb", "bob", other.id, value="down")
    _, manifest = await snapshot(context, tmp_path / "s")
    up, down = completions(tmp_path / "s", "thumbs")
    assert (up.completion, up.label, up.feedback_id) == ("On Monday.", True, last)
    assert (up.prompt_ids, up.completion_ids, up.kind) == ([1, 2, 3], [10, 0], "thumb")
    assert (down.completion, down.label, down.user) == ("Dunno", False, "bob")
    assert manifest["counts"]["thumbs"] == {"rows": 2, "people": 2, "up": 1, "down": 1}
    assert manifest["counts"]["thumbs_heldout"]["rows"] == 0


async def test_thumbs_change_the_name(context: Context, people: People, tmp_path: Path) -> None:
    await people.crowd(4)
    before = (await snapshot(context, tmp_path / "1"))[1]
    answer = await people.answer("ada", await people.ask("ada", "When?"), "Now")
    thumb = await people.say("thumb", "ada", answer.id, value="up")
    up = (await snapshot(context, tmp_path / "2"))[1]
    await people.say("thumb", "ada", answer.id, value="down")
    down = (await snapshot(context, tmp_path / "3"))[1]
    assert len({before["sha256"], up["sha256"], down["sha256"]}) == 3
    assert [row.feedback_id for row in completions(tmp_path / "2", "thumbs")] == [thumb]
    assert thumb not in [row.feedback_id for row in completions(tmp_path / "3", "thumbs")]


async def test_what_says_nothing_is_counted(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.vote("ada", "One?", "tie")
    await people.vote("ada", "Two?", "both_bad")
    answer = await people.answer("ada", await people.ask("ada", "Three?"), "Yes")
    await people.say("comment", "ada", answer.id, comment="Hm.")
    same = await people.compare("ada", "Four?", "Yes", "Yes ")
    await people.say("comparison", "ada", same, choice="a")
    stopped = await people.answer("ada", await people.ask("ada", "Five?"), "Ye", "aborted")
    await people.say("edit", "ada", stopped.id, text="Yes")
    await people.say("thumb", "ada", stopped.id, value="down")
    await people.say("comparison", "ada", "cmp_gone", choice="a")
    found, manifest = await snapshot(context, tmp_path / "s")
    assert found == []
    assert completions(tmp_path / "s", "thumbs") == []
    assert manifest["dropped"] == {
        "an answer failed or was stopped": 2,
        "both answers read the same": 1,
        "no preference (both_bad)": 1,
        "no preference (comment)": 1,
        "no preference (tie)": 1,
        "what it is about is gone": 1,
    }


async def test_one_person_judges_a_pair_once(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.vote("ada", "When?", "a")
    await people.vote("ada", "When?", "b")
    await people.vote("bob", "When?", "a")
    found, _ = await snapshot(context, tmp_path / "s")
    assert [(row.user, row.chosen) for row in found] == [
        ("ada", "No, not When?"),
        ("bob", "Yes: When?"),
    ]


async def test_who_looks_at_one_side_is_believed_less(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.vote("bob", "Question 0?", "b")
    for number in range(24):
        await people.vote("ada", f"Question {number}?", "a")
    found, manifest = await snapshot(context, tmp_path / "s")
    assert all(row.weight < 0.5 for row in found if row.user == "ada")
    assert next(row.weight for row in found if row.user == "bob") > 0.8
    known = manifest["reliability"]
    assert (known["people"], known["believed_in_part"], known["not_believed"]) == (2, 2, 0)
    finding = {"person": "ada", "what": "chooses a side of the screen", "votes": 24}
    assert finding in known["findings"]


async def test_the_split_is_by_person_and_time(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.crowd(120, people=30)
    await snapshot(context, tmp_path / "s")
    train, heldout = rows(tmp_path / "s", "train"), rows(tmp_path / "s", "heldout")
    hidden = {f"user{n}" for n in range(30) if person_hash(f"user{n}") < PEOPLE_SHARE}
    assert hidden, "the hash must hide somebody, or this test shows nothing"
    assert not {row.user for row in train} & hidden
    newest = [row for row in heldout if row.user not in hidden]
    assert 0.08 <= len(newest) / (len(train) + len(newest)) <= 0.15
    assert min(row.time for row in newest) > max(row.time for row in train)
    assert not {row.group for row in train} & {row.group for row in heldout}


async def test_few_votes_are_judged_and_learned_from(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.crowd(9, people=1)
    await snapshot(context, tmp_path / "9")
    assert (len(rows(tmp_path / "9", "train")), len(rows(tmp_path / "9", "heldout"))) == (9, 0)
    await people.crowd(12, people=1)
    await snapshot(context, tmp_path / "12")
    assert (len(rows(tmp_path / "12", "train")), len(rows(tmp_path / "12", "heldout"))) == (9, 3)
    await people.crowd(64, people=1)
    await snapshot(context, tmp_path / "64")
    assert (len(rows(tmp_path / "64", "train")), len(rows(tmp_path / "64", "heldout"))) == (56, 8)


async def test_the_same_log_gives_the_same_bytes(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.crowd(24)
    first = await take_snapshot(context, "support", tmp_path / "1")
    second = await take_snapshot(context, "support", tmp_path / "2")
    assert first.name == second.name
    tables = ("demonstrations", "heldout", "thumbs", "thumbs_heldout", "train")
    others = ("doubted.json", "manifest.json", "prompts.jsonl")
    names = sorted([*(f"{name}.parquet" for name in tables), *others])
    assert sorted(p.name for p in first.directory.iterdir()) == names
    for name in names:
        assert (first.directory / name).read_bytes() == (second.directory / name).read_bytes()
    await people.vote("zoe", "One more?", "a")
    assert (await take_snapshot(context, "support", tmp_path / "3")).name != first.name
    found = load_snapshot(tmp_path / "1")
    assert found is not None
    assert found.manifest == first.manifest


async def test_a_file_that_names_the_better_answer_first_is_not_one_sided(
    context: Context, people: People, tmp_path: Path
) -> None:
    """Nobody saw those answers side by side; people here who only choose `b` are seen through."""
    stores = (context.messages, context.responses, context.feedback)
    asked = [(Turn("user", f"Question {number}?"),) for number in range(40)]
    pairs = [Example(prompt, ("Yes.", "No."), "comparison", {"choice": "a"}) for prompt in asked]
    await Intake(*stores, "support", SYSTEM).add(pairs)
    support = context.assistants.get("support")
    manifest = (await take_snapshot(context, "support", tmp_path / "imported")).manifest
    assert manifest["counts"]["choices"] == {}
    assert objection(manifest, support, "dpo") == ""
    for number in range(40):
        await people.vote(f"user{number}", f"Question {number}?", "b")
    manifest = (await take_snapshot(context, "support", tmp_path / "said")).manifest
    assert manifest["counts"]["choices"] == {"b": 40}
    assert "40 of 40 votes chose answer b" in objection(manifest, support, "dpo")


async def test_evaluation_prompts_are_real_and_distinct(
    context: Context, people: People, tmp_path: Path
) -> None:
    await people.crowd(150, people=6)
    answer = await people.answer("eve", await people.ask("eve", "Only a thumb?"), "Yes")
    await people.say("thumb", "eve", answer.id, value="up")
    await people.vote("eve", "Question 149?", "tie")  # said before, by somebody else
    await snapshot(context, tmp_path / "s")
    lines = (tmp_path / "s" / "prompts.jsonl").read_text().splitlines()
    prompts = [json.loads(line)["messages"] for line in lines]
    asked = [prompt[-1]["content"] for prompt in prompts]
    assert len(asked) == len(set(asked)) == EVALUATION_PROMPTS
    assert all(prompt[0] == {"role": "system", "content": SYSTEM} for prompt in prompts)
    heldout = {row.prompt[-1]["content"] for row in rows(tmp_path / "s", "heldout")}
    assert set(asked[: len(heldout)]) == heldout
    assert "Only a thumb?" in asked
    others = [row.prompt[-1]["content"] for row in rows(tmp_path / "s", "train")]
    used = [text for text in asked if text in others]
    assert used == others[::-1][: len(used)]
