"""A person votes every way: thumbs with reasons, choices, rankings, other wordings."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.server.conftest import Live
from tests.server.upstream import Script, Upstream
from tests.web.browser import picture
from tests.web.chat import SAID, open_chat, opinions, say, settled, stored, texts, thoughts, tool


async def test_a_thumb_has_reasons_a_comment_and_an_undo(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    await tool(page, "Bad answer").click()
    await tool(page, "Made up").click()
    await tool(page, "Too long").click()
    await tool(page, "Too long").click()
    await page.get_by_label("Anything else (optional)").fill(" no such rule ")
    await tool(page, "Done").click()
    await expect(tool(page, "Why?")).to_be_focused()
    said = {"value": "down", "tags": ["made_up"], "comment": "no such rule"}
    assert await thoughts(page) == [("thumb", said)]

    await page.reload()
    await expect(tool(page, "Bad answer")).to_have_attribute("aria-pressed", "true")
    await tool(page, "Why?").click()
    await expect(tool(page, "Made up")).to_have_attribute("aria-pressed", "true")
    async with stored(page):
        await tool(page, "Good answer").click()
    await expect(page.get_by_role("group", name="What was good?")).to_be_visible()
    await picture(page, "chat thumb")
    async with stored(page):
        await tool(page, "Undo").click()
    await expect(tool(page, "Good answer")).to_have_attribute("aria-pressed", "false")
    await expect(page.locator("#status")).to_have_text("Taken back")
    await expect(tool(page, "Why?")).to_be_hidden()
    assert await opinions(page) == []


async def test_it_should_have_said(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    await say(page, "May I return a lamp?")
    await tool(page, "Write what it should have said").click()
    field = page.get_by_role("textbox", name="It should have said")
    await expect(field).to_have_value(SAID)
    await field.fill("Yes, you may.")
    await tool(page, "Teach it this").click()
    await expect(page.locator(".mine")).to_have_text("Yes, you may.")
    await picture(page, "chat taught")
    assert await thoughts(page) == [("edit", {"text": "Yes, you may."})]
    await page.reload()
    await expect(page.locator(".mine")).to_have_text("Yes, you may.")
    await tool(page, "Undo").click()
    await expect(page.locator(".mine")).to_have_count(0)
    assert await opinions(page) == []


async def test_what_cannot_be_stored_is_told_and_not_shown(
    page: Page, upstream: Upstream, expected: list[str]
) -> None:
    expected.append("400 (Bad Request)")
    await open_chat(page)
    await say(page, "May I return a lamp?")
    await tool(page, "Write what it should have said").click()
    await tool(page, "Teach it this").click()
    await expect(page.locator(".answer [role=alert]")).to_contain_text("The edit equals the answer")
    await expect(page.get_by_role("textbox", name="It should have said")).to_be_visible()


def two_answers(upstream: Upstream, *more: str) -> None:
    """Whoever is asked first says A."""
    said = iter(["Said A.", "Said B.", *more])
    upstream.script = lambda body: Script(words=(next(said, "Otherwise."),))


CHOICES = [
    ("B is better", "b", "You chose B."),
    ("key a", "a", "You chose A."),
    ("key T", "tie", "Thank you."),
    ("Both bad", "both_bad", "Thank you."),
]


async def test_choosing_between_two_blind_answers(page: Page, upstream: Upstream) -> None:
    await open_chat(page)
    for act, choice, told in CHOICES:
        two_answers(upstream)
        await tool(page, "New chat").click()
        await say(page, "Which lamp?", answers=2)
        shown = await page.locator(".cards .text").all_inner_texts()
        await expect(page.locator(".cards .tag")).to_have_count(0)
        await expect(page.get_by_role("group", name="Which is better?")).to_be_focused()
        if act.startswith("key "):
            await page.keyboard.press(act[4:])
        else:
            await tool(page, act).click()
        await expect(page.locator(".ballot")).to_contain_text(told)
        await expect(page.locator(".cards .tag")).to_have_text(["the base model"] * 2)
        said = {"choice": choice, "tags": [], "comment": ""}
        assert (await thoughts(page))[-1] == ("comparison", said)
        await expect(page.get_by_role("textbox", name="Say something")).to_be_focused()
        await say(page, "Go on.")
        wanted = shown["ab".index(choice)] if choice in "ab" else shown[0]
        asked = [m["content"] for m in upstream.asked[-1]["messages"][1:]]
        assert asked == ["Which lamp?", wanted, "Go on."]


async def test_a_vote_may_wait_for_a_reload_and_be_taken_back(
    page: Page, upstream: Upstream
) -> None:
    two_answers(upstream)
    await open_chat(page)
    await say(page, "Which lamp?", answers=2)
    shown = await texts(page)
    await page.reload()
    await expect(page.get_by_role("group", name="Which is better?")).to_be_visible()
    assert await texts(page) == shown
    await picture(page, "chat two")
    await tool(page, "A is better").click()
    await page.locator(".ballot").get_by_role("button", name="Undo").click()
    await expect(page.locator(".ballot")).to_have_text("Your vote is taken back.")
    assert await opinions(page) == []
    await page.reload()
    await expect(page.locator(".stepper")).to_contain_text("/2")
    assert await texts(page) == shown[:2]


async def test_versions_are_named_after_the_vote_only(
    page: Page, live: Live, upstream: Upstream
) -> None:
    await open_chat(page)
    await say(page, "Which lamp?", answers=2)
    body = await page.locator("body").inner_html()
    assert "base model" not in body.replace("the base model, shaped by no vote yet", "")
    await tool(page, "Tie").click()
    await expect(page.locator(".ballot")).to_contain_text("Both were the base model")


async def test_ranking_by_keyboard(page: Page, upstream: Upstream) -> None:
    two_answers(upstream, "Said C.")
    await open_chat(page)
    await say(page, "Which lamp?", answers=3)
    await page.keyboard.press("r")
    await expect(page.get_by_label("Move A up")).to_be_focused()
    status = page.locator("#status")
    await page.keyboard.press("ArrowDown")
    await expect(status).to_have_text("A: place 1 of 2, tied with B")
    await page.keyboard.press("ArrowDown")
    await expect(status).to_have_text("A: place 2 of 3")
    await page.get_by_label("Move C up").press("Enter")
    await expect(status).to_have_text("C: place 2 of 2, tied with A")
    await expect(page.get_by_label("Move C up")).to_be_focused()
    await tool(page, "This is my order").click()
    await expect(page.locator(".ballot")).to_contain_text("You chose B.")
    assert await thoughts(page) == [("ranking", {"order": [[1], [0, 2]]})]


async def test_ranking_by_drag(page: Page, upstream: Upstream) -> None:
    two_answers(upstream, "Said C.", "Said D.")
    await open_chat(page)
    await say(page, "Which lamp?", answers=4)
    await tool(page, "Rank them").click()
    places = page.locator(".place")

    async def drag(item: str, to: int, share: float) -> None:
        await places.last.scroll_into_view_if_needed()
        grip = await page.locator(".item", has=page.get_by_text(item, exact=True)).bounding_box()
        goal = await places.nth(to).bounding_box()
        assert grip
        assert goal
        await page.mouse.move(grip["x"] + 10, grip["y"] + 10)
        await page.mouse.down()
        await page.mouse.move(goal["x"] + 30, goal["y"] + goal["height"] * share, steps=4)
        await page.mouse.up()

    await drag("D", 0, 0.1)
    await expect(places).to_have_count(4)
    await expect(places.first).to_contain_text("D")
    await drag("A", 2, 0.5)
    await expect(places).to_have_count(3)
    await tool(page, "This is my order").click()
    await expect(page.locator(".ballot")).to_contain_text("You chose D.")
    assert await thoughts(page) == [("ranking", {"order": [[3], [0, 1], [2]]})]


async def test_an_answer_is_compared_with_new_ones(page: Page, upstream: Upstream) -> None:
    two_answers(upstream, "Said C.")
    await open_chat(page)
    await say(page, "Which lamp?")
    await tool(page, "Compare two new answers").click()
    await settled(page)
    await page.keyboard.press("b")
    await expect(page.locator(".chosen")).to_have_count(1)
    await page.reload()
    await expect(page.locator(".stepper")).to_contain_text("/3")


async def test_a_broken_answer_leaves_nothing_to_choose(page: Page, upstream: Upstream) -> None:
    scripts = iter([Script(), Script(words=("one", " two"), die_after=1)])
    upstream.script = lambda body: next(scripts, Script())
    await open_chat(page)
    await say(page, "Which lamp?", answers=2)
    await expect(page.get_by_role("alert").last).to_contain_text("nothing to choose between")
    await tool(page, "Try again").click()
    await settled(page)
    await tool(page, "Tie").click()
    await expect(page.locator(".ballot")).to_contain_text("Thank you.")
