"""Puts OpenAssistant's trees together again. Holds all it is given: what belongs to one tree may
come at any time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from core.exchange.example import Example, Turn, content_digest, tiers, without_system
from core.exchange.turns import Row

MOST_DEEP: Final = 100
"""Messages from the root to an answer: writers and readers of JSON nest only so far."""
_ROLES: Final = {"user": "prompter", "assistant": "assistant"}


@dataclass(slots=True)
class _Node:
    turn: Turn
    up: int = 0
    down: int = 0
    rank: int | None = None
    below: dict[Turn, _Node] = field(default_factory=dict)

    def walk(self, path: tuple[Turn, ...]) -> _Node:
        """The node at the end of `path`, made where it is missing."""
        node = self
        for turn in path:
            node = node.below.setdefault(turn, _Node(turn))
        return node


class Trees:
    def __init__(self) -> None:
        self._top = _Node(Turn("system", ""))

    def add(self, example: Example) -> list[Row] | None:
        """No rows yet; None for what a tree cannot carry."""
        prompt = without_system(example.prompt)
        if len(prompt) >= MOST_DEEP or any(turn.role not in _ROLES for turn in prompt):
            return None
        carried = self._count(prompt, example) or self._rank(prompt, example)
        return [] if carried else None

    def end(self) -> Iterator[Row]:
        """The trees, in the order of their first example."""
        for root in self._top.below.values():
            yield _write(root)

    def _count(self, prompt: tuple[Turn, ...], example: Example) -> bool:
        if example.kind != "thumb":
            return False
        node = self._top.walk((*prompt, Turn("assistant", example.answers[0])))
        node.up += example.body["value"] == "up"
        node.down += example.body["value"] == "down"
        return True

    def _rank(self, prompt: tuple[Turn, ...], example: Example) -> bool:
        order = tiers(example)
        if order is None or len(set(example.answers)) < len(example.answers):
            return False
        below = self._top.walk(prompt).below
        if any(node.rank is not None for node in below.values()):
            return False
        for position, text in enumerate(example.answers):
            turn = Turn("assistant", text)
            node = below.setdefault(turn, _Node(turn))
            node.rank = next(place for place, tier in enumerate(order) if position in tier)
        return True


def _write(root: _Node) -> Row:
    """Without recursion: trees may be deep."""
    tree = _row(root, "")
    waiting = [(root, tree)]
    while waiting:
        node, row = waiting.pop()
        for child in node.below.values():
            row["replies"].append(_row(child, row["message_id"]))
            waiting.append((child, row["replies"][-1]))
    return tree


def _row(node: _Node, parent: str) -> Row:
    digest = content_digest(parent, node.turn.role, node.turn.content)
    counts = {name: n for name, n in (("+1", node.up), ("-1", node.down)) if n}
    return {
        "message_id": str(uuid.uuid5(uuid.NAMESPACE_OID, digest)),
        "parent_id": parent or None,
        "text": node.turn.content,
        "role": _ROLES[node.turn.role],
        "rank": node.rank,
        "emojis": counts or None,
        "replies": [],
    }
