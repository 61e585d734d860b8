"""What is somebody's: conversations, consent, what their votes made, erasure."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page, Route, expect

from tests.server.conftest import Live
from tests.server.test_lineage import COUNTS, TEST, publish_ledger, register
from tests.server.upstream import Upstream
from tests.web.browser import picture
from tests.web.chat import open_chat, opinions, ready, say, stored, tool, who


async def test_conversations_are_searched_renamed_and_deleted(
    page: Page, upstream: Upstream
) -> None:
    await open_chat(page)
    for text in ("May I return a lamp?", "How long is the warranty?"):
        await page.get_by_role("button", name="New chat").click()
        await say(page, text)
    links = page.locator("#list a")
    await expect(links).to_have_count(2)
    await expect(links.first).to_have_attribute("aria-current", "page")

    search = page.get_by_role("searchbox", name="Search conversations")
    await search.fill("LAMP ret")
    await expect(links).to_have_text(["May I return a lamp?support"])
    await expect(page.locator("#status")).to_have_text("1 conversation found")
    await search.fill("nothing like it")
    await expect(page.locator("#list")).to_have_text("Nothing here has these words.")
    await picture(page, "chat nothing found")
    await search.fill("")
    await expect(links).to_have_count(2)

    row = page.locator("#list li", has_text="lamp")
    await row.hover()
    await row.get_by_label("Rename May I return a lamp?").click()
    await page.keyboard.type("About lamps")
    await page.keyboard.press("Enter")
    renamed = page.get_by_role("link", name="About lamps")
    await expect(renamed).to_be_focused()
    await renamed.press("Enter")
    await expect(page.locator(".said")).to_contain_text("May I return a lamp?")
    await expect(renamed).to_have_attribute("aria-current", "page")

    for answer, left in (("Cancel", 2), ("Delete", 1)):
        await page.locator("#list li", has_text="About lamps").hover()
        await page.get_by_label("Delete About lamps").click()
        dialog = page.get_by_role("dialog", name="Delete this conversation?")
        await dialog.get_by_role("button", name=answer).click()
        await expect(links).to_have_count(left)
    await expect(page.locator("#welcome")).to_be_visible()


async def test_every_conversation_can_be_reached(page: Page, live: Live) -> None:
    await open_chat(page)
    create, user = live.state.conversations.create, await who(page)
    await asyncio.gather(*(create(user, "support", f"Lamp {n}") for n in range(245)))
    await page.reload()
    links, more = page.locator("#list a"), page.get_by_role("button", name="Show more")
    await expect(links).to_have_count(40)
    await more.click()
    await expect(links).to_have_count(240)
    await expect(links.nth(40)).to_be_focused()
    await more.click()
    await expect(links).to_have_count(245)
    await expect(links.last).to_contain_text("Lamp 0")
    await expect(more).to_be_hidden()
    await tool(page, "You and your data").click()
    await expect(page.get_by_role("dialog")).to_contain_text("245 conversations: what you said")


async def test_what_takes_a_while_to_open_says_so(page: Page, live: Live) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    slow = await live.state.conversations.create(await who(page), "support", "Slow")
    go_on = asyncio.Event()

    async def late(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route(f"**/v1/conversations/{slow.id}", late)
    await page.goto(f"/#support/{slow.id}")
    main, loading = page.locator("main"), page.locator("#loading")
    await expect(main).to_have_attribute("aria-busy", "true")
    await expect(loading).to_have_text("Loading")
    go_on.set()
    await expect(main).to_have_attribute("aria-busy", "false")
    await expect(loading).to_be_hidden()
    await expect(page.locator("#welcome")).to_be_visible()
    await page.go_back()
    await expect(page.locator(".said")).to_contain_text("May I return a lamp?")


async def test_consent_is_given_and_withheld_per_assistant(page: Page, live: Live) -> None:
    await open_chat(page)
    await tool(page, "You and your data").click()
    everything = page.get_by_role("switch", name="Learn from what I say")
    tutor = page.get_by_role("switch", name="tutor")
    await expect(everything).to_be_checked()
    async with stored(page):
        await everything.uncheck()
    await expect(tutor).not_to_be_checked()
    async with stored(page):
        await tutor.check()
    await expect(page.get_by_role("dialog")).to_contain_text("No opinion of yours yet.")
    await page.keyboard.press("Escape")
    await expect(tool(page, "You and your data")).to_be_focused()
    await page.reload()
    await ready(page)
    await tool(page, "You and your data").click()
    await expect(everything).not_to_be_checked()
    await expect(tutor).to_be_checked()
    user = await who(page)
    assert await live.state.consents.withheld("support", [user]) == {user}
    assert await live.state.consents.withheld("tutor", [user]) == set()


async def test_of_two_quick_choices_the_last_one_holds(page: Page, live: Live) -> None:
    await open_chat(page)
    await tool(page, "You and your data").click()
    first = asyncio.Event()
    sent = 0

    async def pass_on(route: Route) -> None:
        nonlocal sent
        sent += route.request.method == "PUT"
        if sent == 1:
            await first.wait()
        await route.continue_()

    await page.route("**/v1/users/*/consent", pass_on)
    everything = page.get_by_role("switch", name="Learn from what I say")
    await everything.uncheck()
    await everything.check()
    async with page.expect_response(lambda r: '"on"' in (r.request.post_data or "")):
        first.set()
    assert await live.state.consents.withheld("support", [await who(page)]) == set()


async def test_erasing_removes_everything_and_says_what(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    async with stored(page):
        await tool(page, "Good answer").click()
    await tool(page, "Done").click()
    await tool(page, "You and your data").click()
    dialog = page.get_by_role("dialog", name="You and your data")
    await expect(dialog).to_contain_text("1 conversation: what you said")
    await expect(dialog).to_contain_text("Your opinions: 1 thumb.")
    await tool(page, "Erase my data").click()
    await page.get_by_role("button", name="Cancel").click()
    assert len(await opinions(page)) == 1
    await tool(page, "Erase my data").click()
    await page.get_by_role("button", name="Erase it all").click()
    await expect(dialog).to_contain_text("It is erased")
    await expect(dialog.get_by_role("heading").first).to_be_focused()
    removed = "Removed: 1 conversation, 1 line of the log, 3 messages, 1 opinion, 1 answer."
    await expect(dialog).to_contain_text(removed)
    await expect(dialog).to_contain_text("No version had learned from you.")
    await picture(page, "chat erased")
    await tool(page, "Close").click()
    await expect(page.locator("#list a")).to_have_count(0)
    await expect(page.locator("#welcome")).to_be_visible()
    assert await opinions(page) == []


async def test_a_version_made_of_votes_is_told_quietly_and_once(
    page: Page, live: Live, upstream: Upstream, tmp_path: Path
) -> None:
    await open_chat(page)
    await expect(page.locator("#made")).to_have_text(
        "support: the base model, shaped by no vote yet."
    )
    await say(page, "May I return a lamp?")
    async with stored(page):
        await tool(page, "Good answer").click()
    [mine] = await opinions(page)
    name = "support-p000043-aaaaaaaa"
    await register(live.state, name, 43, data={"counts": COUNTS, "dropped": {}})
    publish_ledger(live.state, tmp_path / "votes", name, [mine["id"]])
    await live.state.registry.promote("support", name, TEST)

    told = "support v43: shaped by 49 votes of 11 people, 1 of them yours."
    await page.reload()
    await expect(page.locator("#news")).to_have_text(f"New here: {told}")
    await picture(page, "chat news")
    await tool(page, "Dismiss").click()
    await page.goto("/")
    await expect(page.locator("#made")).to_have_text(told)
    await expect(page.locator("#news")).to_be_hidden()
