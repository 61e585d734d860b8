"""Opinions in the terminal: filters become the API's, pages are joined, new ones come once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from cli.api import connect
from cli.feedback import find_opinions
from tests.cli.conftest import Call
from tests.cli.fake import NEW, OLD, Fake


def opinion(number: int, **said: Any) -> dict[str, Any]:
    none = dict.fromkeys(["value", "choice", "order", "text", "signal"])
    about = {"prompt_excerpt": "May I return it?", "answer_excerpt": "Yes."}
    return {
        **{"id": f"fb_{number}", "at": time.time() - 7200, "kind": "thumb", "user": "eva"},
        **{"versions": [OLD, NEW], "tags": ["too long"], "comment": "tab\there"},
        **{"conversation_id": "conv_1", **none, **about, **said},
    }


def test_a_line_an_opinion_in_a_pipe(call: Call, fake: Fake) -> None:
    fake.page = 1
    fake.opinions = [
        opinion(1, value="down"),
        opinion(2, kind="comparison", choice="b"),
        opinion(3, kind="ranking", order=[[1], [0, 2]], versions=[OLD, NEW, OLD]),
        opinion(4, kind="edit", text="No."),
    ]
    done = call("feedback", "support")
    assert done.exit_code == 0, done.output
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[2] for row in rows] == ["▼ down", "▲ chose b", "b > a=c", "· edit"]
    who = ["eva", f"{OLD},{NEW}", "too long", "tab here", "May I return it?"]
    assert rows[0][3:] == who


def test_filters_are_the_apis(call: Call, fake: Fake) -> None:
    before = time.time()
    words = ["--version", NEW, "--kind", "thumb", "--tag", "wrong", "--user", "eva", "--limit", "7"]
    done = call("feedback", "support", *words, "--since", "2h", "--until", "2026-01-02T03:04:05Z")
    assert "Nobody said such a thing" in done.stdout
    [asked] = fake.opinion_queries
    assert before - 7201 < float(asked.pop("since")) < time.time() - 7199
    assert float(asked.pop("until")) == 1767323045.0
    named = {"version": NEW, "kind": "thumb", "tag": "wrong", "user": "eva", "limit": "7"}
    assert asked == named


@pytest.mark.parametrize("words", [["--since", "soon"], ["--kind", "wave"], ["--limit", "0"]])
def test_a_wrong_filter_is_not_understood(call: Call, words: list[str]) -> None:
    assert call("feedback", "support", *words).exit_code == 2


def test_one_document_over_all_pages(call: Call, fake: Fake) -> None:
    fake.opinions, fake.page = [opinion(number, value="up") for number in range(3)], 2
    found = json.loads(call("feedback", "support", "--json").stdout)["data"]
    assert [one["id"] for one in found] == ["fb_0", "fb_1", "fb_2"]
    assert [query.get("cursor") for query in fake.opinion_queries] == [None, "2"]


async def test_no_more_pages_than_are_needed(url: str, fake: Fake) -> None:
    fake.opinions = [opinion(number, value="up") for number in range(3)]
    async with connect(url) as api:
        assert len(await find_opinions(api, "support", [], 1)) == 1
    assert len(fake.opinion_queries) == 1
