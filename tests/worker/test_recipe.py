"""The run.toml the training child gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.assistants import Assistant
from core.errors import BadConfig
from core.settings import Settings
from trainer.config import load_config
from worker.recipe import make_config, trainer_threads, write_config


def assistant(**trainer: object) -> Assistant:
    return Assistant(name="support", system_prompt="You are kind.", trainer=trainer)


def test_the_trainer_reads_what_was_written(settings: Settings, tmp_path: Path) -> None:
    config = make_config(settings, assistant(beta=0.3), "run_1", tmp_path, tmp_path / "champion")
    write_config(config, tmp_path / "run.toml")
    read = load_config(tmp_path / "run.toml")
    assert read == config
    assert (read.dpo.beta, read.run.run_id, read.run.method) == (0.3, "run_1", "dpo")
    assert read.data.path == str(tmp_path / "snapshot")
    assert read.reference.adapter == str(tmp_path / "champion")
    assert read.run.served_model_name == settings.base_model


def test_a_wrong_declaration_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"dpo\.betta"):
        make_config(settings, assistant(betta=0.3), "run_1", tmp_path, None)


@pytest.mark.parametrize(("asked", "vllm", "expected"), [(3, 1, 3), (0, 10_000, 1)])
def test_threads(settings: Settings, asked: int, vllm: int, expected: int) -> None:
    changes = {"trainer_threads": asked, "vllm_threads": vllm}
    assert trainer_threads(settings.model_copy(update=changes)) == expected
