"""What a person does on the chat page, and what they see."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

SAID = "Yes, within 30 days."
"""What the stand-in for vLLM says when nobody told it otherwise."""


async def open_chat(page: Page, address: str = "/") -> None:
    await page.goto(address)
    await ready(page)


async def ready(page: Page) -> None:
    """The page knows its assistants: before that it cannot be used, though it is shown."""
    await expect(page.locator("#who input").first).to_be_attached()


async def say(page: Page, text: str, *, answers: int = 1) -> None:
    """Writes, sends and waits for the end of all that is being answered."""
    await begin(page, text, answers=answers)
    await settled(page)


async def begin(page: Page, text: str, *, answers: int = 1) -> None:
    await page.get_by_label("Answers at a time").select_option(str(answers))
    await page.get_by_role("textbox", name="Say something").fill(text)
    await page.keyboard.press("Enter")


async def settled(page: Page) -> None:
    await expect(page.locator("#send")).to_be_visible()


@contextlib.asynccontextmanager
async def stored(page: Page) -> AsyncIterator[None]:
    """Ends when the server has what is done inside; the page shows it before that."""
    async with page.expect_response(lambda reply: reply.request.method != "GET"):
        yield


@contextlib.asynccontextmanager
async def refused(
    page: Page, path: str, method: str, go_on: asyncio.Event | None = None
) -> AsyncIterator[None]:
    """Inside, the server answers such requests with a 500, not before `go_on`."""

    async def refuse(route: Route) -> None:
        if route.request.method != method:
            return await route.fallback()
        if go_on:
            await go_on.wait()
        await route.fulfill(status=500, json={"error": {"message": "It broke."}})

    await page.route(path, refuse)
    yield
    await page.unroute(path, refuse)


def tool(page: Page | Locator, name: str) -> Locator:
    """A button by its name, the last there is."""
    return page.get_by_role("button", name=name, exact=True).last


async def texts(page: Page) -> list[str]:
    """What is shown: questions and answers, in order."""
    shown = await page.locator(".said, .answer > .text").all_inner_texts()
    return [text.removeprefix("You:").strip() for text in shown]


async def opinions(page: Page) -> list[dict[str, Any]]:
    """The person's own, as the API has them."""
    held: list[dict[str, Any]] = (await (await page.request.get("/v1/feedback")).json())["data"]
    return [o for o in held if o["kind"] != "implicit"]


async def thoughts(page: Page) -> list[tuple[str, dict[str, Any]]]:
    return [(o["kind"], o["body"]) for o in await opinions(page)]


async def who(page: Page) -> str:
    """The person's name, as the API has it."""
    name: str = (await (await page.request.get("/v1/users/me/consent")).json())["id"]
    return name
