"""What is asked in each part of the recipe, on disk: tasks/NAME.jsonl. Imports no torch.

demonstrations  mostly support's, some of the others', for SFT, and again for replay
shots           good examples for the few-shot prompts
ranked          support prompts whose answers are ranked to learn from; PPO asks them too
asked           more support prompts, on which the trainer takes scales and samples
ranked_held_out support prompts that the held-out labellers rank
judged          support prompts on which policies are compared
others          prompts of the other assistants, of kinds that no feedback was given on
Support's prompts are all about the shop of its system prompt, and of kinds that a tiny model can
learn to answer. None of the last three was asked in a part before them, and their contents (names,
values, some kinds of fact) are ones that training never draws.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow
import pyarrow.parquet

from core.check_rows import checks_from_json, checks_to_json
from core.checks import Check
from trainer.recipes.instructgpt.sizes import Sizes
from trainer.seedling.assistants import ASSISTANTS, SYSTEM_PROMPTS
from trainer.seedling.draw import Split
from trainer.seedling.world import Prompt, sample_prompts, sample_shop_prompts

Messages = list[dict[str, str]]

FEEDBACK: Final = "support"
"""The assistant that people give feedback on."""
KINDS: Final = frozenset(
    {
        "policy_present",
        "policy_limited",
        "policy_absent",
        "policy_near_miss",
        "out_of_world",
        "harm",
        "neighbour",
        "who",
        "next_step",
    }
)
"""What people ask that assistant."""
ASKED: Final = 64
_SHOT_KINDS: Final = ("policy_present", "policy_absent", "out_of_world")
_LONGEST: Final = 1500
"""Characters of a prompt; longer ones are left out, so that examples fit before them."""
_SHORT: Final = 300
"""Characters of an example."""
_SPARE: Final = 3
"""Prompts drawn for each one kept, at least."""


@dataclass(frozen=True, slots=True)
class Task:
    """`messages` begin with the assistant's system prompt."""

    assistant: str
    kind: str
    messages: Messages
    checks: list[Check]
    reference: str

    @property
    def key(self) -> str:
        return prompt_key(self.messages)


def prompt_key(messages: Sequence[dict[str, str]]) -> str:
    """The same for the same prompt, wherever it was read."""
    return json.dumps([[message["role"], message["content"]] for message in messages])


def draw_all(sizes: Sizes, seed: int) -> dict[str, list[Task]]:
    """Every part by its name; none of a later split's contents in an earlier one."""
    ranked, new = sizes.ranked, sizes.ranked_held_out
    learned = {
        "demonstrations": [
            task for assistant in ASSISTANTS for task in draw_demonstrations(assistant, sizes, seed)
        ],
        "shots": draw_shots(seed + 1),
        "ranked": draw_many(ranked, seed + 2, "train")[:ranked],
        "asked": draw_many(ASKED, seed + 3, "train")[:ASKED],
    }
    held_out = unasked(draw_many(new, seed + 4, "new_content"), learned)[:new]
    earlier = {**learned, "held_out": held_out}
    judged = unasked(draw_kinds(FEEDBACK, seed + 5), earlier)[: sizes.judged]
    others = [draw_kinds(name, seed + 6) for name in ASSISTANTS if name != FEEDBACK]
    known = {task.kind for task in judged}
    return {
        **learned,
        "ranked_held_out": held_out,
        "judged": judged,
        "others": [
            task
            for tasks in others
            for task in per_kind([t for t in tasks if t.kind not in known], sizes.others)
        ],
    }


def unasked(tasks: Sequence[Task], earlier: Mapping[str, Sequence[Task]]) -> list[Task]:
    """Those that no earlier part asks."""
    asked = {task.key for part in earlier.values() for task in part}
    return [task for task in tasks if task.key not in asked]


def draw_demonstrations(assistant: str, sizes: Sizes, seed: int) -> list[Task]:
    """As the world asks for them."""
    if assistant == FEEDBACK:
        return draw_many(sizes.demonstrations, seed, "train")[: sizes.demonstrations]
    return draw(assistant, sizes.other_demonstrations // (len(ASSISTANTS) - 1), seed, "train")


def draw(assistant: str, count: int, seed: int, split: Split) -> list[Task]:
    """At most `count`, as the world asks them."""
    system = {"role": "system", "content": SYSTEM_PROMPTS[assistant]}
    if assistant == FEEDBACK:
        prompts = sample_shop_prompts(count, seed, split)
    else:
        prompts = sample_prompts(assistant, count, seed, split)
    tasks = (
        Task(assistant, p.kind, [system, *p.messages], p.checks, p.reference)
        for p in prompts
        if _is_short(p) and (assistant != FEEDBACK or p.kind in KINDS)
    )
    return list({task.key: task for task in tasks}.values())


def draw_many(count: int, seed: int, split: Split) -> list[Task]:
    return draw(FEEDBACK, _SPARE * count, seed, split)


def draw_kinds(assistant: str, seed: int) -> list[Task]:
    """So many that every kind is among them."""
    return draw(assistant, 2500, seed, "new_content")


def draw_shots(seed: int) -> list[Task]:
    """One right answer to a first, short message of each of a few kinds."""
    tasks = [
        task
        for task in draw(FEEDBACK, 1500, seed, "train")
        if len(task.messages) == 2 and len(task.messages[1]["content"]) <= _SHORT
    ]
    return [next(task for task in tasks if task.kind == kind) for kind in _SHOT_KINDS]


def _is_short(prompt: Prompt) -> bool:
    return sum(len(message["content"]) for message in prompt.messages) <= _LONGEST


def per_kind(tasks: Sequence[Task], count: int) -> list[Task]:
    """At most `count` of each kind, in the order they came."""
    seen: Counter[str] = Counter()
    kept = []
    for task in tasks:
        seen[task.kind] += 1
        if seen[task.kind] <= count:
            kept.append(task)
    return kept


def with_shots(task: Task, shots: Sequence[Task]) -> Messages:
    """The prompt after examples of how this assistant answers."""
    system, *asked = task.messages
    shown = [
        message
        for shot in shots
        for message in (shot.messages[-1], {"role": "assistant", "content": shot.reference})
    ]
    return [system, *shown, *asked]


def write_tasks(out: Path, name: str, tasks: Sequence[Task]) -> None:
    rows = [{**asdict(task), "checks": checks_to_json(task.checks)} for task in tasks]
    write_rows(out / "tasks" / f"{name}.jsonl", rows)


def read_tasks(out: Path, name: str) -> list[Task]:
    rows = read_rows(out / "tasks" / f"{name}.jsonl")
    return [Task(**{**row, "checks": checks_from_json(row["checks"])}) for row in rows]


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """JSON lines, replaced whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in rows))
    partial.replace(path)


def read_rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), partial)
    partial.replace(path)


def as_demonstration(task: Task) -> dict[str, Any]:
    """A row of demonstrations.parquet."""
    return {
        "prompt": task.messages,
        "completion": task.reference,
        "kind": "edit",
        "user": "",
        "time": 0.0,
        "feedback_id": "",
    }


def as_prompt(task: Task) -> dict[str, Any]:
    """A line of prompts.jsonl."""
    return {"messages": task.messages}
