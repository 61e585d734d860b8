"""The page: its files come from here, its policy lets in nothing else, its browser is somebody."""

from __future__ import annotations

import re

import pytest
from httpx import AsyncClient

from server.web.endpoints import STATIC

FILES = sorted(p.name for p in STATIC.iterdir())


async def test_page_comes_with_a_strict_policy(api: AsyncClient) -> None:
    reply = await api.get("/")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    policy = dict(
        part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_page_obeys_its_own_policy(api: AsyncClient) -> None:
    page = (await api.get("/")).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert all(re.search(r"\ssrc=", tag) for tag in re.findall(r"<script[^>]*>", page))
    named = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert named
    for url in named:
        assert url == "/dashboard" or url.startswith("/static/")
        assert (await api.get(url)).status_code == 200


@pytest.mark.parametrize("name", [n for n in FILES if n.endswith(".js")])
async def test_modules_import_what_is_there(api: AsyncClient, name: str) -> None:
    reply = await api.get(f"/static/{name}")
    assert "javascript" in reply.headers["content-type"]
    assert reply.headers["content-security-policy"]
    for other in re.findall(r'from "\./([^"]+)"', reply.text):
        assert other in FILES


async def test_unchanged_file_is_not_sent_again(api: AsyncClient) -> None:
    first = await api.get("/static/base.css")
    again = await api.get("/static/base.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["nothing.js", "../endpoints.py", "%2e%2e/endpoints.py", ""])
async def test_nothing_else_is_served(api: AsyncClient, path: str) -> None:
    reply = await api.get(f"/static/{path}")
    assert reply.status_code == 404
    assert reply.json()["error"]["type"] == "invalid_request_error"


async def test_browser_gets_a_name_once_and_votes_under_it(api: AsyncClient) -> None:
    api.headers.pop("X-Thumbwheel-User")
    first = await api.get("/")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    name = (await api.get("/v1/me")).json()["user"]
    assert re.fullmatch(r"[A-Za-z0-9_.@:+-]{16,128}", name)
    assert "set-cookie" not in (await api.get("/")).headers
    api.cookies.clear()
    await api.get("/")
    assert (await api.get("/v1/me")).json()["user"] != name
