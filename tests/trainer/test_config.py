"""The run's TOML file: what is refused, and that reading it needs no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadConfig
from trainer.config import Config, load_config, parse_config, to_toml

SMALLEST: dict[str, Any] = {"run": {"output": "o", "base_model": "b"}, "data": {"path": "d"}}


def changed(section: str, **values: Any) -> dict[str, Any]:
    return {**SMALLEST, section: {**SMALLEST.get(section, {}), **values}}


def test_defaults() -> None:
    config = parse_config(SMALLEST)
    assert config.run.served_model_name == "b"
    assert (config.dpo.beta, config.dpo.loss, config.lora.r) == (0.1, "sigmoid", 8)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (changed("dpo", learning_rte=1e-3), "unknown key dpo.learning_rte"),
        ({**SMALLEST, "grpo": {}}, "unknown key grpo"),
        (changed("reward", ensemble=5), "reward.ensemble: expected a value from 1 to 4, got 5"),
        (changed("reward", thumbs_cap=0.6), "reward.thumbs_cap: expected a value from 0 to 0.5"),
        (changed("reward", loss="ipo"), "reward.loss: expected one of sigmoid, robust"),
        ({"run": {"output": "o"}, "data": {"path": "d"}}, "missing key run.base_model"),
        ({"run": {"output": "o", "base_model": "b"}}, "missing key data"),
        (changed("dpo", beta="0.1"), "dpo.beta: expected float, got '0.1'"),
        (changed("dpo", steps=True), "dpo.steps: expected int, got True"),
        (changed("dpo", loss="hinge"), "dpo.loss: expected one of sigmoid, ipo, robust"),
        (changed("dpo", beta=0.0), "dpo.beta: expected a value from"),
        (changed("kto", beta=0.0), "kto.beta: expected a value from"),
        (changed("kto", comparisons=1), "kto.comparisons: expected bool, got 1"),
        (changed("sft", batch_size=0), "sft.batch_size: expected a value from"),
        (changed("dpo", learning_rate=float("nan")), "dpo.learning_rate: expected a value"),
        (changed("dpo", loss="ipo", label_smoothing=0.1), "dpo.label_smoothing: ipo has none"),
        (changed("run", seed=-1), "run.seed: expected a value from 0 to"),
        (changed("evaluate", seed=2**32), "evaluate.seed: expected a value from 0 to"),
        (changed("lora", targets=[]), "lora.targets: expected at least one"),
        (changed("lora", targets="q_proj"), "lora.targets: expected a list of strings"),
        ({**SMALLEST, "lora": 8}, "expected a table [lora], got 8"),
    ],
)
def test_refusals_name_the_key(tables: dict[str, Any], said: str) -> None:
    with pytest.raises(BadConfig) as caught:
        parse_config(tables)
    assert said in caught.value.message


def test_written_config_reads_back(tmp_path: Path) -> None:
    tables = changed("run", output='a "quoted" päth', max_seconds=12, seed=3)
    config = parse_config({**tables, "lora": {"targets": ["q_proj"]}})
    path = tmp_path / "run.toml"
    path.write_text(to_toml(config))
    assert load_config(path) == config


def test_missing_and_broken_files_are_bad_config(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="expected a run's TOML file"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("[run")
    with pytest.raises(BadConfig, match="is not TOML"):
        load_config(tmp_path / "broken.toml")


def test_digest_follows_what_decides_the_adapter_only() -> None:
    def digest(tables: dict[str, Any]) -> str:
        config: Config = parse_config(tables)
        return config.digest()

    same = digest(SMALLEST)
    assert digest(changed("run", max_seconds=5, output="elsewhere", threads=7)) == same
    assert digest(changed("evaluate", prompts=3)) == same
    assert digest(changed("dpo", beta=0.2)) != same
    assert digest(changed("run", seed=1)) != same
    sampled = {"run": {**SMALLEST["run"], "method": "ppo"}}
    ppo = digest(SMALLEST | sampled)
    assert digest(changed("evaluate", golden=["checks.jsonl"]) | sampled) == ppo
    assert digest(changed("evaluate", prompts=3) | sampled) != ppo


def test_reading_a_config_imports_no_torch() -> None:
    program = (
        "import sys, trainer.config, trainer.report, trainer.__main__;"
        "sys.exit(', '.join({'torch', 'transformers', 'numpy'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
