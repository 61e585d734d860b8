"""The application behind a real uvicorn, as the server's own tests have it."""

from tests.server.conftest import live, upstream

__all__ = ["live", "upstream"]
