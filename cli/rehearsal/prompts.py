"""What simulated people ask: prompts from the shipped model's world, drawn without torch."""

from __future__ import annotations

from typing import Literal

from cli.rehearsal.population import Prompt
from core.errors import InvalidRequest


def draw_prompts(
    assistant: str, n: int, seed: int, split: Literal["train", "new_content"]
) -> list[Prompt]:
    """`n` prompts with their checks. Raises InvalidRequest for an assistant the world lacks."""
    # Only here: no other command needs the world.
    from trainer.seedling.assistants import ASSISTANTS
    from trainer.seedling.world import sample_prompts

    if assistant not in ASSISTANTS:
        raise InvalidRequest(
            f"The simulated people have prompts for {', '.join(ASSISTANTS)}, not for {assistant!r}",
            "assistant",
        )
    drawn = sample_prompts(assistant, n, seed, split)
    return [Prompt(list(p.messages), tuple(p.checks), p.kind) for p in drawn]
