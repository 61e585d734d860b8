"""Writes the run.toml the training child reads: the recipe's defaults, what the assistant's
declaration changes, and where things are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from core.assistants import Assistant
from core.settings import Settings
from trainer.config import Config, parse_config, to_toml
from worker.choose import Method


def make_config(
    settings: Settings,
    assistant: Assistant,
    method: Method,
    run_id: str,
    directory: Path,
    reference: Path | None,
    rollout_url: str = "",
) -> Config:
    """`directory` is the run's; `reference` the champion's adapter, None for the bare base;
    `rollout_url` a vLLM that samples for PPO, where the assistant names none.

    Raises BadConfig when the assistant's trainer settings are unknown or out of bounds.
    """
    own = assistant.trainer_tables(method)
    evaluate = {
        "golden": assistant.golden,
        "temperature": assistant.sampling.temperature,
        "max_new_tokens": min(160, assistant.sampling.max_tokens),
    }
    tables: dict[str, Any] = {
        "run": {
            "output": str(directory.absolute()),
            "base_model": settings.base_model,
            "served_model_name": settings.base_model,
            "method": method,
            "run_id": run_id,
            "threads": trainer_threads(settings),
            "device": settings.device,
            "max_seconds": settings.run_max_seconds,
            "max_memory_gib": settings.run_max_memory_gib,
        },
        "data": {
            "path": str((directory / "snapshot").absolute()),
            "max_length": settings.max_model_len,
        },
        "reference": {"adapter": str(reference.absolute()) if reference else ""},
        "evaluate": evaluate,
        **own,
        "lora": {"r": min(8, settings.max_lora_rank), **own.get("lora", {})},
    }
    if method == "ppo":
        tables["ppo"] = {"rollout_url": rollout_url, **own.get("ppo", {})}
    return parse_config(tables)


def write_config(config: Config, path: Path) -> None:
    making = path.with_suffix(".tmp")
    making.write_text(to_toml(config), encoding="utf-8")
    making.replace(path)


def trainer_threads(settings: Settings) -> int:
    """All cores but those of vLLM, at least one. A thread that shares its core with the chat is
    waited for by all the others: on two cores, two threads trained twenty times slower than one.
    """
    if settings.trainer_threads:
        return settings.trainer_threads
    cores = len(os.sched_getaffinity(0))
    return max(1, cores - (settings.vllm_threads or max(1, cores // 2)))
