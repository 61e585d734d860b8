"""Control tokens of a base model (`<|end|>`, `<|im_start|>`) in what people say. A tokenizer reads
them as such wherever they stand, so whoever writes one could end a turn or begin a system's. Here
an invisible character breaks them before a chat is rendered: text stays text.

Records keep what was said, unbroken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

T = TypeVar("T")

BREAK: Final = "\u200b"
"""Zero-width space: people see the same text, and no tokenizer joins over it."""
FORMS: Final = re.compile(
    r"<[|\uff5c][^<>|\uff5c\s]{1,64}[|\uff5c]>"  # ChatML, Llama 3, Phi, DeepSeek
    r"|</?s>|<(?:bos|eos|pad|unk)>|<(?:start|end)_of_turn>|</?(?:think|tool_call)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"  # Mistral
)
"""What control tokens look like, for a base model whose files are not here."""


class Controls:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    @classmethod
    def of(cls, added: Iterable[tuple[str, bool]], template: str) -> Controls:
        """Of a tokenizer: what was added to its vocabulary, each with whether it is special, and
        its chat template. Added words that are neither special nor in the template stay.
        """
        tokens = {t for t, special in added if len(t.strip()) > 1 and (special or t in template)}
        longest_first = sorted(tokens, key=len, reverse=True)
        return cls(re.compile("|".join(map(re.escape, longest_first)) or r"(?!)"))

    @classmethod
    def of_model(cls, base_model: str) -> Controls:
        """Of a model's directory; by their usual forms for a model of a hub."""
        directory = Path(base_model)
        config = _read_json(directory / "tokenizer_config.json")
        listed = _read_json(directory / "tokenizer.json").get("added_tokens", [])
        added = [*listed, *config.get("added_tokens_decoder", {}).values()]
        if not added:
            return cls(FORMS)
        template = directory / "chat_template.jinja"
        written = template.read_text() if template.is_file() else str(config.get("chat_template"))
        return cls.of(((t["content"], bool(t.get("special"))) for t in added), written)

    def defuse(self, value: T) -> T:
        """A JSON value with every control token in its texts broken; what has none, as it is."""
        text = orjson.dumps(value).decode()
        broken = self.defuse_text(text)
        if broken == text:
            return value
        result: T = orjson.loads(broken)
        return result

    def defuse_text(self, text: str) -> str:
        """Again and again: what is left of one may begin another."""
        while (broken := self._pattern.sub(_break, text)) != text:
            text = broken
        return text


def _break(token: re.Match[str]) -> str:
    return token[0][0] + BREAK + token[0][1:]


def _read_json(path: Path) -> dict[str, Any]:
    """Empty where there is no such file."""
    if not path.is_file():
        return {}
    content: dict[str, Any] = orjson.loads(path.read_bytes())
    return content
