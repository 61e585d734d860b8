"""What opinions are about, fetched for many of them in a few calls: comparisons, responses, and the
messages from each prompt to its root.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import NotFound
from core.messages import Messages
from core.records import Comparison, Feedback, Message, Response
from core.responses import Responses

_TOKENS: Final[dict[int, int]] = {}
"""One number each for as many as a vocabulary has: a snapshot holds hundreds of ids a row."""


@dataclass(frozen=True, slots=True)
class Shown:
    """By id. Every look-up raises NotFound for what is gone."""

    comparisons: Mapping[str, Comparison]
    responses: Mapping[str, Response]
    messages: Mapping[str, Message]

    def comparison(self, identity: str) -> Comparison:
        if identity not in self.comparisons:
            raise NotFound(f"There is no comparison {identity!r}")
        return self.comparisons[identity]

    def response(self, identity: str) -> Response:
        if identity not in self.responses:
            raise NotFound(f"There is no response {identity!r}")
        return self.responses[identity]

    def message(self, identity: str) -> Message:
        if identity not in self.messages:
            raise NotFound(f"There is no message {identity!r}")
        return self.messages[identity]

    def path(self, identity: str) -> list[Message]:
        """From the root to `identity`."""
        chain: list[Message] = []
        while identity:
            chain.append(self.message(identity))
            identity = chain[-1].parent
        return chain[::-1]


async def fetch_shown(
    opinions: Sequence[Feedback], messages: Messages, responses: Responses
) -> Shown:
    """What is left of it."""
    compared = [o.target for o in opinions if o.kind in ("comparison", "ranking")]
    comparisons = await responses.find_comparisons(compared)
    wanted = [o.target for o in opinions if o.kind not in ("comparison", "ranking")]
    wanted += [identity for found in comparisons.values() for identity in found.responses]
    answers = {
        identity: replace(
            response, prompt_ids=_share(response.prompt_ids), output_ids=_share(response.output_ids)
        )
        for identity, response in (await responses.find(wanted)).items()
    }
    ends = {response.message for response in answers.values()}
    ends |= {response.prompt for response in answers.values()}
    ends |= {comparison.prompt for comparison in comparisons.values()}
    return Shown(comparisons, answers, await _trees(ends, messages))


async def _trees(ends: Iterable[str], messages: Messages) -> dict[str, Message]:
    """These messages and all before them, a round a level."""
    found: dict[str, Message] = {}
    level = {identity for identity in ends if identity}
    while level:
        new = await messages.find(sorted(level))
        found |= {identity: _shared(message) for identity, message in new.items()}
        level = {m.parent for m in new.values() if m.parent and m.parent not in found}
    return found


def _shared(message: Message) -> Message:
    """Everybody is told the same by the system: it is held once."""
    if message.role != "system":
        return message
    return replace(message, content=sys.intern(message.content))


def _share(ids: list[int] | None) -> list[int] | None:
    return None if ids is None else [_TOKENS.setdefault(token, token) for token in ids]
