"""The words of the pages: each that a page asks for is in words.json, nothing else is, and what is
filled in is what the entry has a place for.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.async_api import Page, Route, expect

from server.web.endpoints import STATIC
from tests.web.weight import PAGES, files

WORDS: Final[dict[str, Any]] = json.loads((STATIC / "words.json").read_text())
ASKED: Final = re.compile(r'data-(?:say|label|hint)="(\w+)"')
NAMED: Final = re.compile(r"\bwords\.(?!js)(\w+)")
FILLED: Final = re.compile(r"\bwords\.(\w+)(?:\[\w+\])?(?=\(\{ ((?:[^{}]|\{[^{}]*\})*) \}\))")
GIVEN: Final = re.compile(r"(?:^|, )(\w+)(?=:|,|$)|\.\.\.")
PLACE: Final = re.compile(r"\{(\w+)\}")


def code(page: str) -> str:
    return "\n".join(path.read_text() for path in files(page) if path.suffix == ".js")


def asked(page: str) -> set[str]:
    document = ASKED.findall((STATIC / PAGES[page]).read_text())
    return {*document, *NAMED.findall(code(page))}


@pytest.mark.parametrize("page", PAGES)
def test_every_word_that_a_page_asks_for_is_there(page: str) -> None:
    assert not WORDS["common"].keys() & WORDS[page].keys()
    assert asked(page) - WORDS["common"].keys() - WORDS[page].keys() == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_word_that_is_there_is_asked_for(page: str) -> None:
    assert WORDS[page].keys() - asked(page) == set()
    assert WORDS["common"].keys() - set().union(*map(asked, PAGES)) == set()


def test_there_are_words_for_the_pages_and_for_nothing_else() -> None:
    assert WORDS.keys() == {"common", *PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_filled_in_is_what_there_is_a_place_for(page: str) -> None:
    words = {**WORDS["common"], **WORDS[page]}
    for name, given in FILLED.findall(code(page)):
        said = set(GIVEN.findall(flat(given)))
        needed = places(words[name])
        assert needed or "other" in words[name], name
        assert "" in said or needed - {"n"} <= said <= needed | {"n"}, (name, said, needed)


def flat(given: str) -> str:
    """Without what stands in brackets: `n: f(a, b), who` is `n: f, who`."""
    while (less := re.sub(r"\([^()]*\)|\{[^{}]*\}", "", given)) != given:
        given = less
    return given


def places(entry: Any) -> set[str]:
    """All that any form of an entry, or any entry of a group, has a place for."""
    return set(PLACE.findall(json.dumps(entry, ensure_ascii=False)))


def forms(entry: Any) -> Iterator[dict[str, str]]:
    """Entries whose form a number decides."""
    if isinstance(entry, dict):
        if "other" in entry:
            yield entry
        for inner in entry.values():
            yield from forms(inner)


def test_every_form_for_a_number_says_as_much() -> None:
    """`n` itself may be in the words: "One answer"."""
    for entry in forms(WORDS):
        assert entry.keys() - {"other"} <= {"0", "1", "2", "one"}, entry
        assert len({frozenset(places(form) - {"n"}) for form in entry.values()}) == 1, entry


async def test_nothing_is_seen_before_its_words_are_there(page: Page) -> None:
    answered = []
    go_on = asyncio.Event()

    async def french(route: Route) -> None:
        await go_on.wait()
        words = {**WORDS, "common": {**WORDS["common"], "locale": "fr", "product": "Roue"}}
        answered.append(await route.fulfill(json=words))

    await page.route("**/words.json", french)
    await page.goto("/login", wait_until="commit")
    body = page.locator("body")
    await expect(body).to_have_css("opacity", "0")
    go_on.set()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    await expect(body).to_have_css("opacity", "1")
    assert await page.evaluate("document.documentElement.lang") == "fr"
    assert len(answered) == 1, "it was preloaded, and fetched once"


async def test_what_is_not_said_is_loud(page: Page, expected: list[str]) -> None:
    expected.append("words.json")
    await page.goto("/login")
    async with page.expect_console_message(lambda told: "{seconds}" in told.text):
        said = await page.evaluate(
            "import('/static/words.js').then(({ words }) => words.slowDown({ second: 7 }))"
        )
    assert "undefined" in said
