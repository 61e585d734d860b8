"""The run.toml the training child gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.assistants import Assistant, load_assistants
from core.errors import BadConfig
from core.settings import Settings
from trainer.config import load_config
from worker.choose import Method
from worker.recipe import make_config, trainer_threads, write_config


def assistant(recipe: str = "dpo", **trainer: object) -> Assistant:
    declared = {"name": "support", "system_prompt": "You are kind.", "recipe": recipe}
    return Assistant.model_validate({**declared, "trainer": trainer})


def test_the_trainer_reads_what_was_written(settings: Settings, tmp_path: Path) -> None:
    champion = tmp_path / "champion"
    config = make_config(settings, assistant(beta=0.3), "dpo", "run_1", tmp_path, champion)
    write_config(config, tmp_path / "run.toml")
    read = load_config(tmp_path / "run.toml")
    assert read == config
    assert (read.dpo.beta, read.run.run_id, read.run.method) == (0.3, "run_1", "dpo")
    assert read.data.path == str(tmp_path / "snapshot")
    assert read.reference.adapter == str(champion)
    assert read.run.served_model_name == settings.base_model


def test_an_assistant_may_shape_its_adapter(settings: Settings, tmp_path: Path) -> None:
    declared = assistant(dpo={"beta": 0.3}, lora={"targets": ["up_proj"]})
    config = make_config(settings, declared, "dpo", "run_1", tmp_path, None)
    assert (config.dpo.beta, config.lora.targets) == (0.3, ("up_proj",))
    assert config.lora.r == 8


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_auto_sets_the_section_of_the_method_that_is_run(
    settings: Settings, tmp_path: Path, method: Method
) -> None:
    declared = assistant("auto", dpo={"beta": 0.3}, kto={"beta": 0.7})
    config = make_config(settings, declared, method, "run_1", tmp_path, None)
    assert (config.run.method, config.dpo.beta, config.kto.beta) == (method, 0.3, 0.7)


def test_ppo_samples_from_the_fleet_unless_it_is_told_otherwise(
    settings: Settings, tmp_path: Path
) -> None:
    def url(declared: Assistant, fleet: str) -> str:
        config = make_config(settings, declared, "ppo", "run_1", tmp_path, None, fleet)
        assert (config.ppo.passes, config.reward.ensemble) == (2, 3)
        return config.ppo.rollout_url

    plain = assistant("ppo", ppo={"passes": 2}, reward={"ensemble": 3})
    alone = assistant("ppo", ppo={"passes": 2, "rollout_url": ""}, reward={"ensemble": 3})
    assert url(plain, "http://r1:8081") == "http://r1:8081"
    assert url(plain, "") == ""
    assert url(alone, "http://r1:8081") == ""


@pytest.mark.parametrize(
    ("recipe", "trainer", "words"),
    [
        ("auto", {"beta": 0.3}, "beta must stand in a method's section"),
        ("dpo", {"beta": 0.3, "kto": {}}, "beta must stand in a method's section"),
        ("auto", {"run": {"seed": 3}}, "no section run; there is dpo, sft, kto, reward, ppo"),
    ],
)
def test_sections_that_cannot_be_are_refused_at_once(
    tmp_path: Path, recipe: str, trainer: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        assistant(recipe, **trainer)


def test_a_name_that_looks_like_a_trainers_adapter_is_refused(tmp_path: Path) -> None:
    for name, good in (("rollout", False), ("rollout-x", False), ("rollouts", True)):
        path = tmp_path / "assistants.toml"
        path.write_text(f'[{name}]\nsystem_prompt = "Help."\n')
        if good:
            assert load_assistants(path).names == [name]
        else:
            with pytest.raises(BadConfig, match="trainer's own adapters"):
                load_assistants(path)


def test_a_wrong_declaration_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"dpo\.betta"):
        make_config(settings, assistant(betta=0.3), "dpo", "run_1", tmp_path, None)


@pytest.mark.parametrize(("asked", "vllm", "expected"), [(3, 1, 3), (0, 10_000, 1)])
def test_threads(settings: Settings, asked: int, vllm: int, expected: int) -> None:
    changes = {"trainer_threads": asked, "vllm_threads": vllm}
    assert trainer_threads(settings.model_copy(update=changes)) == expected
