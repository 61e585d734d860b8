"""Text to token ids and back, by the same chat-template call as the server's, and as there with no
control tokens in what anybody said.

Owns the end-of-turn convention: an answer's ids end with the token that the server samples to stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.controls import Controls
from core.errors import BadConfig

Messages = Sequence[dict[str, str]]


class Renderer:
    def __init__(self, tokenizer: Any, stop_ids: Sequence[int] = ()) -> None:
        """`stop_ids`: what the model's generation config adds to the tokenizer's own end."""
        if tokenizer.chat_template is None:
            raise BadConfig(
                "the base model's tokenizer has no chat template; use one trained for chat"
            )
        if tokenizer.eos_token_id is None:
            raise BadConfig("the base model's tokenizer has no end-of-sequence token")
        self.tokenizer = tokenizer
        self.eos_id: int = tokenizer.eos_token_id
        added = [(str(t), t.special) for t in tokenizer.added_tokens_decoder.values()]
        self._controls = Controls.of(added, str(tokenizer.chat_template))
        self.stop_ids = frozenset({self.eos_id, *stop_ids})

    def prompt_ids(self, messages: Messages) -> list[int]:
        ids = self.tokenizer.apply_chat_template(
            self._controls.defuse(list(messages)),
            add_generation_prompt=True,
            tokenize=True,
            return_dict=False,
        )
        return list(ids)

    def answer_ids(self, text: str) -> list[int]:
        said = self._controls.defuse_text(text)
        ids = self.tokenizer(said, add_special_tokens=False)["input_ids"]
        return [*ids, self.eos_id]

    def text(self, ids: Sequence[int]) -> str:
        """What a reader saw: special tokens left out."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))
