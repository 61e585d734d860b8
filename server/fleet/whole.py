"""A streamed completion put together: the reply vLLM would have sent in one piece, but for its
usage, which the token ids tell.
"""

from __future__ import annotations

from typing import Any

from core.errors import ModelUnavailable


def add_calls(calls: dict[int, dict[str, Any]], parts: list[dict[str, Any]]) -> None:
    """Streamed tool calls come in parts: name first, then pieces of the arguments."""
    for part in parts:
        function = part.get("function") or {}
        call = calls.setdefault(
            part.get("index", 0),
            {"id": "", "type": "function", "function": {"name": "", "arguments": ""}},
        )
        call["id"] = part.get("id") or call["id"]
        call["function"]["name"] += function.get("name") or ""
        call["function"]["arguments"] += function.get("arguments") or ""


class Whole:
    """Every chunk must be given to `take`."""

    def __init__(self) -> None:
        self._choices: dict[int, _Choice] = {}
        self._prompt_ids: list[int] | None = None

    def take(self, chunk: dict[str, Any]) -> None:
        self._prompt_ids = chunk.get("prompt_token_ids") or self._prompt_ids
        for choice in chunk["choices"]:
            self._choices.setdefault(choice["index"], _Choice()).take(choice)

    def reply(self) -> dict[str, Any]:
        """Raises ModelUnavailable where no chunk came."""
        if not self._choices:
            raise ModelUnavailable("The model said nothing; try again")
        choices = [choice.reply(index) for index, choice in sorted(self._choices.items())]
        return {"choices": choices, "prompt_token_ids": self._prompt_ids}


class _Choice:
    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}
        self._logprobs: list[dict[str, Any]] = []
        self._token_ids: list[int] = []
        self._finish_reason: str | None = None

    def take(self, choice: dict[str, Any]) -> None:
        delta = choice["delta"]
        self._pieces.append(delta.get("content") or "")
        add_calls(self._calls, delta.get("tool_calls") or [])
        self._logprobs += (choice.get("logprobs") or {}).get("content") or []
        self._token_ids += choice.get("token_ids") or []
        self._finish_reason = choice.get("finish_reason") or self._finish_reason

    def reply(self, index: int) -> dict[str, Any]:
        calls = [call for _, call in sorted(self._calls.items())]
        text = "".join(self._pieces)
        message = {"role": "assistant", "content": None if calls and not text else text}
        return {
            "index": index,
            "message": {**message, "tool_calls": calls} if calls else message,
            "logprobs": {"content": self._logprobs} if self._logprobs else None,
            "finish_reason": self._finish_reason,
            "token_ids": self._token_ids,
        }
