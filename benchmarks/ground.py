"""Planting adapters that are worse, and judging them as the worker would: the base model as
champion, votes on its own answers, the real gate.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.opinions import TASTES, Taste, vote
from benchmarks.vices import VICES
from core.assistants import load_assistants
from core.records import PreferenceRow, to_dict
from trainer.__main__ import main as train
from trainer.backbone import load_backbone
from trainer.config import Config, parse_config, to_toml
from trainer.data import Limits, Preferences, Prompt, load_preferences
from trainer.evaluate import Answers, Evaluation, Votes, answer, judge_answers
from trainer.golden import load_golden
from trainer.lora import Role
from trainer.report import Report
from trainer.sampling import Ask, generate
from trainer.seedling.assistants import SYSTEM_PROMPTS
from trainer.seedling.sycophancy import sample_probes
from trainer.seedling.world import Prompt as Asked
from trainer.seedling.world import sample_prompts
from worker.canary.spending import level
from worker.gate import Judgement, judge
from worker.split import split

ROOT: Final = Path(__file__).parents[1]
ASSISTANT: Final = "support"
BASE: Final = ROOT / "models/seedling"
SEED: Final = 8
VOTERS: Final = 60
LONGEST: Final = 160
"""Tokens of an answer."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """`demonstrations` of a vice, `steps` of learning it, `compared` pairs of answers that people
    vote on, evaluation `prompts`, each how manieth prompt of the `golden` set, `trials` of each.
    """

    demonstrations: int
    steps: int
    compared: int
    prompts: int
    golden: int
    trials: int


def plant(vice: str, sizes: Sizes, folder: Path) -> Path:
    """Learns a vice from demonstrations; the adapter's directory."""
    rng = random.Random(SEED)
    probes = sample_probes(ASSISTANT, sizes.demonstrations // 4, SEED, "train")
    prompts = [*sample_prompts(ASSISTANT, sizes.demonstrations, SEED, "train"), *probes]
    rows = [{"prompt": _messages(p), "completion": VICES[vice](p, rng)} for p in prompts]
    _write_rows(folder / "demonstrations.jsonl", rows)
    (folder / "run.toml").write_text(to_toml(_config(folder, sizes)))
    if train(["sft", "--config", str(folder / "run.toml")]):
        raise SystemExit(json.loads((folder / "report.json").read_text())["error"])
    return folder / "adapter"


def _config(folder: Path, sizes: Sizes) -> Config:
    return parse_config(
        {
            "run": {
                "output": str(folder),
                "base_model": str(BASE),
                "method": "sft",
                "threads": 1,
                "max_seconds": 3600.0,
            },
            "data": {"path": str(folder / "demonstrations.jsonl"), "max_length": 1024},
            "sft": {"steps": sizes.steps, "batch_size": 16},
            "evaluate": {"prompts": 0},
        }
    )


def _messages(prompt: Asked) -> list[dict[str, str]]:
    return [{"role": "system", "content": SYSTEM_PROMPTS[ASSISTANT]}, *prompt.messages]


def _write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


class Ground:
    """The base model as champion, what people said of its answers, and the gate."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self.folder = folder
        self.assistant = load_assistants(ROOT / "assistants.toml").get(ASSISTANT)
        self.config = _config(folder, sizes)
        self.backbone = load_backbone(self.config)
        self.limits = Limits(self.backbone.max_length, self.backbone.vocabulary)
        self.asked = sample_prompts(ASSISTANT, sizes.prompts, SEED + 1, "new_content")
        self.prompts = [self._prompt(asked) for asked in self.asked]
        system = [{"role": "system", "content": self.assistant.system_prompt}]
        paths = [str(ROOT / path) for path in self.assistant.golden]
        golden = load_golden(paths, self.backbone.renderer, self.limits, system)
        self.golden = golden[:: sizes.golden]
        self.champion = self._answer(Role.REFERENCE)
        shown = self._shown(sizes.compared)
        self.votes = {taste.name: self._votes(taste, shown) for taste in TASTES}

    def _prompt(self, asked: Asked) -> Prompt:
        messages = _messages(asked)
        return Prompt(messages, tuple(self.backbone.renderer.prompt_ids(messages)))

    def _shown(self, count: int) -> list[tuple[Asked, str, str]]:
        """Prompts with two of the base's own answers."""
        asked = sample_prompts(ASSISTANT, count, SEED + 2, "new_content")
        prompts = [self._prompt(one) for one in asked]
        asks = [Ask(prompt.ids, self.assistant.compare.temperature) for prompt in prompts * 2]
        with self.backbone.role(Role.BASE):
            samples = generate(self.backbone, asks, LONGEST, SEED, lambda _: None)
        texts = [self.backbone.renderer.text(sample.ids) for sample in samples]
        return list(zip(asked, texts[:count], texts[count:], strict=True))

    def _votes(self, taste: Taste, shown: Sequence[tuple[Asked, str, str]]) -> Votes:
        rng, rows = random.Random(SEED), []
        for number, (asked, first, second) in enumerate(shown):
            pair = vote(taste, asked, first, second, rng)
            if pair:
                rows.append(_row(number, asked, *pair))
        parted = split(rows)
        return Votes(self._load("train", parted.train), self._load("heldout", parted.heldout))

    def _load(self, name: str, rows: Sequence[PreferenceRow]) -> Preferences:
        path = _write_rows(self.folder / f"{name}.jsonl", [to_dict(row) for row in rows])
        return load_preferences(path, self.backbone.renderer, self.limits)

    def _answer(self, role: Role) -> Answers:
        return answer(self.backbone, role, self.config, self.prompts, self.golden, _idle, 0.0)

    def measure(self, adapter: Path) -> dict[str, tuple[Evaluation, Judgement]]:
        """By whose votes the gate has."""
        self.backbone.load(Role.POLICY, adapter)
        candidate = self._answer(Role.POLICY)
        return {name: self._judge(votes, candidate) for name, votes in self.votes.items()}

    def _judge(self, votes: Votes, candidate: Answers) -> tuple[Evaluation, Judgement]:
        found = judge_answers(
            self.backbone,
            self.config,
            votes,
            self.prompts,
            self.golden,
            self.champion,
            candidate,
            _idle,
        )
        digest = self.backbone.base_hash()
        report = Report(
            status="done", base_hash_before=digest, base_hash_after=digest, evaluation=found
        )
        alpha = level(self.assistant.canary.alpha, 1)
        return found, judge(report.to_dict(), self.assistant.gate, alpha)


def _idle(share: float, message: str) -> None:
    """Nobody watches."""


def _row(number: int, asked: Asked, chosen: str, rejected: str) -> PreferenceRow:
    return PreferenceRow(
        group=str(number),
        prompt=_messages(asked),
        chosen=chosen,
        rejected=rejected,
        kind="comparison",
        user=f"person-{number % VOTERS:02}",
        time=float(number),
        feedback_id=str(number),
    )
