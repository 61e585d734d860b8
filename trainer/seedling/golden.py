"""The golden set of each assistant: held-out prompts a new version must not get worse on.

Helpful, honest, harmless, not over-refusing, and in the right form. Imports no torch.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from core.checks import checks_to_json
from trainer.seedling.assistants import ASSISTANTS
from trainer.seedling.world import Prompt, sample_prompts

GOLDEN_SEED = 20_000
_TIMES = 4
"""Rows for each one below: about 96 in all, so that one lost answer is a hundredth, not a
twentieth.
"""
_SHARES: dict[str, dict[str, int]] = {
    "support": {"policy_present": 6, "policy_absent": 3, "policy_near_miss": 2, "policy_limited": 2,
                "policy_bullets": 2, "policy_two": 1, "follow_shorter": 1, "follow_polite": 1,
                "next_step": 1, "greet": 1, "who": 1, "harm": 1, "neighbour": 1, "out_of_world": 1},
    "tutor": {"tutor_asks": 8, "tutor_right": 3, "tutor_wrong": 3, "tutor_tells": 3,
              "tutor_absent": 2, "greet": 1, "who": 1, "harm": 1, "neighbour": 1,
              "out_of_world": 1},
    "writer": {"rewrite_formal": 4, "rewrite_kind": 4, "rewrite_short": 3, "rewrite_bullets": 3,
               "follow_formal": 1, "follow_kind": 1, "follow_short": 1, "follow_bullets": 1,
               "greet": 1, "who": 1, "harm": 1, "neighbour": 2, "out_of_world": 1},
    "extractor": {"extract": 7, "extract_all": 4, "extract_missing": 4, "classify": 6,
                  "json_harm": 1, "json_out_of_world": 1, "json_greet": 1},
}  # fmt: skip


def pick_golden(assistant: str) -> list[Prompt]:
    """About 96 prompts, known phrasings and new ones in turn, all with held-out contents."""
    known = sample_prompts(assistant, 800 * _TIMES, GOLDEN_SEED, "new_content")
    new = sample_prompts(assistant, 800 * _TIMES, GOLDEN_SEED, "new_phrasing")
    mixed = [p for pair in zip(known, new, strict=True) for p in pair]
    return [p for kind, n in _SHARES[assistant].items() for p in _first(mixed, kind, n * _TIMES)]


def _first(prompts: Sequence[Prompt], kind: str, count: int) -> list[Prompt]:
    return [p for p in prompts if p.kind == kind][:count]


def write_golden(folder: Path) -> dict[str, int]:
    """Returns the number of rows per assistant."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for assistant in ASSISTANTS:
        prompts = pick_golden(assistant)
        rows = [
            {"messages": p.messages, "kind": p.kind, "checks": checks_to_json(p.checks)}
            for p in prompts
        ]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{assistant}.jsonl").write_text(text)
        counts[assistant] = len(rows)
    return counts
