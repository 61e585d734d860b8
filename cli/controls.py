"""Control characters: a terminal obeys them, and anybody who chats or votes can write them."""

from __future__ import annotations

import re
from typing import Any, Final

CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""C0 but tab and line feed, DEL, and C1, which holds an escape in one character (U+009B)."""


def clean(value: Any) -> Any:
    """The same JSON with U+FFFD for each of them in its strings, so that these can be shown."""
    if isinstance(value, str):
        return CONTROLS.sub("\ufffd", value.replace("\r\n", "\n"))
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        return {clean(name): clean(one) for name, one in value.items()}
    return value
