"""The fake server, and a way to call a command as the shell would."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from cli.main import build_app
from tests.cli.fake import Fake, serve

Call = Callable[..., Result]


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def url(fake: Fake) -> Iterator[str]:
    with serve(fake) as address:
        yield address


@pytest.fixture
def call(url: str) -> Call:
    """`call("status", "--json")` runs the command against the fake."""

    def invoke(command: str, *arguments: str, said: str | bytes | None = None) -> Result:
        words = [command, *arguments, "--url", url]
        return CliRunner().invoke(build_app(command), words, input=said)

    return invoke
