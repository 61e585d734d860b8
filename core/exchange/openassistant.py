"""OpenAssistant's message trees: what was ranked among the answers to one prompt, and thumbs on
answers (`emojis`, counts of unnamed people).

Carries no system message, no names, no times, and no second ranking of the same answers. Thumbs on
what people asked are about no answer and are left out, as are messages that were deleted or that
reviewers refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from core.errors import InvalidRequest
from core.exchange.example import Example, Turn, group_by_level
from core.exchange.turns import ROLES, Row, read_text

MOST_THUMBS: Final = 1000
"""On one answer: each becomes an opinion."""

Path = tuple[Turn, ...]


def read(row: Row, left_out: Counter[str]) -> Iterator[Example]:
    """Takes the message at the root, or the export's `{"message_tree_id": ..., "prompt": root}`."""
    root = row.get("prompt", row)
    if not isinstance(root, dict) or "replies" not in root:
        raise InvalidRequest("a tree has its answers in `replies`; this is no tree")
    waiting: list[tuple[Path, Row]] = [((), root)]
    while waiting:
        above, node = waiting.pop()
        if _is_refused(node):
            left_out["deleted or refused messages, with all below"] += 1
            continue
        turn = _read_turn(node)
        path = (*above, turn)
        replies = _read_replies(node)
        if turn.role == "assistant":
            yield from _thumbs(above, turn.content, node)
        else:
            left_out["thumbs on what people asked"] += sum(_votes(node))
            yield from _ranking(path, replies, left_out)
        waiting += [(path, reply) for reply in reversed(replies)]


def _is_refused(node: Row) -> bool:
    return bool(node.get("deleted")) or node.get("review_result") is False


def _read_turn(node: Row) -> Turn:
    role = node.get("role")
    if not isinstance(role, str) or ROLES.get(role) not in ("user", "assistant"):
        raise InvalidRequest(f"role must be prompter or assistant, not {role!r:.40}")
    return Turn(ROLES[role], read_text(node.get("text"), "text"))


def _read_replies(node: Row) -> list[Row]:
    replies = node.get("replies") or []
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        raise InvalidRequest("replies must be a list of messages")
    return replies


def _votes(node: Row) -> tuple[int, int]:
    """Thumbs up and down."""
    emojis = node.get("emojis") or {}
    if not isinstance(emojis, dict):
        raise InvalidRequest("emojis must be counts by name")
    up, down = emojis.get("+1", 0), emojis.get("-1", 0)
    for count in (up, down):
        if type(count) is not int or not 0 <= count <= MOST_THUMBS:
            raise InvalidRequest(f"a count of emojis is 0 to {MOST_THUMBS}, not {count!r:.40}")
    return up, down


def _thumbs(prompt: Path, answer: str, node: Row) -> Iterator[Example]:
    up, down = _votes(node)
    for voter in range(up + down):
        value = "up" if voter < up else "down"
        yield Example(prompt, (answer,), "thumb", {"value": value}, voter=voter)


def _ranking(prompt: Path, replies: list[Row], left_out: Counter[str]) -> Iterator[Example]:
    ranked = [r for r in replies if r.get("rank") is not None and not _is_refused(r)]
    ranks = [_read_rank(reply) for reply in ranked]
    if len(ranked) < 2:
        left_out["answers ranked alone"] += len(ranked)
        return
    answers = tuple(_read_turn(reply).content for reply in ranked)
    yield Example(prompt, answers, "ranking", {"order": group_by_level(ranks)})


def _read_rank(reply: Row) -> int:
    rank = reply["rank"]
    if type(rank) is not int:
        raise InvalidRequest(f"rank must be a whole number, not {rank!r:.40}")
    return rank
