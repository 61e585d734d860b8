"""What every local command needs first: settings, or a clear word about which one is wrong."""

from __future__ import annotations

from pydantic import ValidationError

from core.errors import BadConfig
from core.settings import Settings


def load_settings() -> Settings:
    """Raises BadConfig naming each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"THUMBWHEEL_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}, "
            f"got {problem['input']!r}"
            for problem in error.errors()
        ]
        raise BadConfig("Settings are wrong:\n  " + "\n  ".join(lines)) from error
