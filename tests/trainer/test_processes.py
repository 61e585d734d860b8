"""Two processes learn what one would have: the same losses, the same adapter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import multiprocessing

from core.errors import OutOfBudget, RunCancelled
from tests.conftest import ROOT, free_port
from tests.trainer.conftest import make_pairs, write_jsonl
from trainer import processes
from trainer.config import parse_config, to_toml
from trainer.guard import Guard

STEPS = {"steps": 4, "batch_size": 5, "learning_rate": 5e-3, "warmup_steps": 1}


def train(tables: dict[str, Any], method: str, count: int, output: Path) -> Path:
    """The run's output; `python -m trainer` alone, or as `accelerate launch` starts it."""
    output.mkdir()
    run = {**tables["run"], "output": str(output), "method": method, "micro_tokens": 128}
    config = parse_config({**tables, "run": run, method: STEPS})
    path = output / "run.toml"
    path.write_text(to_toml(config))
    launch = ["-m", "accelerate.commands.launch", "--cpu", "--num_machines", "1"]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no"]
    launch += ["--num_processes", str(count), "--main_process_port", str(free_port())]
    command = [sys.executable, *(launch if count > 1 else []), "-m", "trainer"]
    command += [method, "--config", str(path)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return output


def losses(output: Path) -> list[float]:
    lines = (output / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["loss"] for line in lines]


def take_place(rank: int, port: int) -> None:
    """This process is one of two."""
    there = {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    os.environ.update({**there, "MASTER_PORT": str(port)})


def sum_some_gradients(rank: int, port: int) -> None:
    take_place(rank, port)
    both, one, none = (torch.ones(size, requires_grad=True) for size in (2, 3, 4))
    both.grad = torch.full((2,), float(rank + 1))
    one.grad = torch.full((3,), 5.0) if rank else None
    with processes.joined():
        processes.sum_gradients([both, one, none])
    assert both.grad.tolist() == [3.0] * 2
    assert one.grad is not None
    assert one.grad.tolist() == [5.0] * 3
    assert none.grad is None, "Adam would move it by what it remembers"


def test_only_what_some_process_learned_is_moved() -> None:
    multiprocessing.spawn(sum_some_gradients, (free_port(),), nprocs=2)  # type: ignore[no-untyped-call]


def stop_for_one(rank: int, port: int) -> None:
    take_place(rank, port)
    late = Guard(max_seconds=0.0) if rank else Guard()
    told = Guard(cancelled="SIGTERM") if rank else Guard()
    with processes.joined():
        with pytest.raises(OutOfBudget, match=r"run\.max_seconds") as found:
            late.check_together()
        with pytest.raises(RunCancelled, match="SIGTERM"):
            told.check_together()
    assert found.value.message.startswith("another process") == (rank == 0)


def test_what_stops_one_stops_all_for_its_reason() -> None:
    multiprocessing.spawn(stop_for_one, (free_port(),), nprocs=2)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("method", ["dpo", "kto", "sft", "reward"])
def test_two_processes_equal_one(
    method: str, make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    tables = make_tables(evaluate={"prompts": 0})
    if method in ("kto", "sft"):
        rows = [
            {"prompt": pair["prompt"], "completion": pair[side], "label": side == "chosen"}
            for pair in make_pairs(6, seed=3)
            for side in ("chosen", "rejected")
        ]
        tables["data"]["path"] = str(write_jsonl(tmp_path / "answers.jsonl", rows))
    one = train(tables, method, 1, tmp_path / "one")
    two = train(tables, method, 2, tmp_path / "two")
    assert len(losses(one)) == STEPS["steps"]
    assert losses(two) == pytest.approx(losses(one), abs=1e-5)
    folder = "reward" if method == "reward" else "adapter"
    ours = load_file(two / folder / "adapter_model.safetensors")
    for name, theirs in load_file(one / folder / "adapter_model.safetensors").items():
        torch.testing.assert_close(ours[name], theirs, atol=1e-4, rtol=0)
    assert json.loads((two / "report.json").read_text())["status"] == "done"
