"""The generated world: deterministic, right by its own checks, split cleanly, and torch-free."""

import itertools
import json
import random
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from core.check_rows import checks_from_json
from core.checks import failures, find_values, passes
from core.golden import CATEGORIES
from trainer.seedling import manners, policy, writing
from trainer.seedling.assistants import (
    ASSISTANTS,
    SHIPPED_POLICY,
    SYSTEM_PROMPTS,
    shipped_facts,
)
from trainer.seedling.draw import SPLITS, Draw, Split, is_held_content, split_phrases
from trainer.seedling.facts import UNSEEN
from trainer.seedling.golden import pick_golden
from trainer.seedling.names import made_word
from trainer.seedling.shop_facts import SHOP
from trainer.seedling.tasks import Task, make_style
from trainer.seedling.thing_facts import THINGS
from trainer.seedling.world import conversation, sample_prompts, small_talk

ROOT = Path(__file__).parents[2]


def turns(assistant: str, split: Split, seed: int, count: int) -> list[Task]:
    d = Draw(random.Random(f"{assistant}{seed}"), split)
    _, stream = conversation(d, assistant)
    return list(itertools.islice(stream, count))


@pytest.mark.parametrize("assistant", ASSISTANTS)
def test_same_seed_gives_the_same_prompts(assistant: str) -> None:
    assert sample_prompts(assistant, 30, 4, "train") == sample_prompts(assistant, 30, 4, "train")
    assert sample_prompts(assistant, 30, 4, "train") != sample_prompts(assistant, 30, 5, "train")


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("assistant", ASSISTANTS)
def test_reference_answers_pass_their_own_checks(assistant: str, split: Split) -> None:
    for seed in range(60):
        for task in turns(assistant, split, seed, 8):
            assert not failures(task.answer, task.checks), (task.kind, task.user, task.answer)
    for prompt in sample_prompts(assistant, 200, 1, split):
        assert passes(prompt.reference, prompt.checks)


def test_corrupted_answers_fail() -> None:
    """A changed value, an empty answer and another task's answer are all rejected."""
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for assistant in ASSISTANTS:
        for seed in range(60):
            tasks = turns(assistant, "new_content", seed, 6)
            for task in tasks:
                assert not passes("", task.checks)
                for value in find_values(task.answer):
                    if value.isdigit():
                        tried[task.kind] += 1
                        wrong = task.answer.replace(value, value + "7")
                        caught[task.kind] += not passes(wrong, task.checks)
    assert sum(tried.values()) > 300
    assert caught == tried


def test_babble_passes_nothing_but_loose_follow_ups() -> None:
    for assistant in ASSISTANTS:
        for prompt in sample_prompts(assistant, 150, 3, "new_content"):
            assert not passes("blue blue lamp seven of the the", prompt.checks), prompt.kind


@pytest.mark.parametrize(
    "phrasings",
    [k.questions for k in SHOP + THINGS] + [k.statements for k in SHOP + THINGS]
    + list(writing._REQUESTS.values()) + [manners._OUT, manners._HARM, policy._LIST],
)  # fmt: skip
def test_phrasings_are_split_disjoint(phrasings: tuple[str, ...]) -> None:
    known, held = split_phrases(tuple(phrasings))
    assert known
    assert held
    assert not set(known) & set(held)


def test_contents_are_split_disjoint() -> None:
    train = {made_word(Draw(random.Random(i))).lower() for i in range(800)}
    held = {made_word(Draw(random.Random(i), "new_content")).lower() for i in range(800)}
    assert not train & held
    assert all(is_held_content(word) for word in held)


def test_unseen_facts_never_reach_training() -> None:
    labels = {k.key for k in SHOP + THINGS}
    assert labels >= UNSEEN
    for seed in range(40):
        for task in turns("support", "train", seed, 8):
            assert "late fee" not in task.user.lower()
            assert "student discount" not in task.user.lower()


def test_fifty_phrasings_or_more_of_each_kind() -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for assistant in ASSISTANTS:
        d = Draw(random.Random(assistant))
        for _ in range(2000):
            task = small_talk(d, assistant)
            said[task.kind].add(task.user.lower())
        for seed in range(250):
            for task in turns(assistant, "train", seed, 8):
                for follow in task.follow_ups:
                    more = follow(d, make_style(d))
                    said[more.kind].add(more.user.lower())
                said[task.kind].add(task.user.lower())
    few = {kind: len(texts) for kind, texts in said.items() if len(texts) < 50}
    assert not few


@pytest.mark.parametrize("assistant", ["support", "tutor", "writer"])
def test_answers_to_one_kind_vary_in_form(assistant: str) -> None:
    answers = [p.reference for p in sample_prompts(assistant, 300, 2, "train")]
    bulleted = sum(a.startswith("- ") for a in answers) / len(answers)
    lengths = sorted(len(a.split()) for a in answers)
    assert 0.1 < bulleted < 0.6
    assert lengths[len(lengths) * 9 // 10] >= 2 * lengths[len(lengths) // 10]


def test_shipped_policy_is_what_its_facts_say() -> None:
    for fact in shipped_facts():
        assert fact.value in SHIPPED_POLICY
    assert SYSTEM_PROMPTS["support"].endswith(SHIPPED_POLICY)


def test_assistants_file_has_the_prompts_of_training() -> None:
    declared = tomllib.loads((ROOT / "assistants.toml").read_text())
    assert {name: declared[name]["system_prompt"] for name in ASSISTANTS} == SYSTEM_PROMPTS


@pytest.mark.parametrize("assistant", ASSISTANTS)
def test_golden_files_are_what_the_generator_makes(assistant: str) -> None:
    path = ROOT / "models/seedling/golden" / f"{assistant}.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    wanted = pick_golden(assistant)
    assert 110 <= len(rows) <= 160
    assert [r["messages"] for r in rows] == [p.messages for p in wanted]
    assert {r["category"] for r in rows} <= set(CATEGORIES)
    assert not [p.kind for p in wanted if failures(p.reference, p.checks)]
    assert [checks_from_json(r["checks"]) for r in rows] == [p.checks for p in wanted]


def test_world_imports_no_torch() -> None:
    code = (
        "import sys; import trainer.seedling.world, trainer.seedling.golden, core.checks;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'tokenizers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
