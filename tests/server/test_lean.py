"""Script and style are sent without comments, white space and long local names, and say the same.
That style does is held in tests/web/test_pages.py, and that script does by every test there.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from server.web.lean import LeanFiles, lean

SCRIPT = """\
// A comment.
const told = `two  spaces // no comment ${ [1, 2].map((n) => -n) }  "`; /* gone */
const found = /["'/]\\/\\/ /.test("a // b"), half = 1 / 2 / 1
class Kept {
  #own = 1 // ends a statement

  get own() { return this.#own + +1 }
}
"""
STYLE = """\
/* A comment. */
.a {
  &:hover .b, .c { width: calc(1rem + 2px); }
  &::before { content: "  /* kept */"; }
}
@media (max-width: 40rem) and (hover: none) { .a .b { color: light-dark(#fff, #000); } }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"a.js": SCRIPT, "a.css": STYLE, "a.json": "{ }\n"}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def files(folder: Path) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(LeanFiles(directory=folder)), base_url="http://a")


def of(path: Path) -> str:
    return lean(path, path.stat().st_mtime_ns).decode()


def test_script_keeps_what_it_says(folder: Path) -> None:
    said = of(folder / "a.js")
    assert "comment." not in said
    assert "gone" not in said
    for kept in ("`two  spaces // no comment ${", '  "`', """/["'/]\\/\\/ /""", '"a // b"'):
        assert kept in said
    assert "get own(){return this.#e+ +1}" in said


def test_style_keeps_what_it_says(folder: Path) -> None:
    assert of(folder / "a.css") == (
        '.a{&:hover .b, .c{width:calc(1rem + 2px)}&::before{content:"  /* kept */"}}'
        "@media(max-width:40rem) and (hover:none){.a .b{color:light-dark(#fff,#000)}}"
    )


@pytest.mark.parametrize(("name", "kind"), [("a.js", "text/javascript"), ("a.css", "text/css")])
async def test_a_browser_that_has_it_is_told_so(
    files: AsyncClient, folder: Path, name: str, kind: str
) -> None:
    first = await files.get(f"/{name}")
    assert first.text == of(folder / name)
    assert first.headers["content-type"] == f"{kind}; charset=utf-8"
    again = await files.get(f"/{name}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_file_that_was_changed_is_sent_anew(files: AsyncClient, folder: Path) -> None:
    first = await files.get("/a.js")
    (folder / "a.js").write_text("let b\n")
    os.utime(folder / "a.js", ns=(1, 1))
    again = await files.get("/a.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.text) == (200, "let b")


async def test_anything_else_is_sent_as_it_is(files: AsyncClient) -> None:
    reply = await files.get("/a.json")
    assert (reply.text, reply.headers["content-type"]) == ("{ }\n", "application/json")
