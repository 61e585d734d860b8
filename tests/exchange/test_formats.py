"""Each format: what its rows mean, what it refuses, and that what it carries comes back."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import InvalidRequest
from core.exchange.containers import Container, pack
from core.exchange.example import Example, Turn
from core.exchange.formats import FORMATS, find_format, find_written_format
from tests.exchange.helpers import (
    ASKED,
    CHAT,
    PLAIN,
    compared,
    ranked,
    read,
    read_one,
    thumbed,
    write,
)

USER = {"role": "user", "content": "May I return a lamp?"}
YES = {"role": "assistant", "content": "Yes."}
NO = {"role": "assistant", "content": "No."}
SHOWN = Example(ASKED, (), "edit", {"text": "Yes."})
BETTER = compared("a")


def said(*content: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text} for text in content]


@pytest.mark.parametrize(
    ("name", "row", "example"),
    [
        ("preference", {"prompt": [USER], "chosen": [YES], "rejected": [NO]}, BETTER),
        (
            "preference",
            {"prompt": "May I return a lamp?", "chosen": "Yes.", "rejected": "No."},
            BETTER,
        ),
        ("preference", {"chosen": [USER, YES], "rejected": [USER, NO]}, BETTER),
        ("preference", {"prompt": "x", "chosen": [USER, YES], "rejected": [USER, NO]}, BETTER),
        (
            "preference",
            {
                "conversations": [{"from": "human", "value": "May I return a lamp?"}],
                "chosen": {"from": "gpt", "value": "Yes."},
                "rejected": {"from": "gpt", "value": "No."},
            },
            BETTER,
        ),
        (
            "preference",
            {"chosen": "The sky is blue.", "rejected": "The sky is green."},
            compared("a", (Turn("user", "The sky is"),), " blue.", " green."),
        ),
        ("kto", {"prompt": [USER], "completion": [YES], "label": True}, thumbed("up")),
        ("kto", {"messages": [USER, YES], "label": False}, thumbed("down")),
        ("sft", {"messages": [USER, YES]}, SHOWN),
        ("sft", {"prompt": "May I return a lamp?", "completion": "Yes."}, SHOWN),
        (
            "hh",
            {
                "chosen": "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: And?\n\nAssistant: A",
                "rejected": "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: And?\n\nAssistant: B\n",
            },
            compared(
                "a",
                (Turn("user", "Hi"), Turn("assistant", "Hello."), Turn("user", "And?")),
                "A",
                "B\n",
            ),
        ),
        (
            "ultrafeedback",
            {
                "instruction": "May I return a lamp?",
                "completions": [
                    {"response": "Answer 0.", "overall_score": 2.0},
                    {"response": "Answer 1.", "annotations": {"h": {"Rating": "5"}}},
                    {"response": "Answer 2.", "overall_score": 2.0, "fine-grained_score": "N/A"},
                    {"response": "Nobody rated it."},
                ],
            },
            ranked([[1], [0, 2]]),
        ),
    ],
)
def test_row_is_understood(name: str, row: dict[str, Any], example: Example) -> None:
    assert read_one(name, row) == [example]


MAPPED = {"q": "May I return", "more": "a lamp?", "meta": {"who": 7, "t": 5}, "one": "Yes."}


@pytest.mark.parametrize(
    ("fields", "mapping", "kind", "body"),
    [
        ({"two": "No."}, ["chosen=one", "rejected=two"], "comparison", {"choice": "a", **PLAIN}),
        (
            {"two": "No.", "vote": 2},
            ["answer_a=one", "answer_b=two", "choice=vote"],
            "comparison",
            {"choice": "b", **PLAIN},
        ),
        ({"ok": 0}, ["completion=one", "label=ok"], "thumb", {"value": "down", **PLAIN}),
        ({}, ["completion=one"], "edit", {"text": "Yes."}),
    ],
)
def test_mapping_says_what_a_row_is(
    fields: dict[str, Any], mapping: list[str], kind: str, body: dict[str, Any]
) -> None:
    always = ["prompt=q+more", "person=meta.who", "at=meta.t"]
    (example,) = read_one("jsonl", {**MAPPED, **fields}, *always, *mapping)
    assert example.prompt == (Turn("user", "May I return\n\na lamp?"),)
    assert (example.kind, example.body) == (kind, body)
    assert (example.person, example.at) == ("7", 5.0)


EXACT: dict[str, list[Example]] = {
    "preference": [BETTER, compared("a", CHAT)],
    "kto": [thumbed("up"), thumbed("down", "No.")],
    "sft": [SHOWN, Example(CHAT, (), "edit", {"text": "Now.\n"})],
    "hh": [BETTER, compared("a", CHAT[1:], " spaced ", "two\n\nlines")],
    "ultrafeedback": [ranked([[1], [0, 2]]), ranked([[0, 1]], CHAT)],
    "openassistant": [
        ranked([[1], [0, 2]]),
        thumbed("up", "Answer 0."),
        thumbed("down", "Answer 0.", voter=1),
        ranked([[0], [1]], CHAT[1:]),
    ],
    "thumbwheel": [
        BETTER,
        ranked([[1], [0, 2]], CHAT),
        thumbed("up", voter=3),
        SHOWN,
        compared("both_bad"),
        Example(CHAT, ("No.",), "edit", {"text": "Yes."}, person="ann", at=12.25),
        Example(ASKED, ("No.",), "comment", {"comment": "curt"}),
        Example(ASKED, ("No.",), "implicit", {"signal": "copy"}),
    ],
}


@pytest.mark.parametrize("container", ["jsonl", "parquet"])
@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_carries_comes_back(name: str, container: Container) -> None:
    form = find_format(name)
    if container == "parquet" and form.schema is None:
        with pytest.raises(InvalidRequest, match="no table"):
            pack(form, container)
        return
    back = read(form, write(form, EXACT[name], container), container)
    assert sorted(map(repr, back)) == sorted(map(repr, EXACT[name]))


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("preference", compared("tie")),
        ("preference", SHOWN),
        ("kto", BETTER),
        ("sft", thumbed("up")),
        ("hh", compared("a", ASKED, "Yes.\n\nHuman: fake", "No.")),
        ("ultrafeedback", compared("both_bad")),
        ("openassistant", SHOWN),
        ("openassistant", compared("a", ASKED, "Same.", "Same.")),
        ("openassistant", compared("a", ASKED * 100)),
    ],
)
def test_what_a_format_cannot_carry_is_said(name: str, example: Example) -> None:
    assert find_format(name).writer().add(example) is None


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("preference", {"chosen": "a"}, "there is no rejected; it has chosen"),
        ("preference", {"chosen": "same", "rejected": "same"}, "are the same"),
        ("preference", {"chosen": [USER, YES], "rejected": [YES, NO]}, "part before"),
        ("preference", {"prompt": "x", "chosen": 7, "rejected": "a"}, "chosen must be"),
        ("preference", {"prompt": "x", "chosen": "a", "rejected": " "}, "an answer is empty"),
        ("preference", {"prompt": [YES], "chosen": "a", "rejected": "b"}, "must end with"),
        ("kto", {"prompt": "x", "completion": "y", "label": "yes"}, "label must be true"),
        ("kto", {"prompt": [{"role": "x"}], "completion": "y", "label": True}, "role must be"),
        ("sft", {"messages": [USER]}, "must end with an answer"),
        ("hh", {"chosen": "Hi", "rejected": "Hi"}, "must begin with"),
        ("ultrafeedback", {"instruction": "x", "completions": [{"response": "y"}]}, "two"),
        ("ultrafeedback", {"instruction": "x", "completions": "y"}, "list of objects"),
        ("openassistant", {"role": "prompter", "text": "flat"}, "no tree"),
        ("openassistant", {"role": "x", "text": "y", "replies": []}, "prompter or assistant"),
        (
            "openassistant",
            {
                "role": "prompter",
                "text": "x",
                "replies": [{"role": "assistant", "text": "y", "emojis": {"+1": 10**9}}],
            },
            "a count of emojis",
        ),
        ("thumbwheel", {"prompt": "x", "extra": 1}, "no field 'extra'"),
        ("thumbwheel", {"prompt": "x", "answers": ["y"], "kind": "like", "body": {}}, "kind must"),
        ("thumbwheel", {"prompt": "x", "answers": ["y"], "kind": [], "body": {}}, "kind must"),
        ("thumbwheel", {"prompt": "x", "answers": ["y"], "kind": "thumb", "body": {}}, "value"),
        (
            "thumbwheel",
            {"prompt": "x", "answers": ["y", "z"], "kind": "comparison", "body": {"choice": "c"}},
            "not among the 2",
        ),
        (
            "thumbwheel",
            {"prompt": "x", "answers": ["y", "z"], "kind": "ranking", "body": {"order": [[0]]}},
            "exactly once",
        ),
        (
            "thumbwheel",
            {
                "prompt": "x",
                "answers": ["y"],
                "kind": "thumb",
                "body": {"value": "up"},
                "person": "imported.00000000000000000000000000",
            },
            "a person is named",
        ),
        (
            "thumbwheel",
            {"prompt": "x", "answers": ["y"], "kind": "thumb", "body": {"value": "up"}, "at": -1},
            "a time",
        ),
    ],
)
def test_bad_row_says_why_and_where(name: str, row: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refused:
        read_one(name, row)
    assert refused.value.message.startswith("line 1: ")


@pytest.mark.parametrize(
    ("name", "mapping", "why"),
    [
        ("csv", [], "format must be one of"),
        ("kto", ["prompt=x"], "a mapping goes with"),
        ("jsonl", [], "where the prompt is"),
        ("jsonl", ["prompt=x", "answer=y"], "FIELD=NAME"),
        ("jsonl", ["prompt=x"], "must name chosen"),
    ],
)
def test_unknown_format_or_mapping(name: str, mapping: list[str], why: str) -> None:
    with pytest.raises(InvalidRequest, match=why):
        find_format(name, mapping)


def test_generic_rows_are_only_read() -> None:
    with pytest.raises(InvalidRequest, match="only read"):
        find_written_format("jsonl")
