"""The line breaks, the page is reloaded, the server says no: nothing is lost, doubled or unsaid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from playwright.async_api import Page, Route, expect

from tests.server.upstream import Upstream
from tests.web.browser import picture
from tests.web.chat import SAID, begin, open_chat, ready, say, settled, texts, tool

WORDS = tuple(f"{n} " for n in range(60))
COUNTED = "".join(WORDS).strip()


async def test_offline_and_back_without_losing_or_doubling_a_word(
    page: Page, upstream: Upstream, expected: list[str]
) -> None:
    expected += ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED"]
    upstream.says(*WORDS, pause_s=0.01, wait_after=30)
    await page.add_init_script(FRAIL.replace("FIRST", "1e6"))
    await open_chat(page)
    await begin(page, "Count")
    await expect(page.locator(".answer")).to_contain_text("15 ")
    await page.context.set_offline(True)
    await expect(page.locator("#problem")).to_contain_text("The server cannot be reached")
    await page.evaluate("window.cut()")
    await expect(page.locator(".answer.lost")).to_be_visible()
    await expect(page.locator("#status")).to_have_text("The connection broke. Reconnecting.")
    await expect(page.locator(".trouble")).to_have_text("The connection broke. Reconnecting.")
    await picture(page, "chat off-line")
    upstream.go_on.set()
    await page.context.set_offline(False)
    await settled(page)
    assert await texts(page) == ["Count", COUNTED]
    await expect(page.locator(".lost")).to_have_count(0)
    await expect(page.locator(".trouble")).to_be_empty()
    await expect(page.locator("#problem")).to_be_hidden()


async def test_every_break_of_the_line_is_mended(page: Page, upstream: Upstream) -> None:
    upstream.says(*WORDS, pause_s=0.005)
    await page.add_init_script(FRAIL.replace("FIRST", "500"))
    await open_chat(page)
    await say(page, "Count")
    assert await texts(page) == ["Count", COUNTED]
    assert await page.evaluate("window.breaks") > 2


async def test_reload_in_mid_stream_goes_on_from_the_first_word(
    page: Page, upstream: Upstream
) -> None:
    upstream.says(*WORDS, wait_after=30)
    await open_chat(page)
    await begin(page, "Count")
    await expect(page.locator(".answer")).to_contain_text("29 ")
    await page.reload()
    await expect(page.locator(".answer")).to_contain_text("0 1 2 3")
    await expect(page.get_by_role("button", name="Stop answering")).to_be_visible()
    upstream.go_on.set()
    await settled(page)
    assert await texts(page) == ["Count", COUNTED]
    assert len(upstream.asked) == 1


async def test_what_ended_during_a_reload_is_shown_once(page: Page, upstream: Upstream) -> None:
    upstream.says(*WORDS, wait_after=30)
    await open_chat(page)
    await begin(page, "Count")
    await expect(page.locator(".answer")).to_contain_text("29 ")
    address = page.url
    await page.goto("about:blank")
    upstream.go_on.set()
    await page.goto(address)
    await expect(page.locator(".answer .rich")).to_have_text(COUNTED)
    assert await texts(page) == ["Count", COUNTED]


async def test_an_answer_that_breaks_off_is_asked_for_again(page: Page, upstream: Upstream) -> None:
    upstream.says("one", " two", die_after=1)
    await open_chat(page)
    await say(page, "Count")
    await expect(page.get_by_role("alert").last).to_be_visible()
    assert await texts(page) == ["Count", "one"]
    upstream.says("one", " two")
    await tool(page, "Try again").click()
    await settled(page)
    assert await texts(page) == ["Count", "one two"]


REFUSALS = [
    (429, {"Retry-After": "7"}, "", "Try again in 7 s."),
    (403, {}, "", "a key or a role that you do not have"),
    (503, {}, "No replica answers", "No replica answers"),
    (500, {}, "", "The server answered 500"),
]


def refusing(
    status: int, headers: dict[str, str], message: str
) -> Callable[[Route], Awaitable[None]]:
    error: dict[str, Any] = {"message": message} if message else {}
    body = orjson.dumps({"error": error}).decode()
    return lambda route: route.fulfill(status=status, headers=headers, body=body)


async def test_a_refusal_says_what_to_do_and_may_be_tried_again(
    page: Page, upstream: Upstream, expected: list[str]
) -> None:
    where = "**/v1/conversations/*/messages"
    await open_chat(page)
    for status, headers, message, told in REFUSALS:
        expected.append(f"status of {status}")
        await page.route(where, refusing(status, headers, message))
        await tool(page, "New chat").click()
        await say(page, "May I?")
        await expect(page.get_by_role("alert").last).to_contain_text(told)
        assert await texts(page) == ["May I?"]
        await page.unroute(where)
        await tool(page, "Try again").click()
        await settled(page)
        assert await texts(page) == ["May I?", SAID]


async def test_who_has_to_sign_in_first_does_not_lose_their_words(
    page: Page, expected: list[str]
) -> None:
    expected.append("status of 401")
    where = "**/v1/conversations"
    await page.route(where, refusing(401, {}, ""))
    await open_chat(page)
    await begin(page, "May I?")
    await page.wait_for_url("**/login?next=*")
    await page.unroute(where)
    await open_chat(page)
    await expect(page.get_by_role("textbox", name="Say something")).to_have_value("May I?")


async def test_somebody_else_by_now_starts_anew_with_the_same_words(
    page: Page, expected: list[str]
) -> None:
    expected.append("status of 404")
    await open_chat(page)
    await say(page, "mine")
    address = page.url
    await page.context.clear_cookies()
    await page.request.get("/")
    await say(page, "whose?")
    await expect(page.get_by_role("alert").last).to_contain_text("somebody else here now")
    await picture(page, "chat of somebody else")
    await tool(page, "New chat").click()
    await expect(page.get_by_role("textbox", name="Say something")).to_have_value("whose?")
    await page.keyboard.press("Enter")
    await settled(page)
    assert await texts(page) == ["whose?", SAID]
    await page.goto("about:blank")
    await page.goto(address)
    await expect(page.locator("#problem")).to_contain_text("not here any more, or not yours")
    await expect(page.locator("#welcome")).to_be_visible()


async def test_without_a_server_the_page_says_so(page: Page, expected: list[str]) -> None:
    expected.append("ERR_FAILED")
    await page.route("**/v1/**", lambda route: route.abort())
    await page.goto("/")
    await expect(page.locator("#problem")).to_contain_text("The server cannot be reached")
    await picture(page, "chat without a server")
    await page.unroute("**/v1/**")
    await page.locator("#retry").click()
    await expect(page.locator("#who input")).to_have_count(4)


FRAIL = """
window.breaks = 0;
const straight = window.fetch;
window.fetch = async (...args) => {
  const response = await straight(...args);
  if (!/(messages|comparisons)$/.test(args[0]) || response.status !== 200) return response;
  let left = FIRST + 300 * window.breaks;
  const frail = new TransformStream({
    start(controller) {
      window.cut = () => {
        window.breaks++;
        controller.error(new TypeError("network error"));
      };
    },
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, Math.max(left, 0)));
      left -= chunk.length;
      if (left < 0) window.cut();
    },
  });
  return new Response(response.body.pipeThrough(frail), response);
};
"""
"""Breaks every stream of answers after so many bytes, each time a little later; and at once when
`cut` is called, which Chromium's own switch for going off-line does not do to open streams."""


async def test_what_is_typed_before_the_page_knows_its_assistants_stays(
    page: Page, upstream: Upstream
) -> None:
    known = asyncio.Event()

    async def pass_on(route: Route) -> None:
        await known.wait()
        await route.continue_()

    await page.route("**/v1/models", pass_on)
    await page.goto("/")
    box = page.get_by_role("textbox", name="Say something")
    await box.fill("May I return a lamp?")
    await page.keyboard.press("Enter")
    await expect(tool(page, "You and your data")).to_be_disabled()
    known.set()
    await ready(page)
    await expect(box).to_have_value("May I return a lamp?")
    await box.press("Enter")
    await settled(page)
    assert (await texts(page))[0] == "May I return a lamp?"
