"""A person chats: streams, stops, branches, copies, and does all of it by keyboard."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.server.upstream import Script, Upstream
from tests.web.chat import SAID, begin, open_chat, say, settled, texts, tool


def asked(upstream: Upstream) -> list[str]:
    return [m["content"] for m in upstream.asked[-1]["messages"][1:]]


async def test_an_answer_streams_and_what_was_said_stays(page: Page, upstream: Upstream) -> None:
    upstream.says("**Yes**", ", within", " 30 days.", wait_after=2)
    await open_chat(page)
    await page.get_by_role("button", name="Do gift cards expire?").click()
    answer = page.get_by_role("article", name="Answer")
    await expect(answer).to_contain_text("**Yes**, within")
    await expect(answer).to_have_attribute("aria-busy", "true")
    await expect(page.get_by_role("button", name="Stop answering")).to_be_visible()
    upstream.go_on.set()
    await expect(answer.locator("strong")).to_have_text("Yes")
    await expect(page.locator("#status")).to_contain_text("Answer: Yes, within 30 days.")
    await expect(page.locator("#list a")).to_have_text(["Do gift cards expire?support"])
    await say(page, "And lamps?")
    assert asked(upstream) == ["Do gift cards expire?", "**Yes**, within 30 days.", "And lamps?"]
    await page.reload()
    await expect(page.locator(".answer")).to_have_count(2)
    assert await texts(page) == ["Do gift cards expire?", SAID, "And lamps?", SAID]


async def test_stopping_keeps_what_was_said(page: Page, upstream: Upstream) -> None:
    upstream.says("one", " two", " three", wait_after=2)
    await open_chat(page)
    await begin(page, "Count")
    await expect(page.locator(".answer")).to_contain_text("one two")
    await page.keyboard.press("Escape")
    await settled(page)
    await expect(page.locator(".answer .tag").first).to_have_text("stopped")
    assert await texts(page) == ["Count", "one two"]
    await tool(page, "Good answer").click()
    await expect(tool(page, "Good answer")).to_have_attribute("aria-pressed", "true")


async def test_answers_and_questions_branch(page: Page, upstream: Upstream) -> None:
    said = iter(["First.", "Second.", "Later.", "Edited."])
    upstream.script = lambda body: Script(words=(next(said),))
    await open_chat(page)
    await say(page, "one")
    await tool(page, "Answer again").click()
    await expect(page.locator(".stepper")).to_have_text("2/2")
    assert await texts(page) == ["one", "Second."]
    await tool(page, "Show the one before").click()
    assert await texts(page) == ["one", "First."]
    await expect(tool(page, "Show the next one")).to_be_focused()

    await say(page, "two")
    assert asked(upstream) == ["one", "First.", "two"]
    await tool(page, "Edit and send again").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("two, edited")
    await page.keyboard.press("Enter")
    await expect(page.locator(".answer").last).to_contain_text("Edited.")
    assert asked(upstream) == ["one", "First.", "two, edited"]
    await settled(page)

    await page.locator(".tools").last.get_by_label("Show the one before").click()
    assert await texts(page) == ["one", "First.", "two", "Later."]
    await page.locator(".turn").first.get_by_label("Show the next one").click()
    assert await texts(page) == ["one", "Second."], "what hangs on the other answer is not shown"
    await page.reload()
    await expect(page.locator(".answer")).to_have_count(2)
    assert await texts(page) == ["one", "First.", "two, edited", "Edited."], "where it was left"


async def test_answers_and_code_are_copied(page: Page, upstream: Upstream) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.clock.install(time=0)
    upstream.says("So:\n\n", "```json\n", '{"days": 30}', "\n```")
    await open_chat(page)
    await say(page, "As JSON?")

    async def clipboard() -> Any:
        return await page.evaluate("navigator.clipboard.readText()")

    await tool(page, "Copy answer").click()
    await expect(page.locator("#status")).to_have_text("Copied")
    assert await clipboard() == 'So:\n\n```json\n{"days": 30}\n```'
    await page.clock.pause_at(3_600_000)  # the sign that it is done stays until it was seen
    await tool(page, "Copy code").click()
    await expect(tool(page, "Copy code")).to_have_class("icon quiet done")
    assert await clipboard() == '{"days": 30}\n'


async def test_a_conversation_answers_on_while_another_is_shown(
    page: Page, upstream: Upstream
) -> None:
    upstream.says("one", " two", wait_after=1)
    await open_chat(page)
    await begin(page, "slow")
    await expect(page.locator(".answer")).to_contain_text("one")
    await page.get_by_role("button", name="New chat").click()
    await page.get_by_role("radio", name="tutor").check()
    await expect(page.get_by_role("button", name="I have a test tomorrow")).to_be_visible()
    await page.get_by_role("textbox", name="Say something").fill("a draft")
    await page.get_by_role("link", name="slow").click()
    upstream.go_on.set()
    await expect(page.locator(".answer .rich")).to_have_text("one two")
    await page.go_back()
    await expect(page.locator("#examples-of")).to_contain_text("tutor")


async def test_everything_is_within_reach_of_the_keyboard(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await page.locator(".skip").focus()
    reached = await _tab_to(page, "Say something")
    assert {"You and your data", "New chat", "Search conversations", "support"} <= set(reached)
    await page.locator(".skip").press("Enter")
    await expect(page.get_by_role("textbox", name="Say something")).to_be_focused()
    await page.keyboard.type("first line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second")
    await page.keyboard.press("Enter")
    await settled(page)
    assert (await texts(page))[0] == "first line\nsecond"
    await page.locator(".skip").focus()
    wanted = ["Edit and send again", "Good answer", "Bad answer", "Copy answer"]
    wanted += ["Write what it should have said", "Answer again", "Compare two new answers"]
    assert set(wanted) <= set(await _tab_to(page, "Compare two new answers", limit=40))


async def _tab_to(page: Page, name: str, limit: int = 30) -> list[str]:
    """Names of what Tab comes by, up to one."""
    reached: list[str] = []
    while not reached or reached[-1] != name:
        assert len(reached) < limit, reached
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate(NAME))
    return reached


NAME = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") || at.labels?.[0]?.querySelector("b")?.textContent
    || at.textContent.trim() || at.value;
}"""
