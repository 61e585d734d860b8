"""Two processes learn what one would have: the same losses, the same adapter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from multiprocessing import set_forkserver_preload
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
from trainer.__main__ import main
from trainer.config import parse_config, to_toml
from trainer.guard import Guard

WHOLE_BYTES = 4 * (260 + 1) * 32
"""Of the embedding and the last norm."""
PPO = {"prompts": 5, "samples": 3, "max_new_tokens": 6, "sft_weight": 0.1}
STEPS = {"steps": 4, "batch_size": 5, "learning_rate": 5e-3, "warmup_steps": 1}


def in_two(work: Callable[..., None], *arguments: Any) -> None:
    """`work(rank, ...)` in each of two processes that `processes.joined` connects. They are forks
    of one that has imported torch: importing takes longer than all that they do.
    """
    set_forkserver_preload(["trainer.pipeline"])
    multiprocessing.start_processes(  # type: ignore[no-untyped-call]
        take_place, (free_port(), work, arguments), nprocs=2, start_method="forkserver"
    )


def take_place(rank: int, port: int, work: Callable[..., None], arguments: Sequence[Any]) -> None:
    there = {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    os.environ.update({**there, "MASTER_PORT": str(port)})
    work(rank, *arguments)


def write_run(tables: dict[str, Any], method: str, output: Path, sharding: str = "auto") -> Path:
    output.mkdir()
    run = {**tables["run"], "output": str(output), "micro_tokens": 128, "sharding": sharding}
    steps = {**tables.get(method, {}), **STEPS}
    path = output / "run.toml"
    path.write_text(to_toml(parse_config({**tables, "run": run, method: steps}, method)))
    return path


def train(rank: int, method: str, path: Path) -> None:
    assert main([method, "--config", str(path)]) == 0


def launch(method: str, path: Path) -> None:
    """As people start it. accelerate's --cpu would start one process only."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--use_fsdp"]
    command += ["--num_machines", "1", "--num_processes", "2"]
    command += ["--main_process_port", str(free_port())]
    command += ["--mixed_precision", "no", "--dynamo_backend", "no"]
    command += ["-m", "trainer", method, "--config", str(path)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


def report_of(output: Path) -> Any:
    return json.loads((output / "report.json").read_text())


def losses(output: Path) -> list[float]:
    lines = (output / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["loss"] for line in lines]


def model_that_stops(base_model: Path, directory: Path) -> Path:
    """The base model, of which so many tokens end an answer that an untrained one's answers end."""
    shutil.copytree(base_model, directory)
    path = directory / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "eos_token_id": [*range(60)]}))
    return directory


def sum_some_gradients(rank: int) -> None:
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
    in_two(sum_some_gradients)


def share_work(rank: int) -> None:
    def square(own: list[int]) -> list[int]:
        assert own == [[0, 2, 4], [1, 3]][rank]
        return [number**2 for number in own]

    def fail(own: list[int]) -> list[int]:
        if 1 in own:
            raise OutOfBudget("too late")
        return own

    with processes.joined():
        assert processes.together(5, square) == [0, 1, 4, 9, 16]
        assert processes.from_first(lambda: rank) == 0
        with pytest.raises(OutOfBudget, match="too late"):
            processes.together(5, fail)


def test_all_have_what_each_did_or_the_error_of_one() -> None:
    in_two(share_work)


def stop_for_one(rank: int) -> None:
    late = Guard(max_seconds=0.0) if rank else Guard()
    told = Guard(cancelled="SIGTERM") if rank else Guard()
    with processes.joined():
        with pytest.raises(OutOfBudget, match=r"run\.max_seconds") as found:
            late.check_together()
        with pytest.raises(RunCancelled, match="SIGTERM"):
            told.check_together()
    assert found.value.message.startswith("another process") == (rank == 0)


def test_what_stops_one_stops_all_for_its_reason() -> None:
    in_two(stop_for_one)


@pytest.mark.parametrize("method", ["dpo", "kto", "sft", "reward", "ppo"])
def test_two_processes_equal_one(
    method: str,
    make_tables: Callable[..., dict[str, Any]],
    base_model: Path,
    tmp_path: Path,
) -> None:
    tables = make_tables(evaluate={"prompts": 2 if method == "dpo" else 0, "max_new_tokens": 4})
    if method in ("kto", "sft"):
        rows = [
            {"prompt": pair["prompt"], "completion": pair[side], "label": side == "chosen"}
            for pair in make_pairs(6, seed=3)
            for side in ("chosen", "rejected")
        ]
        tables["data"]["path"] = str(write_jsonl(tmp_path / "answers.jsonl", rows))
    if method == "ppo":
        tables["run"]["base_model"] = str(model_that_stops(base_model, tmp_path / "base"))
        tables |= {"ppo": PPO, "reward": {"steps": 2, "batch_size": 4, "learning_rate": 5e-3}}
    one, two, sharded = (tmp_path / name for name in ("one", "two", "sharded"))
    train(0, method, write_run(tables, method, one))
    in_two(train, method, write_run(tables, method, two, "none"))
    in_two(train, method, write_run(tables, method, sharded, "full"))
    assert len(losses(one)) == STEPS["steps"]
    folder = "reward" if method == "reward" else "adapter"
    theirs = load_file(one / folder / "adapter_model.safetensors")
    for several in (two, sharded):
        assert losses(several) == pytest.approx(losses(one), abs=1e-5)
        ours = load_file(several / folder / "adapter_model.safetensors")
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)
        assert report_of(several)["processes"] == 2
        for same in ("status", "tokens", "base_hash_before", "base_hash_after", "samples"):
            assert report_of(several)[same] == report_of(one)[same], same
    whole = report_of(one)["base_bytes"]
    assert report_of(two)["base_bytes"] == whole
    assert report_of(sharded)["base_bytes"] == WHOLE_BYTES + (whole - WHOLE_BYTES) // 2


def test_launched_with_fsdp_the_base_is_shared_out(
    make_tables: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    tables = make_tables(evaluate={"prompts": 0})
    one, launched = tmp_path / "one", tmp_path / "launched"
    train(0, "dpo", write_run(tables, "dpo", one))
    launch("dpo", write_run(tables, "dpo", launched))
    assert losses(launched) == pytest.approx(losses(one), abs=1e-5)
    blocks = report_of(one)["base_bytes"] - WHOLE_BYTES
    assert report_of(launched)["base_bytes"] == WHOLE_BYTES + blocks // 2
