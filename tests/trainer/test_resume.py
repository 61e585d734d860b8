"""A run that was stopped and taken up again is the run that was not, whatever the method."""

from __future__ import annotations

import json
import os
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tensorboardX.proto.event_pb2 import Event, SessionLog

from tests.trainer.conftest import make_pairs, write_jsonl
from trainer.__main__ import main
from trainer.backbone import load_backbone
from trainer.checkpoint import Checkpoint, Checkpoints
from trainer.config import parse_config, to_toml
from trainer.monitor import Monitor, StepMetrics
from trainer.pipeline import load_data
from trainer.report import Report

STEPS = {"steps": 5, "batch_size": 4, "learning_rate": 5e-3, "warmup_steps": 2}
SAMPLING = {"prompts": 4, "samples": 4, "max_new_tokens": 6}
STOP_AFTER = 2


def read_report(output: Path) -> Any:
    return json.loads((output / "report.json").read_text())


def read_losses(output: Path) -> list[tuple[int, float, float]]:
    lines = map(json.loads, (output / "metrics.jsonl").read_text().splitlines())
    return [(line["step"], line["loss"], line["lr"]) for line in lines]


def last_checkpoint(output: Path) -> str:
    """All of it but the time it took."""
    (path,) = (output / "checkpoints").glob("step-*.pt")
    state = torch.load(path, weights_only=True)
    del state["seconds"]
    return json.dumps(state, default=torch.Tensor.tolist)


@contextmanager
def stopped_early() -> Iterator[None]:
    """Inside, a run is told to stop after so many steps (but not of the reward model before
    ppo's).
    """
    step = Monitor.step

    def step_and_stop(monitor: Monitor, metrics: StepMetrics) -> None:
        step(monitor, metrics)
        if type(monitor) is Monitor and metrics.step == STOP_AFTER:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Monitor, "step", step_and_stop)
        yield


@pytest.mark.parametrize("method", ["dpo", "kto", "sft", "reward", "ppo"])
def test_resumed_equals_uninterrupted(
    method: str,
    make_tables: Callable[..., dict[str, Any]],
    tmp_path: Path,
) -> None:
    """Every step's loss and rate, the adapters, and all that a checkpoint holds: the optimiser and
    the random state with it. Figures and warnings of before are in the report of after.
    """
    table = {**STEPS, **(SAMPLING if method == "ppo" else {})}
    sections = {method: table, "evaluate": {"prompts": 4, "max_new_tokens": 4}}
    if method == "ppo":
        sections["reward"] = {"steps": 2, "batch_size": 4}
    tables = make_tables(**sections)
    if method in ("kto", "sft"):
        rows = [
            {"prompt": pair["prompt"], "completion": pair[side], "label": side == "chosen"}
            for pair in make_pairs(6, seed=3)
            for side in ("chosen", "rejected")
        ]
        tables["data"]["path"] = str(write_jsonl(tmp_path / "answers.jsonl", rows))

    def run(name: str, *options: str) -> tuple[int, Path]:
        output = tmp_path / name
        path = tmp_path / f"{name}.toml"
        named = {**tables, "run": {**tables["run"], "output": str(output)}}
        path.write_text(to_toml(parse_config(named, method)))
        return main([method, "--config", str(path), *options]), output

    code, whole = run("whole")
    assert code == 0
    with stopped_early():
        code, cut = run("cut")
    assert code == 3
    assert read_report(cut)["steps"] == STOP_AFTER
    assert run("cut", "--resume")[0] == 0

    assert [step for step, *_ in read_losses(whole)] == [1, 2, 3, 4, 5]
    assert read_losses(cut) == read_losses(whole)
    assert last_checkpoint(cut) == last_checkpoint(whole)
    folder = "reward" if method == "reward" else "adapter"
    adapters = [load_file(o / folder / "adapter_model.safetensors") for o in (cut, whole)]
    torch.testing.assert_close(*adapters, atol=1e-6, rtol=0)
    ended = {"seconds", "peak_memory_bytes"}
    reports = [{k: v for k, v in read_report(o).items() if k not in ended} for o in (cut, whole)]
    assert reports[0] == reports[1]
    assert ("reward" in reports[0]) == (method in ("reward", "ppo"))


def test_warnings_of_before_are_kept_and_said_once(tmp_path: Path) -> None:
    before = Report(warnings=["few pairs"])
    before.warn("an update was odd")
    checkpoints = Checkpoints(tmp_path, "these", before)
    checkpoints.save(Checkpoint(3, 0, 0.0, [], {}, torch.get_rng_state(), {}))
    after = Report()
    after.warn("few pairs")
    assert Checkpoints(tmp_path, "these", after).load() is not None
    after.warn("an update was odd")
    assert after.warnings == ["few pairs", "an update was odd"]


def test_the_curves_forget_what_is_done_again_and_nothing_else(tmp_path: Path) -> None:
    """TensorBoard drops the events from a session's start on, that step's own included."""
    monitor = Monitor(tmp_path)
    monitor.resume(3)
    monitor.close()
    (path,) = (tmp_path / "tensorboard").iterdir()
    starts = [
        event.step
        for event in read_events(path)
        if event.HasField("session_log") and event.session_log.status == SessionLog.START
    ]
    assert starts == [4]


def read_events(path: Path) -> Iterator[Event]:
    """A record is its length, a checksum, the event, and a checksum."""
    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        yield Event.FromString(data[12 : 12 + length])
        data = data[16 + length :]


@pytest.mark.parametrize(("method", "noticed"), [("dpo", False), ("ppo", True)])
@pytest.mark.parametrize("changed", ["heldout", "thumbs_heldout", "prompts"])
def test_other_held_out_data_is_noticed_where_the_checkpoint_depends_on_it(
    changed: str,
    method: str,
    noticed: bool,
    make_tables: Callable[..., dict[str, Any]],
    tmp_path: Path,
) -> None:
    """ppo leaves out the prompts of what is held out and samples answers to the others."""
    config = parse_config(make_tables(), method)
    data = load_data(config, load_backbone(config))
    digest = data.digest(method)
    if changed == "heldout":
        data.heldout.groups.pop()
    elif changed == "prompts":
        data.prompts.pop()
    else:
        rows = [{"prompt": "where", "completion": "there", "label": True}]
        tables = make_tables(data={"path": str(write_jsonl(tmp_path / "thumbs.jsonl", rows))})
        thumbs = load_data(parse_config(tables, "kto"), load_backbone(config)).thumbs
        data.thumbs_heldout.items = thumbs.items
    assert (data.digest(method) != digest) == noticed
    data.train.groups.pop()
    assert data.digest("dpo") != digest
