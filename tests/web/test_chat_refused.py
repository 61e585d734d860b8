"""What a person says when the server does not take it: nothing they wrote is lost, and nothing is
told that is not so.
"""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.server.upstream import Upstream
from tests.web.chat import (
    begin,
    open_chat,
    opinions,
    refused,
    say,
    settled,
    stored,
    thoughts,
    tool,
)

FEEDBACK = "**/v1/feedback"
COMMENT = "Anything else (optional)"
LIST = "**/v1/conversations?*"
COMPOSING = """
(field) => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true }))
"""


@pytest.fixture
def expected() -> list[str]:
    return ["status of 500", "status of 404"]


async def test_a_thumb_that_was_not_stored_leaves_only_what_was_typed(
    page: Page, upstream: Upstream
) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    panel, comment = page.locator(".panel"), page.get_by_label(COMMENT)
    trouble, told = page.locator(".answer [role=alert]"), page.locator("#status")
    async with refused(page, FEEDBACK, "POST"):
        await tool(page, "Good answer").click()
        await expect(trouble).to_have_text("It broke.")
        await expect(tool(page, "Good answer")).to_have_attribute("aria-pressed", "false")
        await expect(panel).to_have_count(0)
        await expect(told).not_to_contain_text("noted")

    late = asyncio.Event()
    async with refused(page, FEEDBACK, "POST", late):
        await tool(page, "Bad answer").click()
        await expect(trouble).to_be_empty()
        await comment.fill("no such rule")
        late.set()
        await expect(trouble).to_have_text("It broke.")
        await expect(comment).to_have_value("no such rule")
    await tool(page, "Made up").click()
    await tool(page, "Done").click()
    await expect(told).to_have_text("Noted")
    await expect(panel).to_have_count(0)
    said = {"value": "down", "tags": ["made_up"], "comment": "no such rule"}
    assert await thoughts(page) == [("thumb", said)]


