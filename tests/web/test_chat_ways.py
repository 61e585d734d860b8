"""Where a person goes on the chat page, and comes back from: addresses, drafts, other tabs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from playwright.async_api import Locator, Page, Route, expect

from tests.server.upstream import Script, Upstream
from tests.web.browser import HEIGHT, WIDE
from tests.web.chat import SAID, begin, open_chat, ready, say, settled, texts, tool

CHATS = "**/v1/conversations"


@contextlib.asynccontextmanager
async def held(page: Page, where: str) -> AsyncIterator[asyncio.Event]:
    """What is asked there waits for the event, at the latest for the end."""
    go_on = asyncio.Event()

    async def wait(route: Route) -> None:
        await go_on.wait()
        with contextlib.suppress(Exception):  # who asked may have gone
            await route.continue_()

    await page.route(where, wait)
    yield go_on
    go_on.set()
    await page.unroute(where)


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Say something")


def problem(page: Page) -> Locator:
    return page.locator("#problem")


async def two_chats(page: Page) -> tuple[str, str]:
    """Their addresses; the second one is shown."""
    await open_chat(page)
    await say(page, "lamps")
    first = page.url
    await tool(page, "New chat").click()
    await say(page, "sofas")
    return first, page.url


async def test_a_place_in_the_page_is_no_conversation(page: Page) -> None:
    await open_chat(page)
    await say(page, "lamps")
    address, been = page.url, await page.evaluate("history.length")
    await page.locator(".skip").press("Enter")
    await expect(box(page)).to_be_focused()
    assert page.url == address
    assert await page.evaluate("history.length") == been
    await page.evaluate("location.hash = 'log'")
    await page.wait_for_url(address)
    assert await texts(page) == ["lamps", SAID]


async def test_what_is_written_while_another_conversation_opens_goes_there(
    page: Page, upstream: Upstream, expected: list[str]
) -> None:
    lamps, sofas = await two_chats(page)
    one = lamps.rpartition("/")[2]
    async with held(page, f"{CHATS}/{one}"):
        await page.get_by_role("link", name="lamps").click()
        await begin(page, "how long?")
        await expect(problem(page)).to_contain_text("still loading")
        assert len(upstream.asked) == 2
        await page.go_back()
        await expect(page.locator("#loading")).to_be_hidden()
        await expect(page.get_by_role("link", name="sofas")).to_have_attribute(
            "aria-current", "page"
        )
        await expect(box(page)).to_have_value("")
    await page.wait_for_load_state("networkidle")
    assert (await texts(page))[0] == "sofas"
    assert page.url == sofas

    expected.append("status of 500")
    await page.route(f"{CHATS}/{one}", lambda route: route.fulfill(status=500, body="{}"))
    await page.get_by_role("link", name="lamps").click()
    await expect(problem(page)).to_contain_text("The server answered 500")
    assert page.url == sofas
    await say(page, "in red?")
    assert (await texts(page))[::2] == ["sofas", "in red?"]

    await page.get_by_role("link", name="lamps").click()
    await page.unroute(f"{CHATS}/{one}")
    await page.locator("#retry").click()
    await expect(page.locator(".said")).to_have_text(["You: lamps"])
    await expect(box(page)).to_have_value("how long?")
    assert page.url == lamps
    assert await texts(page) == ["lamps", SAID]


async def test_what_is_unsent_stays_where_it_was_written(page: Page) -> None:
    await open_chat(page)
    await box(page).fill("a new one")
    await page.get_by_role("radio", name="tutor").check()
    await expect(box(page)).to_have_value("a new one")
    await say(page, "lamps")
    await box(page).fill("half a mess")
    await tool(page, "New chat").click()
    await expect(box(page)).to_have_value("")
    await box(page).fill("another")
    await page.go_back()
    await expect(box(page)).to_have_value("half a mess")
    await page.reload()
    await expect(box(page)).to_have_value("half a mess")
    await tool(page, "New chat").click()
    await expect(box(page)).to_have_value("another")
    await page.locator("#examples button").first.click()
    await settled(page)
    await expect(box(page)).to_have_value("another")
    await say(page, "sofas")
    await page.reload()
    await expect(page.locator(".answer")).to_have_count(2)
    await expect(box(page)).to_have_value("")


async def test_words_that_were_never_stored_come_back(page: Page, expected: list[str]) -> None:
    expected += ["status of 500", "status of 400"]
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await open_chat(page)
    await say(page, "lamps")
    where = f"{CHATS}/*/messages"
    await page.route(where, lambda route: route.fulfill(status=500, body="{}"))
    await say(page, "lost?")
    await page.reload()
    await expect(page.locator(".answer")).to_have_count(1)
    await expect(box(page)).to_have_value("lost?")
    await box(page).press("Enter")
    await expect(page.get_by_role("alert").last).to_contain_text("500")
    await page.unroute(where)
    await say(page, "something else")
    await expect(box(page)).to_have_value("lost?")

    await page.route(where, lambda route: route.fulfill(status=400, body="{}"))
    await box(page).fill("")
    await page.evaluate("navigator.clipboard.writeText('long '.repeat(3000))")
    await box(page).press("Control+V")
    await box(page).press("Enter")
    await expect(page.get_by_role("alert").last).to_contain_text("400")
    await page.unroute(where)
    await tool(page, "Edit and send again").click()
    field = page.locator(".rewrite textarea")
    assert len(await field.input_value()) == 15_000, "the server's limit is the model's"
    await field.fill("short")
    await field.press("Enter")
    await expect(page.locator(".answer")).to_have_count(3)
    await settled(page)
    await expect(box(page)).to_have_value("")

    await tool(page, "New chat").click()
    go_on = asyncio.Event()

    async def refuse(route: Route) -> None:
        await go_on.wait()
        await route.fulfill(status=500, body="{}")

    await page.route(CHATS, refuse)
    await begin(page, "first words")
    await page.get_by_role("link", name="lamps").click()
    await expect(page.locator(".answer")).to_have_count(3)
    go_on.set()
    await expect(problem(page)).to_contain_text("was not sent")
    await expect(box(page)).to_have_value("")
    await tool(page, "New chat").click()
    await expect(box(page)).to_have_value("first words")


async def test_the_first_sight_is_the_beginning(page: Page) -> None:
    for width, height in ((390, 664), (320, 640), (1366, 600)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto("about:blank")
        await open_chat(page)
        await expect(page.locator("#examples button").first).to_be_attached()
        await expect(page.locator("#welcome-title")).to_be_in_viewport()
        assert await page.evaluate("scrollY") == 0
    await page.set_viewport_size({"width": WIDE, "height": HEIGHT})


async def test_back_leads_to_conversations_and_nowhere_twice(
    page: Page, expected: list[str]
) -> None:
    expected.append("status of 404")
    await open_chat(page)
    been = await page.evaluate("history.length")
    await page.locator("#who input").first.focus()
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await tool(page, "New chat").click()
    await say(page, "lamps")
    address = page.url
    assert await page.evaluate("history.length") == been
    await tool(page, "New chat").click()
    await tool(page, "New chat").click()
    assert await page.evaluate("history.length") == been + 1
    await page.request.delete(f"/v1/conversations/{address.rpartition('/')[2]}")
    await page.go_back()
    await expect(problem(page)).to_contain_text("not here any more")
    assert await page.evaluate("history.length") == been + 1
    await page.go_forward()
    await expect(problem(page)).to_be_hidden()
    await expect(page.locator("#welcome")).to_be_visible()


async def test_a_conversation_is_made_once_and_may_be_stopped_before(
    page: Page, expected: list[str]
) -> None:
    expected.append("status of 500")
    await open_chat(page)
    await page.route(CHATS, lambda route: route.fulfill(status=500, body="{}"))
    await say(page, "lamps")
    await page.unroute(CHATS)
    async with held(page, CHATS) as go_on:
        await tool(page, "Try again").dispatch_event("click")
        await expect(tool(page, "Stop answering")).to_be_visible()
        await tool(page, "Stop answering").click()
        await settled(page)
        await expect(page.get_by_role("alert").last).to_contain_text("Stopped")
        go_on.set()
    before = await page.request.get("/v1/conversations")
    await tool(page, "Try again").dblclick()
    await settled(page)
    assert await texts(page) == ["lamps", SAID]
    made = await page.request.get("/v1/conversations")
    assert len((await made.json())["data"]) == len((await before.json())["data"]) + 1


async def test_the_focus_never_falls_off_the_page(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await page.locator("#examples button").first.press("Enter")
    await expect(box(page)).to_be_focused()
    await settled(page)
    await tool(page, "Answer again").press("Enter")
    await expect(box(page)).to_be_focused()
    await settled(page)
    await tool(page, "Edit and send again").press("Enter")
    await page.keyboard.press("Enter")
    await expect(box(page)).to_be_focused()
    await settled(page)
    upstream.says("one", " two", wait_after=1)
    await box(page).fill("stop")
    await page.locator("#send").press("Enter")
    await expect(box(page)).to_be_focused()
    await expect(page.locator(".answer").last).to_contain_text("one")
    await page.locator("#stop").press("Enter")
    await settled(page)
    await expect(box(page)).to_be_focused()


async def test_what_cannot_be_done_now_is_said_where_it_is_seen(
    page: Page, upstream: Upstream
) -> None:
    await open_chat(page)
    await say(page, "lamps")
    await page.evaluate("""() => {
      document.execCommand = () => false;
      navigator.clipboard.writeText = () => Promise.reject();
    }""")
    await tool(page, "Copy answer").click()
    await expect(problem(page)).to_contain_text("did not allow copying")
    upstream.says("one", " two", wait_after=1)
    await begin(page, "sofas")
    await expect(page.locator(".answer").last).to_contain_text("one")
    await expect(problem(page)).to_be_hidden()
    await box(page).fill("and then?")
    await box(page).press("Enter")
    await expect(problem(page)).to_contain_text("Wait for the answer")
    await page.locator("#dismiss").click()
    await page.get_by_role("button", name="Answer again").first.click()
    await expect(problem(page)).to_contain_text("Wait for the answer")
    upstream.go_on.set()
    await settled(page)
    await expect(problem(page)).to_be_hidden()


async def test_another_tab_reads_along(page: Page, upstream: Upstream) -> None:
    upstream.says("one", " two", wait_after=1)
    await open_chat(page)
    await begin(page, "Count")
    await expect(page.locator(".answer")).to_contain_text("one")
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(other.locator(".answer")).to_contain_text("one")
    await expect(tool(other, "Stop answering")).to_be_visible()
    upstream.go_on.set()
    await settled(other)
    assert await texts(other) == ["Count", "one two"]


async def test_who_answered_is_told_after_a_reload_too(page: Page, upstream: Upstream) -> None:
    said = iter(["Yes.", "One.", "Two."])
    upstream.script = lambda body: Script(words=(next(said),))
    await open_chat(page)
    await say(page, "lamps")
    name = page.locator(".answer .tag")
    await expect(name).to_have_text("the base model")
    await say(page, "Count", answers=2)
    await page.reload()
    await expect(page.locator(".answer")).to_have_count(3)
    await expect(name).to_have_count(1)
    await tool(page, "B is better").click()
    await expect(name).to_have_count(3)
    await page.reload()
    await expect(page.locator(".answer")).to_have_count(2)
    await expect(name).to_have_count(2)


async def test_a_slow_server_is_waited_for_visibly(page: Page) -> None:
    async with held(page, "**/v1/models"):
        await page.goto("/")
        await expect(page.locator("#loading")).to_have_text("Loading")
    await ready(page)
    await expect(page.locator("#loading")).to_be_hidden()


async def test_a_question_in_other_words_is_answered_as_often(page: Page) -> None:
    await open_chat(page)
    await say(page, "lamps")
    await page.get_by_label("Answers at a time").select_option("2")
    await tool(page, "Edit and send again").click()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="Which is better?")).to_be_visible()
