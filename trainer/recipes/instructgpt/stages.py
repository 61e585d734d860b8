"""The stages that are no method of the trainer's: texts, bases, rankings, answers.

Each reads what earlier ones left in the directory, and leaves its own files whole or not at all.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from core.errors import RunCancelled
from trainer.backbone import Backbone, load_backbone
from trainer.config import parse_config
from trainer.files import write_json
from trainer.logprobs import row_logprobs
from trainer.lora import Role
from trainer.recipes.instructgpt.people import make_people
from trainer.recipes.instructgpt.plan import (
    BASE_THREADS,
    POLICIES,
    Settings,
    base_dir,
    read_settings,
    run_dir,
)
from trainer.recipes.instructgpt.rankings import Sampled, draw_counts, write_rankings
from trainer.recipes.instructgpt.tasks import (
    Task,
    as_demonstration,
    as_prompt,
    draw_all,
    read_tasks,
    with_shots,
    write_parquet,
    write_rows,
    write_tasks,
)
from trainer.recipes.instructgpt.web import read_thread
from trainer.rows import pack_answers
from trainer.sampling import Ask, generate
from trainer.seedling.model import ModelConfig
from trainer.seedling.rows import Shape
from trainer.seedling.ship import export
from trainer.seedling.train import Loop, pretrain_stage

TOKENIZER = Path(__file__).parents[3] / "models" / "seedling"
"""The shipped model's; its vocabulary is the world's."""
TEMPERATURE = 0.7
"""Of the answers that are compared."""
_RANKED_TEMPERATURE = 1.0
_MICRO_TOKENS = 4096
_DECAY = 0.4
"""Share of the pre-training over which its learning rate falls."""


class Teller:
    """progress.json of a stage, at most twice a second."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "progress.json"
        self.began = time.monotonic()
        self.written = 0.0

    def __call__(self, share: float, message: str) -> None:
        now = time.monotonic()
        if now - self.written < 0.5 and share < 1:
            return
        self.written = now
        eta_s = (now - self.began) * (1 - share) / share if share > 0 else None
        write_json(self.path, {"fraction": share, "eta_s": eta_s, "message": message})


def prepare_tasks(out: Path) -> None:
    """Everything that is asked, the demonstrations, and the bases' tokenizer."""
    settings = read_settings(out)
    tell = Teller(out / "stages" / "tasks")
    tell(0.0, "drawing prompts from the world")
    parts = draw_all(settings.sizes, settings.seed)
    for name, tasks in parts.items():
        write_tasks(out, name, tasks)
    shown = [as_demonstration(task) for task in parts["demonstrations"]]
    write_parquet(out / "data" / "sft" / "demonstrations.parquet", shown)
    write_rows(out / "data" / "sft" / "prompts.jsonl", [as_prompt(t) for t in parts["asked"]])
    for which in ("small", "large"):
        folder = base_dir(out, which) / "tokenizer"
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copyfile(TOKENIZER / name, folder / name)


