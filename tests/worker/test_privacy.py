"""Nothing private reaches a snapshot, and nothing of it stays in token ids."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from core.assistants import Assistant, Assistants
from core.records import CompletionRow, PreferenceRow
from tests.worker.people import SYSTEM, People
from worker.context import Context
from worker.privacy import redact_gathered
from worker.rows import Asked, Gathered, Thumb
from worker.snapshot import take_snapshot

POLICY = "You are kind. Write to help@shop.example."
MINE = "I am ada@example.com, card 4111 1111 1111 1111."
GONE = "I am [email], card [card]."


def chat(said: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": POLICY}, {"role": "user", "content": said}]


def pair(prompt: str, chosen: str, rejected: str, user: str = "ada") -> PreferenceRow:
    return PreferenceRow(
        group="g",
        prompt=chat(prompt),
        chosen=chosen,
        rejected=rejected,
        kind="comparison",
        user=user,
        time=1.0,
        feedback_id="fb",
        prompt_ids=[1],
        chosen_ids=[2],
        rejected_ids=[3],
    )


def redacted(row: PreferenceRow) -> PreferenceRow:
    return redact_gathered(Gathered(rows=[row]), POLICY)[0].rows[0]


def test_ids_of_what_changed_are_dropped_and_no_others() -> None:
    row = redacted(pair("When?", "Call 0151 23456789", "Write to help@shop.example"))
    assert (row.chosen, row.chosen_ids) == ("Call [phone]", None)
    assert (row.rejected, row.rejected_ids) == ("Write to help@shop.example", [3])
    assert (row.prompt, row.prompt_ids) == (chat("When?"), [1])
    row = redacted(pair(MINE, "yes", "no"))
    assert (row.prompt, row.prompt_ids) == (chat(GONE), None)
    assert (row.chosen_ids, row.rejected_ids) == ([2], [3])


def test_demonstrations_are_told_without_it_too() -> None:
    row = CompletionRow(chat(MINE), "Mail ada@example.com", "edit", "ada", 1.0, "fb")
    made, _ = redact_gathered(Gathered(demonstrations=[("g", row)]), POLICY)
    [(group, told)] = made.demonstrations
    assert (group, told.prompt, told.completion) == ("g", chat(GONE), "Mail [email]")


def test_what_has_nothing_private_stays_as_it_was() -> None:
    row = pair("Where is KX-4821?", "Here, since 2026-11-21.", "It costs 4.90 EUR.")
    assert redacted(row) == row


def test_thumbs_and_prompts_too() -> None:
    thumb = Thumb(
        "g", CompletionRow(chat(MINE), MINE, "thumb", "ada", 1.0, "fb", True, 1.0, [1], [2])
    )
    made, found = redact_gathered(
        Gathered(thumbs=[thumb, thumb], asked=[Asked("g", chat(MINE), 1.0)]), POLICY
    )
    row = made.thumbs[1].row
    assert (row.completion, row.completion_ids, row.prompt_ids) == (GONE, None, None)
    assert made.asked[0].messages == chat(GONE)
    assert found == {"email": 1, "card": 1}, "one text, however often it stands there"


def test_a_person_named_by_an_address_stays_one_person() -> None:
    first, second = (redacted(pair(q, "a", "b", "ada@example.com")).user for q in "xy")
    assert first == second
    assert first.startswith("person_")
    assert "ada" not in first
    assert redacted(pair("x", "a", "b", "bob@example.com")).user != first


async def test_a_snapshot_holds_nothing_private(
    context: Context, people: People, tmp_path: Path
) -> None:
    comparison = await people.compare("ada@example.com", MINE, "Call 0151 23456789", "Hm.")
    await people.say("comparison", "ada@example.com", comparison, choice="a")
    answer = await people.answer("ada", await people.ask("ada", MINE), "You are ada@example.com")
    await people.say("edit", "ada", answer.id, text="You are Ada, 4111111111111111.")
    await people.say("thumb", "ada", answer.id, value="down")
    plain = await take_snapshot(context, "support", tmp_path / "plain")
    assert plain.manifest["redacted"] is None
    assert "4111" in _read(tmp_path / "plain")

    careful = Assistants([Assistant(name="support", system_prompt=SYSTEM, redact=True)])
    taken = await take_snapshot(replace(context, assistants=careful), "support", tmp_path / "s")
    assert taken.manifest["redacted"] == {"card": 2, "email": 2, "phone": 1}
    assert taken.name != plain.name
    held = _read(tmp_path / "s")
    assert not [secret for secret in ("ada@", "4111", "0151") if secret in held]
    assert GONE in held
    [row, edit] = pq.read_table(tmp_path / "s" / "train.parquet").to_pylist()
    assert (row["prompt_ids"], row["chosen_ids"], row["rejected_ids"]) == (None, None, [3, 0])
    assert (edit["prompt_ids"], edit["rejected_ids"]) == (None, None)


def _read(directory: Path) -> str:
    """Everything in a snapshot, as text."""
    tables = [pq.read_table(path).to_pylist() for path in sorted(directory.glob("*.parquet"))]
    texts = [path.read_text(encoding="utf-8") for path in directory.glob("*.json*")]
    return json.dumps(tables) + "".join(texts)
