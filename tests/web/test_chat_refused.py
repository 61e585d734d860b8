"""What a person says when the server does not take it: nothing they wrote is lost, and nothing is told
that is not so.
"""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.server.upstream import Upstream
from tests.web.chat import open_chat, opinions, refused, say, stored, thoughts, tool

FEEDBACK = "**/v1/feedback"
COMMENT = "Anything else (optional)"


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
    assert [body["value"] for _, body in await thoughts(page)] == ["down"]


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
