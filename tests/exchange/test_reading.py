"""Files in pieces, trees, and what becomes of bad rows."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest

from core.errors import InvalidRequest
from core.exchange.containers import read_table
from core.exchange.formats import find_format
from core.exchange.reading import Reading
from tests.exchange.helpers import read_one, split

PAIR = {"prompt": "x", "completion": 'y "}],{ \\', "label": True}


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("data", "numbers"),
    [
        (b"\xef\xbb\xbf" + orjson.dumps(PAIR) + b"\r\n\n" + orjson.dumps(PAIR), [1, 3]),
        (orjson.dumps([PAIR, PAIR, PAIR]), [1, 2, 3]),
        (b" \n" + orjson.dumps([PAIR, PAIR], option=orjson.OPT_INDENT_2) + b"\n", [1, 2]),
        (b"[]", []),
        (b"\n\n", []),
        (b"", []),
    ],
)
def test_rows_come_whole_from_any_pieces(data: bytes, numbers: list[int], size: int) -> None:
    rows = list(split(data, size))
    assert [number for number, _ in rows] == numbers
    assert all(orjson.loads(raw) == PAIR for _, raw in rows)


@pytest.mark.parametrize("data", [b'[{"a": 1}, {"b"', b"[{}] {}", b'[{"a": "\\'])
def test_array_that_breaks_off_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest, match="cut off"):
        list(split(data, 3))


@pytest.mark.parametrize("data", [b"{}\n" + b"x" * 200, b"[{}," + b"x" * 200, b" " * 200])
def test_row_without_end_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest, match="more than 100 bytes"):
        list(split(data, 50, max_bytes=100))


@pytest.mark.parametrize("raw", [b"{", b"[1]", b'"x"', b'{"prompt": "\\ud800"}', b"\xff"])
def test_bad_rows_are_counted_and_passed_over(raw: bytes) -> None:
    reading = Reading(find_format("kto"), skip_bad=True)
    assert reading.take("line 1", raw) == []
    assert len(reading.take("line 2", orjson.dumps(PAIR))) == 1
    tally = reading.tally
    assert (tally.rows, tally.bad_rows, tally.examples) == (2, 1, {"thumb": 1})
    assert tally.problems[0].startswith("line 1: ")


def message(role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "text": text, "replies": [], "emojis": None, "rank": None, **more}


def tree() -> dict[str, Any]:
    good = message("assistant", "Good.", rank=0, emojis={"+1": 2, "-1": 1, "_skip_reply": 5})
    good["replies"] = [message("prompter", "Thanks", replies=[message("assistant", "Sure.")])]
    others = [
        message("assistant", "Fair.", rank=1),
        message("assistant", "Also fair.", rank=1),
        message("assistant", "Late."),
        message("assistant", "Gone.", rank=2, deleted=True),
    ]
    return message("prompter", "Well?", replies=[good, *others], emojis={"+1": 4})


@pytest.mark.parametrize("wrapped", [False, True])
def test_tree_gives_its_rankings_and_thumbs(wrapped: bool) -> None:
    row = {"message_tree_id": "t", "prompt": tree()} if wrapped else tree()
    reading = Reading(find_format("openassistant"))
    examples = reading.take("line 1", orjson.dumps(row))
    ranking = examples[0]
    assert ranking.answers == ("Good.", "Fair.", "Also fair.")
    assert ranking.body == {"order": [[0], [1, 2]]}
    assert [(e.body["value"], e.voter) for e in examples[1:]] == [("up", 0), ("up", 1), ("down", 2)]
    assert reading.tally.left_out == {
        "thumbs on what people asked": 4,
        "deleted or refused messages, with all below": 1,
    }


def test_row_counts_whole_or_not_at_all() -> None:
    broken = tree()
    broken["replies"][0]["replies"][0]["replies"] = [message("assistant", "x", emojis={"+1": -1})]
    with pytest.raises(InvalidRequest, match="a count of emojis"):
        read_one("openassistant", broken)


def test_no_row_gives_opinions_without_end() -> None:
    loud = [message("assistant", f"{i}", emojis={"+1": 1000}) for i in range(11)]
    with pytest.raises(InvalidRequest, match="more than 10000"):
        read_one("openassistant", message("prompter", "x", replies=loud))


@pytest.mark.parametrize("data", [b"", b"no parquet at all", b"PAR1" * 4])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequest, match="no Parquet file"):
        list(read_table(io.BytesIO(data), 1 << 20))
