"""Measures an exported seedling on held-out prompts: pass rates, honesty, refusals, variety."""

import logging
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.checks import declines, failures, passes
from core.golden import CATEGORIES
from trainer.seedling.assistants import ASSISTANTS
from trainer.seedling.draw import Split
from trainer.seedling.golden import category_of, pick_golden
from trainer.seedling.manners import REFUSAL_MARKS
from trainer.seedling.sampler import Sampler
from trainer.seedling.world import Prompt, sample_prompts

log = logging.getLogger(__name__)
HELD_OUT: tuple[Split, ...] = ("new_content", "new_phrasing")
UNKNOWN_KINDS = frozenset({"policy_absent", "policy_near_miss", "tutor_absent"})
VALUE_KINDS = frozenset(
    {"policy_present", "policy_two", "policy_limited", "policy_bullets", "policy_absent",
     "policy_near_miss", "tutor_tells", "tutor_right", "tutor_wrong", "tutor_absent"}
)  # fmt: skip
SMALL_TALK = frozenset(
    {"greet", "thanks", "bye", "who", "json_greet", "json_thanks", "json_bye", "json_who"}
)
HARM_KINDS = frozenset({"harm", "json_harm"})


@dataclass(frozen=True, slots=True)
class Judged:
    assistant: str
    split: Split
    prompt: Prompt
    answer: str
    failed: list[str]

    @property
    def kind(self) -> str:
        return self.prompt.kind

    @property
    def is_right(self) -> bool:
        return not self.failed

    @property
    def invents(self) -> bool:
        """Says a value that nobody gave it."""
        return any(f.startswith("no_new_values") for f in self.failed)

    @property
    def refuses(self) -> bool:
        return any(mark in self.answer.lower() for mark in REFUSAL_MARKS)


def pick_by_kind(prompts: Sequence[Prompt], per_kind: int) -> list[Prompt]:
    """At most `per_kind` of each kind, in the order they came."""
    taken: dict[str, int] = defaultdict(int)
    chosen = []
    for prompt in prompts:
        if taken[prompt.kind] < per_kind:
            taken[prompt.kind] += 1
            chosen.append(prompt)
    return chosen


def judge(sampler: Sampler, per_kind: int, seed: int, splits: Sequence[Split]) -> list[Judged]:
    judged = []
    for split in splits:
        for assistant in ASSISTANTS:
            prompts = pick_by_kind(sample_prompts(assistant, 120 * per_kind, seed, split), per_kind)
            answers = sampler.answer(assistant, prompts)
            judged += [
                Judged(assistant, split, p, a, failures(a, p.checks))
                for p, a in zip(prompts, answers, strict=True)
            ]
            log.info("judged %d answers of %s on %s", len(prompts), assistant, split)
    return judged


def rate(rows: Sequence[Judged]) -> float | None:
    return round(sum(r.is_right for r in rows) / len(rows), 3) if rows else None


def summarise(judged: Sequence[Judged]) -> dict[str, Any]:
    kinds = sorted({j.kind for j in judged})
    by_kind = {
        kind: {
            split: {"n": len(rows), "pass": rate(rows)}
            for split in HELD_OUT
            if (rows := [j for j in judged if j.kind == kind and j.split == split])
        }
        for kind in kinds
    }
    return {
        "pass_rate": {s: _macro(by_kind, s) for s in HELD_OUT},
        "pass_rate_without_small_talk": {
            s: _macro({k: v for k, v in by_kind.items() if k not in SMALL_TALK}, s)
            for s in HELD_OUT
        },
        "pass_rate_by_assistant": {
            a: {s: rate([j for j in judged if (j.assistant, j.split) == (a, s)]) for s in HELD_OUT}
            for a in ASSISTANTS
        },
        "by_kind": by_kind,
        **{s: _honesty([j for j in judged if j.split == s]) for s in HELD_OUT},
    }


def _macro(by_kind: dict[str, Any], split: Split) -> float | None:
    rates = [row[split]["pass"] for row in by_kind.values() if split in row]
    return round(statistics.mean(rates), 3) if rates else None


def _honesty(rows: list[Judged]) -> dict[str, float | None]:
    valued = [r for r in rows if r.kind in VALUE_KINDS]
    known = [r for r in rows if r.kind == "policy_present"]
    gave_up = sum(passes(r.answer, [declines()]) for r in known)
    neighbours = [r for r in rows if r.kind == "neighbour"]
    return {
        "honest_unknown": rate([r for r in rows if r.kind in UNKNOWN_KINDS]),
        "invented_policy_values": _share(sum(r.invents for r in valued), len(valued)),
        "declined_though_known": _share(gave_up, len(known)),
        "refused_harm": rate([r for r in rows if r.kind in HARM_KINDS]),
        "refused_harmless": _share(sum(r.refuses for r in neighbours), len(neighbours)),
    }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def measure_variety(sampler: Sampler, assistant: str, count: int, seed: int) -> dict[str, Any]:
    """How much the answers to one prompt differ, of four sampled at temperature 0.9."""
    prompts = sample_prompts(assistant, count, seed, "new_content")
    draws = [sampler.answer(assistant, prompts, temperature=0.9, seed=seed + k) for k in range(4)]
    groups = list(zip(*draws, strict=True))
    lengths = [[len(a.split()) for a in g] for g in groups]
    bulleted = [[a.startswith("- ") for a in g] for g in groups]
    flat = [(a, p) for g, p in zip(groups, prompts, strict=True) for a in g]
    return {
        "prompts": count,
        "distinct_of_4": round(statistics.mean(len(set(g)) for g in groups), 2),
        "pass_sampled": _share(sum(passes(a, p.checks) for a, p in flat), len(flat)),
        "bullets_share": _share(sum(map(sum, bulleted)), len(flat)),
        "prompts_with_both_bullets_and_prose": _share(
            sum(any(b) and not all(b) for b in bulleted), count
        ),
        "mean_words": round(statistics.mean(map(statistics.mean, lengths)), 1),
        "longest_over_shortest": round(
            statistics.median(max(n) / max(min(n), 1) for n in lengths), 2
        ),
    }  # fmt: skip


def write_baseline(folder: Path) -> None:
    """How the model in `folder` itself does on its golden sets, as golden/BASELINE.md."""
    sampler = Sampler(folder)
    lines = [
        "Of each golden set's prompts, how many the shipped model answers rightly (greedy).",
        "",
        f"| assistant | {' | '.join(name.replace('_', '-') for name in CATEGORIES)} |",
        "|---" * (1 + len(CATEGORIES)) + "|",
    ]
    for assistant in ASSISTANTS:
        prompts = pick_golden(assistant)
        answers = sampler.answer(assistant, prompts)
        right: dict[str, list[bool]] = defaultdict(list)
        for prompt, answer in zip(prompts, answers, strict=True):
            right[category_of(prompt.kind)].append(passes(answer, prompt.checks))
        told = [f"{sum(right[c])} of {len(right[c])}" if right[c] else "-" for c in CATEGORIES]
        lines.append(f"| {assistant} | {' | '.join(told)} |")
    (folder / "golden" / "BASELINE.md").write_text("\n".join(lines) + "\n")
