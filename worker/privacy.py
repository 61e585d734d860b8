"""Private details out of everything that a snapshot is made of. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.records import CompletionRow, PreferenceRow
from core.redact import find_private, redact, redact_person
from worker.rows import Asked, Chat, Gathered, Thumb


def redact_gathered(gathered: Gathered, system_prompt: str) -> tuple[Gathered, Counter[str]]:
    """The same without e-mail addresses, phone and card numbers, and how many texts had which.

    What the assistant's own `system_prompt` says is no secret and stays wherever it is said: an
    assistant that learned to answer "[email]" would be of no use. The ids of a text that changed
    are dropped, or the trainer would learn from what was taken out.
    """
    texts = _Texts(find_private(system_prompt))
    made = Gathered(
        rows=[texts.pair(row) for row in gathered.rows],
        thumbs=[Thumb(t.group, texts.completion(t.row)) for t in gathered.thumbs],
        demonstrations=[(group, texts.completion(row)) for group, row in gathered.demonstrations],
        asked=[Asked(a.group, texts.chat(a.messages), a.time) for a in gathered.asked],
        choices=gathered.choices,
        dropped=gathered.dropped,
    )
    return made, texts.found


class _Texts:
    """Each text is looked at once."""

    def __init__(self, keep: frozenset[str]) -> None:
        self.found: Counter[str] = Counter()
        self._keep = keep
        self._known: dict[str, str] = {}

    def text(self, said: str) -> str:
        if said not in self._known:
            self._known[said], found = redact(said, self._keep)
            self.found.update(found.keys())
        return self._known[said]

    def chat(self, messages: Chat) -> Chat:
        return [{**message, "content": self.text(message["content"])} for message in messages]

    def pair(self, row: PreferenceRow) -> PreferenceRow:
        chosen, rejected = self.text(row.chosen), self.text(row.rejected)
        return replace(
            row,
            **self._prompt(row),
            chosen=chosen,
            rejected=rejected,
            chosen_ids=_unless_changed(row.chosen, chosen, row.chosen_ids),
            rejected_ids=_unless_changed(row.rejected, rejected, row.rejected_ids),
        )

    def completion(self, row: CompletionRow) -> CompletionRow:
        completion = self.text(row.completion)
        ids = _unless_changed(row.completion, completion, row.completion_ids)
        return replace(row, **self._prompt(row), completion=completion, completion_ids=ids)

    def _prompt(self, row: PreferenceRow | CompletionRow) -> dict[str, Any]:
        """What both kinds of rows have in common."""
        prompt = self.chat(row.prompt)
        ids = _unless_changed(row.prompt, prompt, row.prompt_ids)
        return {"prompt": prompt, "prompt_ids": ids, "user": redact_person(row.user)}


def _unless_changed(before: object, after: object, ids: Sequence[int] | None) -> list[int] | None:
    return list(ids) if ids is not None and before == after else None
