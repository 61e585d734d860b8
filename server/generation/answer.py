"""One answer being collected: pieces in a list, joined once, and the record made of them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import orjson

from core.records import Response, ResponseStatus
from server.fleet.whole import add_calls


class Answer:
    """What came of one choice so far. `response` is its record as it stands, `payers` are charged
    for it, with the prompt where it is the first choice.
    """

    def __init__(
        self, response: Response, asked: float, payers: tuple[str, ...] = (), first: bool = True
    ) -> None:
        self.response = response
        self.payers = payers
        self._first = first
        self.finish_reason = ""
        self.prompt_ids: list[int] | None = None
        self.output_ids: list[int] = []
        self._asked = asked
        self._pieces: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}
        self._first_token_s: float | None = None

    def take(self, choice: dict[str, Any]) -> str:
        """Collects one choice of one chunk; returns its text."""
        if ids := choice.get("token_ids"):
            self.output_ids += ids
            if self._first_token_s is None:
                self._first_token_s = time.perf_counter() - self._asked
        delta = choice["delta"]
        text: str = delta.get("content") or ""
        if text:
            self._pieces.append(text)
        if calls := delta.get("tool_calls"):
            add_calls(self._calls, calls)
        if reason := choice.get("finish_reason"):
            self.finish_reason = reason
        return text

    def take_whole(self, choice: dict[str, Any], prompt_ids: list[int] | None) -> None:
        """Collects a choice that came in one piece."""
        self.prompt_ids = prompt_ids
        message = choice["message"]
        self.output_ids = choice.get("token_ids") or []
        self._pieces = [message.get("content") or ""]
        self._calls = dict(enumerate(message.get("tool_calls") or ()))
        self.finish_reason = choice.get("finish_reason") or ""

    @property
    def tokens(self) -> int:
        """What is charged: the answer's and, once for all choices, the prompt's."""
        prompt_ids = self.prompt_ids if self._first else None
        return len(prompt_ids or ()) + len(self.output_ids)

    @property
    def first_token_s(self) -> float | None:
        return self._first_token_s

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def said(self) -> str:
        """What the tree keeps: the text, or the tool calls where there is none."""
        if (text := self.text) or not self._calls:
            return text
        calls = [self._calls[index] for index in sorted(self._calls)]
        return orjson.dumps({"tool_calls": calls}).decode()

    def close(self, status: ResponseStatus, error: str, message: str) -> Response:
        """The finished record; `message` is the answer's place in the tree."""
        self.response = replace(
            self.response,
            status=status,
            error=error,
            message=message,
            finish_reason=self.finish_reason,
            prompt_ids=self.prompt_ids,
            output_ids=self.output_ids,
            first_token_s=self._first_token_s,
            finished=time.time(),
        )
        return self.response
