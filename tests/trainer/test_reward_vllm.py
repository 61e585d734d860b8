"""A real vLLM gives a published reward model's scores, started as the model card says."""

from __future__ import annotations

import json
import shlex
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import ROOT, Vllm, free_port
from tests.trainer.conftest import make_pairs, write_jsonl
from trainer.__main__ import main
from trainer.backbone import load_backbone
from trainer.config import parse_config, to_toml
from trainer.lora import Role
from trainer.reward_model import load_reward
from trainer.rows import pack_answers

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

ON_CPU = ("--max-model-len", "512", "--max-num-seqs", "8", "--max-num-batched-tokens", "512")
SMALL_CACHE = ("--kv-cache-memory-bytes", str(2**26), "--no-enable-chunked-prefill")
TOLERANCE = 1e-4
"""fp32 on both sides."""


def classify(url: str, model: str, inputs: list[list[int]]) -> torch.Tensor:
    body = {"model": model, "input": inputs, "use_activation": False}
    request = urllib.request.Request(
        f"{url}/classify", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return torch.tensor([row["probs"] for row in json.load(reply)["data"]])[:, 0]


def command_of_card(card: Path) -> tuple[str, ...]:
    (line,) = [line for line in card.read_text().splitlines() if line.startswith("python -m vllm")]
    return (sys.executable, *shlex.split(line)[1:])


def test_vllm_classifies_with_the_published_adapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables: dict[str, Any] = {
        "run": {
            "output": str(tmp_path / "out"),
            "base_model": str(ROOT / "models" / "seedling"),
            "method": "reward",
            "dtype": "float32",
            "device": "cpu",
            "threads": 1,
        },
        "data": {"path": str(write_jsonl(tmp_path / "votes.jsonl", make_pairs(8, seed=1)))},
        "reward": {"steps": 4, "learning_rate": 1e-2, "warmup_steps": 0, "ensemble": 2},
        "evaluate": {"prompts": 0},
    }
    config = parse_config(tables)
    (tmp_path / "run.toml").write_text(to_toml(config))
    assert main(["reward", "--config", str(tmp_path / "run.toml")]) == 0

    backbone = load_backbone(config)
    model = load_reward(backbone, tmp_path / "out" / "reward")
    answers = [backbone.renderer.answer_ids(text) for text in ("Thank you.", "It is late!", "no")]
    prompts = [
        backbone.renderer.prompt_ids([{"role": "user", "content": text}])
        for text in ("Hello!", "Where is my parcel?")
    ]
    rows = [pack_answers(i, x, answers, keep_ends=True) for i, x in enumerate(prompts)]
    bare = replace(model, members=tuple(replace(m, role=Role.BASE) for m in model.members))
    raw_EA = model.raw_scores(rows)
    assert (raw_EA - bare.raw_scores(rows)).abs().min() > 100 * TOLERANCE, "the adapters matter"

    monkeypatch.setenv("VLLM_CPU_OMP_THREADS_BIND", "nobind")
    argv = (*command_of_card(tmp_path / "out" / "model_card.md"), *ON_CPU, *SMALL_CACHE)
    vllm = Vllm(free_port(), tmp_path / "vllm.log", argv)
    vllm.start()
    try:
        inputs = [[*x, *y] for x in prompts for y in answers]
        found = [classify(vllm.url, name, inputs) for name in ("reward", "reward-2")]
    finally:
        vllm.stop()
    torch.testing.assert_close(torch.stack(found), raw_EA, atol=TOLERANCE, rtol=0)

    document = json.loads((tmp_path / "out" / "reward" / "reward.json").read_text())
    parts = [m["gain"] * r + m["bias"] for m, r in zip(document["members"], found, strict=True)]
    reward_A = torch.stack(parts).mean(0) / document["spread"]
    torch.testing.assert_close(reward_A, model.scores(rows), atol=1e-2, rtol=1e-3)