def pretrain(out: Path, which: str) -> None:
    """Both bases read the same batches: those follow from seed and step alone. Raises RunCancelled
    when it was stopped.
    """
    settings = read_settings(out)
    sizes = settings.sizes
    folder = base_dir(out, which)
    stage = replace(
        pretrain_stage(settings.seed, sizes.text_tokens, None),
        decay=_DECAY,
        short=Shape(sizes.rows, sizes.row_length),
        # A long row now and then, so that examples before a prompt can be read.
        long=Shape(max(1, sizes.rows // 4), 4 * sizes.row_length),
        save_every_s=30.0,
        log_every=4,
    )
    config = ModelConfig(**asdict(getattr(sizes, which)))
    loop = Loop(stage, folder, BASE_THREADS[which], config=config, converse=read_thread)
    progress = loop.run()
    if progress.share(stage) < 1.0:
        raise RunCancelled(f"the {which} base was stopped; run again to go on")
    export(loop.model, folder / "tokenizer", folder / "model")
    parameters = sum(p.numel() for p in loop.model.parameters())
    facts = {**asdict(progress), "parameters": parameters}
    write_json(folder / "base.json", facts)


def rank_answers(out: Path) -> None:
    """Answers of the supervised policy, K = 4 ... 9 to a prompt, ranked by the labellers."""
    settings = read_settings(out)
    sizes = settings.sizes
    tell = Teller(out / "stages" / "rank")
    backbone = open_policy(out, "small", run_dir(out, "sft") / "adapter")
    parts: dict[str, list[Sampled]] = {}
    for number, name in enumerate(("ranked", "ranked_held_out")):
        tasks = read_tasks(out, name)
        seed = settings.seed + number
        counts = draw_counts(len(tasks), seed)
        share = number / 2

        def told(done: float, share: float = share, name: str = name) -> None:
            tell(share + done / 2, f"answers to {name.replace('_', ' ')} prompts")

        parts[name] = sample(backbone, tasks, counts, sizes.max_new_tokens, seed, told)
    people = make_people(sizes.labellers, sizes.held_out_labellers, settings.seed)
    facts = write_rankings(
        out / "data" / "feedback",
        people,
        learned=parts["ranked"],
        held_out=parts["ranked_held_out"],
        asked=read_tasks(out, "asked"),
        seed=settings.seed,
    )
    write_json(out / "people.json", facts)


def sample(
    backbone: Backbone,
    tasks: Sequence[Task],
    counts: Sequence[int],
    max_new_tokens: int,
    seed: int,
    tell: Callable[[float], None],
) -> list[Sampled]:
    """`counts[i]` answers of the policy to task i."""
    prompts = [backbone.renderer.prompt_ids(task.messages) for task in tasks]
    asks = [
        Ask(tuple(prompt), _RANKED_TEMPERATURE)
        for prompt, count in zip(prompts, counts, strict=True)
        for _ in range(count)
    ]
    with backbone.role(Role.POLICY):
        found = iter(generate(backbone, asks, max_new_tokens, seed, tell))
    sampled = []
    for task, prompt, count in zip(tasks, prompts, counts, strict=True):
        ids = [list(next(found).ids) for _ in range(count)]
        sampled.append(Sampled(task, prompt, [(backbone.renderer.text(i), i) for i in ids]))
    return sampled


def answer_small(out: Path) -> None:
    policies: dict[str, Path | None] = {"base": None, "base-shots": None}
    policies |= {name: run_dir(out, name) / "adapter" for name in POLICIES}
    answer_all(out, "small", policies, Teller(out / "stages" / "answers"))


def answer_large(out: Path) -> None:
    policies: dict[str, Path | None] = {"large": None, "large-shots": None}
    answer_all(out, "large", policies, Teller(out / "stages" / "answers-large"))


def answer_all(out: Path, which: str, policies: dict[str, Path | None], tell: Teller) -> None:
    """answers/NAME.json for each policy that has none yet."""
    settings = read_settings(out)
    missing = [name for name in policies if not (out / "answers" / f"{name}.json").exists()]
    (out / "answers").mkdir(exist_ok=True)
    for number, name in enumerate(missing):

        def told(done: float, name: str = name, number: int = number) -> None:
            tell((number + done) / len(missing), f"answers of {name}")

        found = answer(out, which, policies[name], name.endswith("-shots"), settings, told)
        write_json(out / "answers" / f"{name}.json", found)


def answer(
    out: Path,
    which: str,
    adapter: Path | None,
    shots: bool,
    settings: Settings,
    tell: Callable[[float], None],
) -> dict[str, Any]:
    """What one policy says: sampled to `judged`, greedy to `others`; and how likely it finds the
    demonstrations of `others`.
    """
    backbone = open_policy(out, which, adapter)
    judged, others = read_tasks(out, "judged"), read_tasks(out, "others")
    shown = read_tasks(out, "shots") if shots else []
    render = backbone.renderer.prompt_ids
    prompts = [(tuple(render(with_shots(task, shown))), TEMPERATURE) for task in judged]
    prompts += [(tuple(render(task.messages)), 0.0) for task in others]
    role = Role.POLICY if adapter else Role.BASE
    with backbone.role(role):
        asks = [Ask(*prompt) for prompt in prompts]
        found = generate(backbone, asks, settings.sizes.max_new_tokens, settings.seed, tell)
    texts = [backbone.renderer.text(one.ids) for one in found]
    loss, tokens = likelihood(backbone, role, others)
    return {
        "judged": texts[: len(judged)],
        "judged_tokens": [len(one.ids) for one in found[: len(judged)]],
        "others": texts[len(judged) :],
        "others_loss": loss,
        "others_tokens": tokens,
    }


def likelihood(backbone: Backbone, role: Role, tasks: Sequence[Task]) -> tuple[float, int]:
    """Mean negative log-probability per token of what should be answered, and the tokens."""
    renderer = backbone.renderer
    rows = [
        pack_answers(
            number,
            tuple(renderer.prompt_ids(task.messages)),
            [tuple(renderer.answer_ids(task.reference))],
        )
        for number, task in enumerate(tasks)
    ]
    logps_N = torch.cat(row_logprobs(backbone, role, rows, _MICRO_TOKENS, lambda _: None))
    return -logps_N.mean().item(), len(logps_N)


def open_policy(out: Path, which: str, adapter: Path | None) -> Backbone:
    """A base with a policy's adapter on it, if it has one."""
    torch.set_num_threads(1)
    run = {
        "output": str(out),
        "base_model": str(base_dir(out, which) / "model"),
        "threads": 1,
        "device": "cpu",
    }
    backbone = load_backbone(parse_config({"run": run, "data": {"path": str(out)}}))
    if adapter:
        backbone.load(Role.POLICY, adapter)
    return backbone


def read_answers(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "answers" / f"{name}.json").read_text())
    return found
