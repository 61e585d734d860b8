"""The dashboard's files: what they name is there, the chart library comes from its package."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from httpx import AsyncClient

from server.web.endpoints import STATIC
from server.web.plotly import PATH

FOLDER = STATIC / "dashboard"
MODULES = sorted(path.name for path in FOLDER.glob("*.js"))
IMPORT = re.compile(r'(?:from|import)\s*\(?"(\.[^"]+)"')


async def test_document_obeys_its_own_policy(api: AsyncClient) -> None:
    reply = await api.get("/dashboard")
    assert reply.status_code == 200
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", reply.text)
    named = [url for url in re.findall(r'(?:src|href)="([^"#]+)"', reply.text) if url != "/"]
    assert len(named) >= 4
    for url in named:
        assert url.startswith("/static/")
        assert (await api.get(url)).status_code == 200


@pytest.mark.parametrize("name", MODULES)
def test_modules_import_what_is_there(name: str) -> None:
    for other in IMPORT.findall((FOLDER / name).read_text()):
        assert (FOLDER / other).resolve().is_file(), other


async def test_chart_library_is_the_package_s_and_is_kept(api: AsyncClient) -> None:
    plain = await api.get(PATH, headers={"Accept-Encoding": "identity"})
    package = resources.files("plotly").joinpath("package_data", "plotly.min.js")
    assert plain.content == package.read_bytes()
    assert "javascript" in plain.headers["content-type"]
    packed = await api.get(PATH)
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert "max-age=2592000" in packed.headers["cache-control"]
    again = await api.get(PATH, headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
