"""What somebody may do, in five words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, cast, get_args

from core.errors import InvalidRequest

Scope = Literal["chat", "feedback", "view", "operate", "admin"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
IMPLIED: Final[dict[Scope, frozenset[Scope]]] = {
    "operate": frozenset({"view"}),
    "admin": frozenset(SCOPES),
}
"""Who operates sees; an administrator may do everything."""


def widen(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """With those that they bring along."""
    named = frozenset(scopes)
    return named.union(*(IMPLIED.get(scope, ()) for scope in named))


def parse_scopes(text: str) -> list[Scope]:
    """Of words between spaces or commas. Raises InvalidRequest."""
    words = text.replace(",", " ").split()
    if unknown := sorted(set(words) - set(SCOPES)):
        raise InvalidRequest(
            f"scopes must be some of {', '.join(SCOPES)}, got {', '.join(unknown)}", "scopes"
        )
    return cast(list[Scope], words)
