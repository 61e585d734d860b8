"""The application behind a real uvicorn, as the server's own tests have it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server import heart
from tests.server.conftest import live, upstream

__all__ = ["live", "upstream"]


@pytest.fixture(scope="module", autouse=True)
def still() -> Iterator[None]:
    """A process' next heartbeat is a write that no request made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heart, "BEAT_S", 3600.0)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A name for each operation that Schemathesis tests: it gives all of one test the same, and
    pytest-xdist runs a name once.
    """
    seen: dict[str, int] = {}
    for item in items:
        name = item.nodeid
        seen[name] = number = seen.get(name, 0) + 1
        if number > 1:
            item._id = replace(item._id, params=str(number))