async def test_a_comment_stays_until_it_is_stored(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    async with stored(page):
        await tool(page, "Good answer").click()
    comment, told = page.get_by_label(COMMENT), page.locator("#status")
    await expect(told).to_have_text("Good answer, noted")
    async with refused(page, FEEDBACK, "POST"):
        await comment.fill("Well said")
        await tool(page, "Done").click()
        await expect(page.locator(".answer [role=alert]")).to_have_text("It broke.")
        await expect(comment).to_have_value("Well said")
        await expect(told).not_to_have_text("Noted")
    async with stored(page):
        await tool(page, "Why?").click()
    await expect(comment).to_have_count(0)
    await tool(page, "Why?").click()
    await expect(comment).to_have_value("Well said")

    reword = tool(page, "Write what it should have said")
    async with stored(page):
        await comment.fill("Well said indeed")
        await reword.click()
    assert [body["comment"] for _, body in await thoughts(page)] == ["Well said indeed"]
    wording = page.get_by_role("textbox", name="It should have said")
    await wording.fill("Mine")
    await reword.click()
    await expect(wording).to_have_count(0)
    await reword.click()
    await expect(wording).to_have_value("Mine")


async def test_what_was_taken_back_elsewhere_can_be_changed_here(
    page: Page, upstream: Upstream
) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    async with stored(page):
        await tool(page, "Good answer").click()
    [thumb] = await opinions(page)
    await page.request.delete(f"/v1/feedback/{thumb['id']}")
    await tool(page, "Undo").click()
    await expect(page.locator("#status")).to_have_text("Taken back")
    await expect(tool(page, "Good answer")).to_have_attribute("aria-pressed", "false")
    async with stored(page):
        await tool(page, "Bad answer").click()
    [thumb] = await opinions(page)
    assert thumb["body"]["value"] == "down"
    elsewhere = {"kind": "thumb", "response_id": thumb["target"], "value": "up"}
    await page.request.post("/v1/feedback", data=elsewhere)
    await tool(page, "Undo").click()
    await expect(tool(page, "Bad answer")).to_have_attribute("aria-pressed", "false")
    await expect(page.locator("#status")).to_have_text("Taken back")
    assert await opinions(page) == []


async def test_a_vote_and_its_undo_can_be_tried_again(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await say(page, "Which lamp?", answers=2)
    ballot, told = page.locator(".ballot"), page.locator("#status")
    async with refused(page, FEEDBACK, "POST"):
        await page.keyboard.press("a")
        await expect(ballot.get_by_role("alert")).to_have_text("It broke.")
        await expect(ballot).to_be_focused()
    await page.keyboard.press("a")
    await expect(ballot).to_contain_text("You chose A.")
    undo = tool(ballot, "Undo")
    async with refused(page, "**/v1/feedback/*", "DELETE"):
        await undo.click()
        await expect(ballot.get_by_role("alert")).to_have_text("It broke.")
        await expect(ballot).to_be_focused()
    await undo.dblclick()
    await expect(ballot).to_have_text("Your vote is taken back.")
    await expect(told).to_have_text("Your vote is taken back.")
    await expect(ballot).to_be_focused()
    await expect(page.locator(".chosen")).to_have_count(0)
    assert await opinions(page) == []


async def test_a_conversation_that_could_not_be_deleted_or_renamed_stays(
    page: Page, upstream: Upstream
) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    trouble, links = page.locator("#list [role=alert]"), page.locator("#list a")
    async with refused(page, "**/v1/conversations/*", "PATCH"):
        await rename(page, "About lamps")
        await page.keyboard.press("Enter")
        await expect(trouble).to_have_text("It broke.")
        await expect(links).to_contain_text(["May I return a lamp?"])
    async with refused(page, "**/v1/conversations/*", "DELETE"):
        await page.get_by_label("Delete May I return a lamp?").click()
        await tool(page, "Delete").click()
        await expect(trouble).to_have_text("It broke.")
        await expect(links).to_have_count(1)
        await expect(page.locator(".said")).to_be_visible()


async def rename(page: Page, title: str) -> None:
    await page.locator("#list li").first.hover()
    await page.locator("#list [data-part=rename]").first.click()
    await page.get_by_label("New title").fill(title)


async def test_a_new_title_is_written_in_peace(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    late = asyncio.Event()

    async def wait(route: Route) -> None:
        await late.wait()
        await route.continue_()

    await page.route(LIST, wait)
    async with page.expect_request(LIST):
        await begin(page, "And a sofa?")
    await rename(page, "About la")
    field = page.get_by_label("New title")
    await field.evaluate(COMPOSING)
    async with page.expect_response(LIST):
        late.set()
    await settled(page)
    await expect(field).to_be_focused()
    await page.keyboard.type("mps")
    await page.keyboard.press("Enter")
    await expect(page.locator("#list a")).to_contain_text(["About lamps"])


async def test_a_search_tells_what_it_found_and_ends_with_a_new_chat(
    page: Page, upstream: Upstream
) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    search, listed, told = page.locator("#search"), page.locator("#list"), page.locator("#status")
    late = asyncio.Event()
    async with refused(page, "**/v1/conversations?q=so*", "GET", late):
        async with page.expect_request("**/v1/conversations?q=so*"):
            await search.fill("so")
        await search.fill("lamp")
        await expect(told).to_have_text("1 conversation found")
        async with page.expect_response("**/v1/conversations?q=so*"):
            late.set()
        await expect(listed).to_contain_text("May I return a lamp?")
        await search.fill("sofa")
        await expect(listed.get_by_role("alert")).to_contain_text("It broke.")
        await expect(told).to_have_text("1 conversation found")
    await tool(page, "New chat").click()
    await expect(search).to_have_value("")
    await say(page, "And a sofa?")
    await expect(listed.locator("a")).to_contain_text(["And a sofa?", "May I return a lamp?"])


async def test_consent_that_is_not_known_is_not_shown(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    dialog, switches = page.get_by_role("dialog"), page.get_by_role("switch")
    async with refused(page, "**/v1/users/me/consent", "GET"):
        await tool(page, "You and your data").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("It broke.")
        await expect(switches).to_have_count(0)
        await expect(dialog.locator("h3")).to_have_text(["Erase my data"])
    await tool(dialog, "Try again").click()
    await expect(switches.first).to_be_checked()
    await expect(dialog.get_by_role("heading").first).to_be_focused()
