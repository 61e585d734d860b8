"""The text of the bases: by authors of all kinds, one to a thread, and the same for both."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core.checks import find_values, passes
from core.errors import BadConfig
from tests.conftest import ROOT
from trainer.recipes.instructgpt import web
from trainer.recipes.instructgpt.plan import Settings, begin, make_stages
from trainer.recipes.instructgpt.sizes import FULL, QUICK, Sizes
from trainer.recipes.instructgpt.tasks import draw_all
from trainer.recipes.instructgpt.web import AUTHORS, read_thread
from trainer.seedling.draw import Draw
from trainer.seedling.model import ModelConfig, Seedling
from trainer.seedling.rows import Packer, Shape
from trainer.seedling.tokenizer import load_tokenizer


def thread(seed: int) -> list[str]:
    _, turns = read_thread(Draw(random.Random(seed)))
    return [task.answer for task in itertools.islice(turns, 4)]


def test_threads_are_repeatable_and_have_one_author(monkeypatch: pytest.MonkeyPatch) -> None:
    assert thread(5) == thread(5)
    marked = {
        (lambda d, task, assistant, name=author.__name__: name): share
        for author, share in AUTHORS.items()
        if author is not web.answer_well
    }
    monkeypatch.setattr(web, "AUTHORS", {web.answer_well: AUTHORS[web.answer_well], **marked})
    names = {author.__name__ for author in AUTHORS}
    authors = Counter()
    for seed in range(600):
        said = thread(seed)
        own = set(said) & names
        assert not own or set(said) == own, "a thread's author does not change"
        authors[own.pop() if own else "answer_well"] += 1
    for author, share in AUTHORS.items():
        assert authors[author.__name__] / 600 == pytest.approx(share, abs=0.06)
    assert sum(AUTHORS.values()) == pytest.approx(1)


def test_rows_are_of_whatever_is_conversed() -> None:
    tokenizer = load_tokenizer(ROOT / "models" / "seedling")
    shape = Shape(8, 128)
    first, again = (Packer(tokenizer, 0.1, read_thread).batch("1:2", shape)[0] for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, Packer(tokenizer, 0.1).batch("1:2", shape)[0])


def test_no_part_shares_prompts_with_another() -> None:
    parts = draw_all(QUICK, seed=0)
    keys = {name: {task.key for task in tasks} for name, tasks in parts.items()}
    for one, other in itertools.combinations(("ranked", "ranked_held_out", "judged", "others"), 2):
        assert not keys[one] & keys[other]
    assert not (keys["demonstrations"] | keys["asked"]) & (keys["ranked_held_out"] | keys["judged"])
    assert {task.assistant for task in parts["judged"]} == {"support"}
    kinds = {task.kind for task in parts["judged"]}
    assert {"harm", "neighbour", "policy_absent", "policy_present"} <= kinds
    assert not kinds & {task.kind for task in parts["others"]}
    assert len(parts["ranked"]) == QUICK.ranked
    for task in parts["judged"]:
        said = " ".join(message["content"] for message in task.messages)
        assert passes(task.reference, task.checks)
        assert find_values(task.reference) <= find_values(said), "the shop's own values"


def test_a_directory_belongs_to_one_setting(tmp_path: Path) -> None:
    begin(tmp_path, Settings(quick=True, seed=1))
    begin(tmp_path, Settings(quick=True, seed=1))
    with pytest.raises(BadConfig, match="another --out"):
        begin(tmp_path, Settings(quick=True, seed=2))


def test_a_stage_needs_only_what_comes_before_it(tmp_path: Path) -> None:
    for quick in (True, False):
        seen: set[str] = set()
        for stage in make_stages(tmp_path / str(quick), Settings(quick, 0)):
            assert set(stage.needs) <= seen | {"large"}
            seen.add(stage.name)


@pytest.mark.parametrize("sizes", [FULL, QUICK])
def test_the_large_base_is_at_least_twenty_times_as_large(sizes: Sizes) -> None:
    small, large = (
        sum(p.numel() for p in Seedling(ModelConfig(**asdict(shape))).parameters())
        for shape in (sizes.small, sizes.large)
    )
    assert large >= 20 * small


def test_planning_loads_no_torch() -> None:
    names = ["runner", *(f"instructgpt.{n}" for n in ("plan", "sizes", "tables", "tasks", "web",
                                                      "people", "rankings"))]  # fmt: skip
    imports = ", ".join(f"trainer.recipes.{name}" for name in names)
    code = f"import sys, {imports}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
