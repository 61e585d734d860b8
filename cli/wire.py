"""What is sent: names and bodies, whatever stands in them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson

from core.errors import InvalidRequest


def path_to(*names: str) -> str:
    """Below /v1. Raises InvalidRequest for what is no name."""
    return "/v1/" + "/".join(quote(check_name(name), safe="") for name in names)


def check_name(name: str) -> str:
    """As it is. Raises InvalidRequest for what a path or a header cannot hold."""
    if name in ("", ".", "..") or not name.isprintable():
        raise InvalidRequest(f"Expected a name, got {name!r}")
    return name


def encode(body: Any) -> bytes:
    """As JSON. Raises InvalidRequest for text that is not UTF-8."""
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise InvalidRequest(f"Expected text in UTF-8, got what cannot be sent: {error}") from error
