"""The feedback explorer: filters, the conversation behind an opinion, files, nothing to show."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import orjson
from playwright.async_api import Browser, Page, expect

from tests.server.conftest import Live
from tests.server.seeds import seed_comparison, seed_response
from tests.web.browser import picture
from tests.web.desk import desk, life, visit
from tests.web.lived import V1, Life

__all__ = ["desk", "life"]


async def test_filter_and_jump_to_the_conversation(desk: Page, life: Life) -> None:
    await visit(desk, "a/support/feedback")
    said = desk.locator(".opinions > li")
    await expect(said).to_have_count(25)
    await desk.get_by_label("Reason").fill("wrong")
    await desk.get_by_label("Version").select_option(V1)
    await desk.get_by_role("button", name="Filter").click()
    await expect(said).to_have_count(1)
    assert f"version={V1}&tag=wrong" in desk.url
    await desk.reload()
    await expect(said, "the address keeps the filter").to_have_count(1)

    await desk.get_by_role("link", name="Open the conversation").click()
    await expect(desk.get_by_role("heading", level=1)).to_have_text("A lamp")
    await expect(desk.locator(".meant")).to_contain_text("It is 14 days.")
    await desk.get_by_role("link", name="Back to the feedback").click()
    await expect(said, "the way back keeps the filter").to_have_count(1)
    assert desk.url.endswith(f"?version={V1}&tag=wrong")


CHOSEN = [
    ("a tie", "Answer A", "Answer 0."),
    ("chose A", "Answer A, chosen", "Answer 0."),
    ("chose B", "Answer B, chosen", "Answer 1."),
]
"""The newest first, of answers by v1 and v2."""


async def test_which_version_was_chosen_is_told(desk: Page, live: Live, life: Life) -> None:
    await visit(desk, "a/support/feedback?kind=comparison")
    said = desk.locator(".opinions > li")
    for number, (choice, shown, answer) in enumerate(CHOSEN):
        await expect(said.nth(number)).to_contain_text(f"{choice}A v1B v2")
        await expect(said.nth(number).get_by_text(shown, exact=True)).to_be_visible()
        await expect(said.nth(number).locator(".said").last).to_have_text(answer)

    state = live.state
    talk = await state.conversations.create("zoe", "support", "Four answers")
    pair = await seed_comparison(state, ["base"] * 4, user="zoe", conversation=talk.id)
    for said_by in (await state.responses.find(pair.responses)).values():
        await state.conversations.add(talk, said_by.message, said_by.id)
    body = {"order": [[1], [0], [2, 3]], "tags": [], "comment": ""}
    await state.feedback.append("ranking", "support", "zoe", pair.id, body, versions=["base"] * 4)
    await visit(desk, "a/support/feedback?kind=ranking")
    await expect(said).to_contain_text("B > A > C = Dthe base modelzoe")
    await expect(said.get_by_text("Answer B, put first", exact=True)).to_be_visible()
    await desk.get_by_role("link", name="Open the conversation").click()
    for number, shown in enumerate("ABCD"):
        await expect(said.nth(number)).to_contain_text(f"the base modelAnswer {shown}")


async def test_filter_by_person_and_by_day(desk: Page, life: Life) -> None:
    await visit(desk, "a/support/feedback")
    said = desk.locator(".opinions > li")
    today = datetime.date.today()
    # Two days: the one on which they spoke may have ended by now.
    before, after = (str(today + datetime.timedelta(days)) for days in (-2, 2))
    filters = [
        ({"Person": " user3 "}, 2),
        ({"From": after}, 0),
        ({"From": before, "To": after}, 25),
        ({"To": before}, 0),
    ]
    for fields, found in filters:
        for name in ("Person", "From", "To"):
            await desk.get_by_label(name, exact=True).fill(fields.get(name, ""))
        await desk.get_by_role("button", name="Filter").click()
        await expect(said).to_have_count(found)
        await expect(said.filter(has_text=fields.get("Person", "").strip())).to_have_count(found)
    await desk.get_by_role("button", name="Clear").click()
    await expect(said).to_have_count(25)
    to = desk.get_by_label("To", exact=True)
    await expect(to).to_have_value("")

    await desk.get_by_label("From", exact=True).fill(after)
    await to.fill(before)
    await desk.get_by_role("button", name="Filter").click()
    assert await to.evaluate("to => to.matches(':invalid:focus')"), "it is told, and not asked"
    await expect(said).to_have_count(25)
    await desk.get_by_role("button", name="Clear").click()
    await to.fill(before)
    await desk.get_by_role("button", name="Filter").click()
    await expect(said).to_have_count(0)


DAYS = [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-21", 24)]
"""In Berlin, with their hours."""


async def test_a_day_is_as_long_as_it_is_there(browser: Browser, live: Live) -> None:
    context = await browser.new_context(base_url=live.url, timezone_id="Europe/Berlin")
    page = await context.new_page()
    for day, hours in DAYS:
        async with page.expect_request("**/feedback?*since=*") as asked:
            await page.goto("about:blank")
            await page.goto(f"/dashboard#/a/support/feedback?since={day}&until={day}")
        query = parse_qs(urlsplit((await asked.value).url).query)
        begin = datetime.datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Berlin"))
        assert float(query["since"][0]) == begin.timestamp()
        assert float(query["until"][0]) - float(query["since"][0]) == hours * 3600
    await context.close()


async def test_nothing_fits(desk: Page, life: Life) -> None:
    await visit(desk, "a/support/feedback?user=nobody")
    await expect(desk.get_by_text("Nothing fits this filter")).to_be_visible()
    await picture(desk, "dashboard nothing fits")
    await desk.get_by_label("Kind").select_option("comparison")
    await desk.get_by_label("Person").fill("")
    await desk.get_by_role("button", name="Filter").click()
    await expect(desk.locator(".opinions > li")).to_have_count(12)
    await desk.get_by_role("button", name="Clear").click()
    await expect(desk.locator(".opinions > li")).to_have_count(25)


async def test_more_comes_page_by_page(desk: Page, live: Live) -> None:
    for number in range(60):
        said = await seed_response(live.state, user=f"user{number}")
        body = {"value": "up", "tags": [], "comment": ""}
        await live.state.feedback.append("thumb", "support", said.user, said.id, body)
    await visit(desk, "a/support/feedback")
    await expect(desk.locator(".opinions > li")).to_have_count(50)
    await desk.get_by_role("button", name="More").click()
    await expect(desk.get_by_text("These are all 60.")).to_be_visible()
    await expect(desk.locator(".opinions > li").nth(50)).to_be_focused()


async def test_what_is_listed_as_a_file(desk: Page, life: Life) -> None:
    await visit(desk, "a/support/feedback")

    async def rows(form: str) -> list[Any]:
        async with desk.expect_download() as begun:
            await desk.get_by_role("link", name=form, exact=True).click()
        file = await begun.value
        assert file.suggested_filename == f"support.{form}.jsonl"
        return [orjson.loads(line) for line in (await file.path()).read_bytes().splitlines()]

    assert len(await rows("thumbwheel")) == 25
    assert "chosen" in (await rows("preference"))[0]
    await desk.get_by_label("Kind").select_option("comparison")
    await desk.get_by_label("From").fill("2020-02-03")
    await desk.get_by_role("button", name="Filter").click()
    await expect(desk.locator(".opinions > li")).to_have_count(12)
    assert [row["kind"] for row in await rows("thumbwheel")] == ["comparison"] * 12
    await desk.get_by_label("To", exact=True).fill("2020-02-04")
    await desk.get_by_role("button", name="Filter").click()
    await expect(desk.get_by_text("Nothing fits this filter")).to_be_visible()
    assert await rows("thumbwheel") == []
