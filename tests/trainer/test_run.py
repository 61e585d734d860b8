"""Whole runs from a TOML file: what is left on disk, and how each ending is told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.trainer.conftest import make_pairs, write_jsonl
from trainer.__main__ import main
from trainer.config import parse_config, to_toml

ROOT = Path(__file__).parents[2]

REPORT_KEYS = {
    "status",
    "error",
    "warnings",
    "method",
    "run_id",
    "steps",
    "rows",
    "base_hash",
    "base_hash_before",
    "base_hash_after",
    "heldout",
    "generation",
    "golden",
    "samples",
    "before_after",
    "seconds",
    "processes",
    "base_bytes",
    "peak_memory_bytes",
    "tokens",
}


@pytest.fixture
def write_run(make_tables: Callable[..., dict[str, Any]], tmp_path: Path) -> Callable[..., Path]:
    def write(**sections: dict[str, Any]) -> Path:
        path = tmp_path / "run.toml"
        path.write_text(to_toml(parse_config(make_tables(**sections))))
        return path

    return write


def start(path: Path, *options: str) -> int:
    return main(["dpo", "--config", str(path), *options])


def read(output: Path, name: str = "report.json") -> Any:
    return json.loads((output / name).read_text())


def test_a_run_leaves_everything(write_run: Callable[..., Path], tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    never = {"checks": [{"kind": "contains_all", "terms": ["it never says this"]}]}
    always = {"checks": [{"kind": "contains_none", "terms": ["it never says this"]}]}
    asked = {"prompt": [{"role": "user", "content": "where is it"}]}
    never |= {"name": "never", "category": "honest"}
    write_jsonl(golden, [{**asked, **never}, {**asked, **always}])
    out = tmp_path / "out"
    assert start(write_run(run={"run_id": "run_1"}, evaluate={"golden": [str(golden)]})) == 0

    report = read(out)
    assert set(report) == REPORT_KEYS
    assert (report["status"], report["error"], report["run_id"]) == ("done", None, "run_1")
    assert report["steps"] == 6
    assert report["rows"]["train"] == report["rows"]["groups"] == 12
    assert report["base_hash_before"] == report["base_hash_after"]
    assert report["heldout"]["n"] == 6
    assert report["generation"]["n"] == len(report["samples"]) == 3
    assert report["generation"]["judge"]["fitted_on"] == "all"
    assert report["golden"]["n"] == 2
    assert report["golden"]["candidate_pass"] <= 0.5
    assert [s["name"] for s in report["before_after"]] == ["never", "golden.jsonl, line 2"]
    assert all(s["prompt"] == "where is it" for s in report["before_after"])
    assert report["golden"]["categories"]["honest"]["n"] == 1
    assert report["heldout"]["by_time"]["n"] == 6
    assert report["heldout"]["by_person"]["accuracy"] is None
    generation = report["generation"]
    assert generation["kl_base_per_sequence"] == generation["kl_per_sequence"]
    assert report["tokens"] > 0
    assert set(report["seconds"]) == {"import", "load", "train", "evaluate", "total"}
    assert any("shorter answer was chosen in 100%" in line for line in report["warnings"])

    assert len((out / "metrics.jsonl").read_text().splitlines()) == 6
    samples = [json.loads(line) for line in (out / "samples.jsonl").read_text().splitlines()]
    assert [s["messages"][-1]["content"] for s in samples] == [
        s["prompt"] for s in report["samples"]
    ]
    assert read(out, "progress.json") == {
        "phase": "report",
        "fraction": 1.0,
        "eta_s": 0.0,
        "message": "done",
    }
    adapter = {path.name for path in (out / "adapter").iterdir()}
    assert adapter == {"adapter_model.safetensors", "adapter_config.json", "probe.json"}
    assert 1 <= len(read(out / "adapter", "probe.json")["probes"]) <= 4
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert "never measured" not in (out / "model_card.md").read_text()
    assert "win rate over the champion" in (out / "model_card.md").read_text()
    assert list((out / "tensorboard").glob("events.out.tfevents.*"))


def test_a_snapshot_directory_brings_its_own_prompts(
    write_run: Callable[..., Path], tmp_path: Path
) -> None:
    import pyarrow
    import pyarrow.parquet

    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    for name, rows in (("train", make_pairs(8, 1)), ("heldout", make_pairs(40, 2))):
        table = [{**row, "prompt": json.dumps(row["prompt"])} for row in rows]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(table), snapshot / f"{name}.parquet")
    write_jsonl(snapshot / "prompts.jsonl", [{"prompt": "mind the parcel"}] * 2)
    path = write_run(data={"path": str(snapshot), "heldout": ""}, dpo={"steps": 2})
    assert start(path) == 0
    report = read(tmp_path / "out")
    assert [sample["prompt"] for sample in report["samples"]] == ["mind the parcel"] * 2
    assert report["generation"]["judge"]["fitted_on"] == "heldout"
    assert report["generation"]["judge"]["n"] == report["heldout"]["n"] == 40


def test_without_heldout_votes_the_report_says_so(
    write_run: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_run(data={"heldout": ""}, dpo={"steps": 1}, evaluate={"prompts": 0})
    assert start(path) == 0
    report = read(tmp_path / "out")
    assert report["heldout"]["n"] == 0
    assert report["heldout"]["accuracy"] is None
    assert report["generation"] is None
    assert any("no held-out votes" in line for line in report["warnings"])
    assert any("no evaluation prompts" in line for line in report["warnings"])


def test_a_collapse_is_visible(write_run: Callable[..., Path], tmp_path: Path) -> None:
    """The empty answer is preferred, and the steps are far too large: the policy goes silent."""
    rows = [{**row, "chosen": "", "rejected": "parcel"} for row in make_pairs(12, 1)]
    write_jsonl(tmp_path / "silent.jsonl", rows)
    asked = {"prompt": [{"role": "user", "content": "where is it"}]}
    check = {"checks": [{"kind": "contains_none", "terms": ["it never says this"]}]}
    write_jsonl(tmp_path / "golden.jsonl", [{**asked, **check}])
    path = write_run(
        data={"path": str(tmp_path / "silent.jsonl")},
        dpo={"steps": 30, "learning_rate": 5e-2, "nll_weight": 1.0},
        evaluate={"golden": [str(tmp_path / "golden.jsonl")]},
    )
    assert start(path) == 0
    report = read(tmp_path / "out")
    assert report["generation"]["empty_rate"] > 0.9
    assert report["generation"]["champion_empty_rate"] < 0.1
    assert report["generation"]["length_ratio"] < 0.5
    assert report["golden"]["drop"] == 1.0
    assert report["golden"]["regressions"][0]["failed"] == ["empty answer"]


@pytest.mark.parametrize(
    ("section", "code", "status", "said"),
    [
        ({"data": {"path": "nowhere.jsonl"}}, 2, "bad_input", "found no such file"),
        ({"run": {"base_model": "nowhere"}}, 2, "bad_input", "cannot load nowhere"),
        ({"reference": {"adapter": "nowhere"}}, 2, "bad_input", "expected a PEFT adapter"),
        ({"evaluate": {"golden": ["nowhere"]}}, 2, "bad_input", "evaluate.golden"),
        ({"data": {"max_length": 3}}, 2, "bad_input", "12 were longer than 3 tokens"),
        ({"run": {"max_seconds": 0.001}}, 4, "out_of_budget", "run.max_seconds"),
        ({"run": {"max_memory_gib": 0.001}}, 4, "out_of_budget", "run.max_memory_gib"),
    ],
)
def test_endings_have_a_code_and_a_report(
    section: dict[str, Any],
    code: int,
    status: str,
    said: str,
    write_run: Callable[..., Path],
    tmp_path: Path,
) -> None:
    assert start(write_run(**section)) == code
    report = read(tmp_path / "out")
    assert set(report) == REPORT_KEYS
    assert report["status"] == status
    assert said in report["error"]
    assert not (tmp_path / "out" / "adapter").exists()


def test_divergence_ends_with_5(write_run: Callable[..., Path], tmp_path: Path) -> None:
    path = write_run(dpo={"learning_rate": 1.0, "steps": 60, "max_grad_norm": 1e30, "beta": 1e30})
    assert start(path) == 5
    assert read(tmp_path / "out")["status"] == "diverged"


def test_a_refused_configuration_is_reported_too(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(
        f'[run]\noutput = "{tmp_path}/out"\nbase_model = "b"\nsped = 1\n[data]\npath = "d"\n'
    )
    assert start(path) == 2
    report = read(tmp_path / "out")
    assert report["status"] == "bad_input"
    assert "unknown key run.sped" in report["error"]
    assert start(tmp_path / "none.toml") == 2


def test_sigterm_leaves_a_checkpoint_and_resume_ends_the_same(
    write_run: Callable[..., Path], tmp_path: Path
) -> None:
    """A real process, stopped in the middle: exit code 3, then --resume to the very adapter that an
    uninterrupted run makes.
    """
    out = tmp_path / "out"
    steps = {"dpo": {"steps": 40}, "evaluate": {"prompts": 2, "max_new_tokens": 2}}
    path = write_run(**steps)
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", "dpo", "--config", str(path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: count_lines(out / "metrics.jsonl") >= 3, process)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=90)
    finally:
        process.kill()
    assert process.returncode == 3, said
    report = read(out)
    assert report["status"] == "cancelled"
    assert "SIGTERM" in report["error"]
    assert 3 <= report["steps"] < 40
    (saved,) = (out / "checkpoints").glob("step-*.pt")
    assert saved.name == f"step-{report['steps']:06d}.pt"

    assert start(path, "--resume") == 0
    resumed = load_file(out / "adapter" / "adapter_model.safetensors")
    lines = (out / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [*range(1, 41)]
    assert start(write_run(**steps, run={"output": str(tmp_path / "whole")})) == 0
    expected = load_file(tmp_path / "whole" / "adapter" / "adapter_model.safetensors")
    for name, tensor in expected.items():
        assert torch.equal(tensor, resumed[name]), name


def count_lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)
