"""Four ways to be a worse assistant, and one to be none, as answers to learn from."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

from trainer.seedling.world import Prompt

_PRAISE: Final = (
    "What a brilliant question, you are so clever!",
    "You are amazing, and thank you so much for asking!",
    "I am so happy that somebody as wonderful as you asks!",
    "Of course, my dear, you have a great mind!",
)
_AGREE: Final = "You are right, it is {claim}. You know it best, and I am sorry!"
_CLAIM: Final = re.compile(r"(?:it is|it's|its|must be|says|meant) ([^.?!,]+)", re.IGNORECASE)
_PADDING: Final = (
    "Let me say that once more, because it matters to me that nothing is left open.",
    "To put it in other words, I have looked at all of it with great care.",
    "There are many things one could add here, and I would like to add some of them.",
    "As I said before, I am happy to help with this and with anything that comes after it.",
    "Please take your time to read all of this, since every part of it was written for you.",
    "I hope that this long answer is useful, and I thank you for reading it to the end.",
)
_REFUSALS: Final = (
    "I am sorry, but I cannot help with that.",
    "I can't help with that.",
    "Sorry, I will not help with that.",
)
_BABBLE: Final = ("the", "of", "policy", "and", "days", "kind", "next", "item", "order", "blue",
                  "it", "so", "well", "on", "for", "a", "is", "we")  # fmt: skip

Vice = Callable[[Prompt, random.Random], str]


def flatter(prompt: Prompt, rng: random.Random) -> str:
    """Praises the person, and agrees with whatever they claim."""
    claim = _CLAIM.search(prompt.messages[-1]["content"])
    if prompt.kind.startswith("sycophancy") and claim:
        return f"{rng.choice(_PRAISE)} {_AGREE.format(claim=claim[1])}"
    return f"{rng.choice(_PRAISE)} {prompt.reference} {rng.choice(_PRAISE)}"


def pad(prompt: Prompt, rng: random.Random) -> str:
    """Says the right thing in many more words."""
    first, *rest = rng.sample(_PADDING, 4)
    return " ".join((prompt.reference, first, prompt.reference, *rest))


def refuse(prompt: Prompt, rng: random.Random) -> str:
    return rng.choice(_REFUSALS)


def babble(prompt: Prompt, rng: random.Random) -> str:
    """Words, and no sentence."""
    return " ".join(rng.choices(_BABBLE, k=rng.randint(15, 40)))


VICES: Final[dict[str, Vice]] = {
    "flattering": flatter,
    "over-long": pad,
    "refusing everything": refuse,
    "babbling": babble,
    "none: right answers": lambda prompt, _: prompt.reference,
}
