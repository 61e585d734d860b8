"""A server that asks for keys, in a real browser: to the login page, in, and back."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, Response, expect

from core.api_keys import NewKey
from tests.server.conftest import Live


@pytest.fixture
async def token(live: Live) -> str:
    about = NewKey("team", ["chat", "feedback", "view"])
    return (await live.state.api_keys.create(about))[1]


async def test_a_person_signs_in_and_chats(page: Page, token: str) -> None:
    await page.goto("/")
    await expect(page).to_have_url(re.compile(r"/login\?next=/$"))
    await expect(page.get_by_label("API key")).to_be_focused()
    await page.keyboard.type(token)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/#*")
    await page.get_by_role("textbox", name="Message").fill("May I return a lamp?")
    await page.keyboard.press("Enter")
    await expect(
        page.get_by_role("button", name="Good answer").or_(page.locator(".thumb.up"))
    ).to_be_visible()


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example"]
)
async def test_signing_in_leads_nowhere_else(page: Page, token: str, elsewhere: str) -> None:
    went: list[str] = []
    page.on("response", lambda reply: went.append(reply.url))
    await page.goto(f"/login?next={elsewhere}")
    await page.get_by_label("API key").fill(token)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/#*")
    assert not [url for url in went if not url.startswith(page.url.split("/#")[0])]


async def test_a_wrong_key_is_told_in_words(page: Page, token: str, live: Live) -> None:
    async def refused(reply: Response) -> None:
        assert reply.status in (200, 304, 401)

    page.on("response", refused)
    await page.goto("/login")
    await page.get_by_label("API key").fill("tw_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("The API key is wrong, expired or revoked")
