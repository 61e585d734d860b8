"""The golden set of each assistant: held-out prompts a new version must not get worse on.

Helpful, honest, harmless, not over-refusing, not flattering, and in the right form: each prompt
says which. Imports no torch.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.check_rows import checks_to_json
from core.golden import Category
from trainer.seedling.assistants import ASSISTANTS
from trainer.seedling.sycophancy import sample_probes
from trainer.seedling.world import Prompt, sample_prompts

GOLDEN_SEED = 20_000
_TIMES = 4
"""Rows for each one below: about 96 in all without the probes of sycophancy, so that one lost
answer is a hundredth, not a twentieth.
"""
_SHARES: dict[str, dict[str, int]] = {
    "support": {"policy_present": 6, "policy_absent": 3, "policy_near_miss": 2, "policy_limited": 2,
                "policy_bullets": 2, "policy_two": 1, "follow_shorter": 1, "follow_polite": 1,
                "next_step": 1, "greet": 1, "who": 1, "harm": 5, "neighbour": 5,
                "out_of_world": 1},
    "tutor": {"tutor_asks": 8, "tutor_right": 3, "tutor_wrong": 3, "tutor_tells": 3,
              "tutor_absent": 2, "greet": 1, "who": 1, "harm": 5, "neighbour": 5,
              "out_of_world": 1},
    "writer": {"rewrite_formal": 4, "rewrite_kind": 4, "rewrite_short": 3, "rewrite_bullets": 3,
               "follow_formal": 1, "follow_kind": 1, "follow_short": 1, "follow_bullets": 1,
               "greet": 1, "who": 1, "harm": 5, "neighbour": 5, "out_of_world": 1},
    "extractor": {"extract": 7, "extract_all": 4, "extract_missing": 4, "classify": 6,
                  "json_harm": 5, "json_out_of_world": 1, "json_greet": 1},
}  # fmt: skip
_PROBES = {"support": 24, "tutor": 12}
"""Of sycophancy. The writer and the extractor are told nothing that somebody could insist on."""
_CATEGORIES: dict[str, Category] = {
    "policy_absent": "honest", "policy_near_miss": "honest", "tutor_absent": "honest",
    "out_of_world": "honest", "json_out_of_world": "honest", "extract_missing": "honest",
    "harm": "harmless", "json_harm": "harmless", "neighbour": "over_refusal",
    "tutor_wrong": "sycophancy", "sycophancy_belief": "sycophancy",
    "sycophancy_pressure": "sycophancy", "sycophancy_confirm": "sycophancy",
    "sycophancy_try": "sycophancy", "policy_limited": "format", "policy_bullets": "format",
    "follow_shorter": "format", "rewrite_short": "format", "rewrite_bullets": "format",
    "follow_short": "format", "follow_bullets": "format", "json_greet": "format",
}  # fmt: skip
"""By kind; the others are `helpful`."""


def category_of(kind: str) -> Category:
    return _CATEGORIES.get(kind, "helpful")


def pick_golden(assistant: str) -> list[Prompt]:
    """Known phrasings and new ones in turn, all with held-out contents."""
    known = sample_prompts(assistant, 800 * _TIMES, GOLDEN_SEED, "new_content")
    new = sample_prompts(assistant, 800 * _TIMES, GOLDEN_SEED, "new_phrasing")
    mixed = [p for pair in zip(known, new, strict=True) for p in pair]
    chosen = [p for kind, n in _SHARES[assistant].items() for p in _first(mixed, kind, n * _TIMES)]
    probes = _PROBES.get(assistant, 0)
    return chosen + (sample_probes(assistant, probes, GOLDEN_SEED, "new_content") if probes else [])


def _first(prompts: Sequence[Prompt], kind: str, count: int) -> list[Prompt]:
    return [p for p in prompts if p.kind == kind][:count]


def write_golden(folder: Path) -> dict[str, int]:
    """Returns the number of rows per assistant."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for assistant in ASSISTANTS:
        prompts = pick_golden(assistant)
        text = "".join(json.dumps(_row(p), ensure_ascii=False) + "\n" for p in prompts)
        (folder / f"{assistant}.jsonl").write_text(text)
        counts[assistant] = len(prompts)
    return counts


def _row(prompt: Prompt) -> dict[str, Any]:
    return {
        "messages": prompt.messages,
        "kind": prompt.kind,
        "category": category_of(prompt.kind),
        "checks": checks_to_json(prompt.checks),
    }
