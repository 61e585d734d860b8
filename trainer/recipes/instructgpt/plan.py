"""Which stages the recipe has, what each is started with, and the trainer's run files. Torch-free.

Two stages at a time fill two cores. The large base needs longer than all the rest, so it alone has
two threads, which share out its micro-batches: both cores are its own once the rest is done.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import BadConfig
from trainer.config import parse_config, to_toml
from trainer.files import write_json
from trainer.recipes.instructgpt.sizes import FULL, QUICK, Sizes
from trainer.recipes.runner import Stage

SETTINGS: Final = "recipe.json"
RESULTS: Final = "results.json"
MODULE: Final = "trainer.recipes.instructgpt"
SLOTS: Final = 2
BASE_THREADS: Final = {"small": 1, "large": 2}
ENVIRONMENT: Final = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
POLICIES: Final = ("sft", "dpo", "ppo", "ppo-replay", "ppo-free")
"""Adapters on the small base, each in runs/NAME/adapter."""
UPDATED: Final = ("ppo", "ppo-replay", "ppo-free")
"""Those of them that were learned in updates with rollouts."""

_LORA: Final = {"r": 32, "alpha": 64}
_UNLIMITED: Final = 1e6


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides a run's figures; a directory belongs to one."""

    quick: bool
    seed: int

    @property
    def sizes(self) -> Sizes:
        return QUICK if self.quick else FULL


def begin(out: Path, settings: Settings) -> None:
    """Makes the directory this run's. Raises BadConfig where it was begun with other settings."""
    path = out / SETTINGS
    if path.exists() and read_settings(out) != settings:
        raise BadConfig(
            f"{out} was begun with {read_settings(out)}, not {settings}; use the same options, or "
            "another --out"
        )
    out.mkdir(parents=True, exist_ok=True)
    write_json(path, asdict(settings))


def read_settings(out: Path) -> Settings:
    return Settings(**json.loads((out / SETTINGS).read_text()))


def base_dir(out: Path, which: str) -> Path:
    """Of the small or the large base: its pre-training, and the model in model/."""
    return out / "bases" / which


def run_dir(out: Path, name: str) -> Path:
    """Output of one of the trainer's methods."""
    return out / "runs" / name


def make_stages(out: Path, settings: Settings) -> list[Stage]:
    """In an order in which whatever is first starts first."""
    write_run_files(out, settings)
    return [
        _own(out, "tasks", "prompts, demonstrations, text", ()),
        _own(out, "large", "large base: pre-training", ("tasks",), base_dir(out, "large")),
        _own(out, "small", "small base: pre-training", ("tasks",), base_dir(out, "small")),
        _method(out, "sft", "SFT on demonstrations", "sft", ("small",)),
        _own(out, "rank", "answers, ranked by labellers", ("sft",)),
        _method(out, "reward", "reward model", "reward", ("rank",)),
        _method(out, "ppo", "PPO with KL", "ppo", ("reward",)),
        _method(out, "ppo-replay", "PPO with KL and replay", "ppo", ("reward",)),
        _method(out, "ppo-free", "PPO without KL", "ppo", ("reward",)),
        _method(out, "dpo", "DPO", "dpo", ("rank",)),
        _own(out, "answers", "answers of the small ones", POLICIES),
        _own(out, "answers-large", "answers of the large base", ("large",)),
        _own(out, "report", "figures, plots, report", ("answers", "answers-large")),
    ]


def _own(
    out: Path, name: str, title: str, needs: tuple[str, ...], directory: Path | None = None
) -> Stage:
    argv = [sys.executable, "-m", MODULE, name, "--out", str(out)]
    return Stage(name, title, argv, needs, directory or out / "stages" / name)


def _method(out: Path, name: str, title: str, method: str, needs: tuple[str, ...]) -> Stage:
    config = str(out / "runs" / f"{name}.toml")
    argv = [sys.executable, "-m", "trainer", method, "--config", config, "--resume"]
    return Stage(name, title, argv, needs, run_dir(out, name))


def write_run_files(out: Path, settings: Settings) -> None:
    """runs/NAME.toml of every stage that is one of the trainer's methods."""
    (out / "runs").mkdir(parents=True, exist_ok=True)
    for name, sections in _sections(out, settings.sizes).items():
        text = to_toml(parse_config(_tables(out, name, settings, sections)))
        path = out / "runs" / f"{name}.toml"
        partial = path.with_suffix(".partial")
        partial.write_text(text)
        os.replace(partial, path)


def _tables(
    out: Path, name: str, settings: Settings, sections: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    champion = "" if name == "sft" else str(run_dir(out, "sft") / "adapter")
    tables: dict[str, Any] = {
        "run": {
            "output": str(run_dir(out, name)),
            "base_model": str(base_dir(out, "small") / "model"),
            "served_model_name": "small",
            "run_id": name,
            "seed": settings.seed,
            "threads": 1,
            "device": "cpu",
            "max_seconds": _UNLIMITED,
        },
        "data": {"path": str(out / "data" / ("sft" if name == "sft" else "feedback"))},
        "reference": {"adapter": champion},
        "lora": _LORA,
        "evaluate": {"prompts": 16, "max_new_tokens": settings.sizes.max_new_tokens},
    }
    for table, values in sections.items():
        tables[table] = {**tables.get(table, {}), **values}
    return tables


def _sections(out: Path, sizes: Sizes) -> dict[str, dict[str, dict[str, Any]]]:
    """Stage -> what its run file says beside the common tables."""
    ppo = {
        "steps": sizes.updates,
        "prompts": sizes.update_prompts,
        "samples": sizes.update_samples,
        "max_new_tokens": sizes.max_new_tokens,
        "reward": str(run_dir(out, "reward") / "reward"),
        "batch_size": 64,
        "learning_rate": 2e-3,
        "beta": 0.1,
        "max_kl": _UNLIMITED,
        "keep_rollouts": True,
    }
    method = {"run": {"method": "ppo"}}
    return {
        "sft": {
            "run": {"method": "sft"},
            "sft": {"epochs": sizes.sft_epochs, "batch_size": 16, "learning_rate": 5e-3},
        },
        "reward": {
            "run": {"method": "reward"},
            "reward": {
                "epochs": sizes.reward_epochs,
                "batch_size": 64,
                "learning_rate": 2e-3,
                "ensemble": 1,
            },
            "evaluate": {"prompts": 64},
        },
        "dpo": {
            "run": {"method": "dpo"},
            "dpo": {
                "start": "champion",
                "epochs": sizes.dpo_epochs,
                "batch_size": 64,
                "learning_rate": 1e-3,
                "nll_weight": 0.0,
            },
        },
        "ppo": {**method, "ppo": ppo},
        "ppo-replay": {
            **method,
            "ppo": {
                **ppo,
                "sft_weight": 0.3,
                "replay": str(out / "data" / "sft" / "demonstrations.parquet"),
            },
        },
        "ppo-free": {**method, "ppo": {**ppo, "beta": 0.0, "steps": sizes.free_updates}},
    }
