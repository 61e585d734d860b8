"""The application behind a real uvicorn, as the server's own tests have it."""

from collections.abc import Iterator

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
