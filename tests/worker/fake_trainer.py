"""A trainer of a second: keeps the contract of `python -m trainer` without a model.

What it is to do differently stands in FAKE_TRAINER, a JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

GOOD: dict[str, Any] = {
    "heldout": {"n": 20, "decided": 20, "accuracy": 0.8},
    "generation": {
        "n": 32,
        "win_rate": 0.75,
        "win_rate_low": 0.6,
        "length_ratio": 1.05,
        "kl_per_sequence": 3.0,
        "kl_per_token": 0.2,
        "kl_base_per_sequence": 3.0,
        "eos_rate": 0.98,
        "champion_eos_rate": 0.99,
        "empty_rate": 0.0,
        "repetition_rate": 0.01,
        "champion_repetition_rate": 0.01,
    },
    "golden": {"n": 0, "drop": 0.0, "regressions": []},
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("method")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    wish: dict[str, Any] = json.loads(os.environ.get("FAKE_TRAINER", "{}"))
    run = tomllib.loads(options.config.read_text())["run"]
    output = Path(run["output"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(finish(output, 3, "cancelled")))
    with (output / "starts").open("a") as starts:
        starts.write(f"{os.getpid()} {os.getppid()} {os.getpriority(os.PRIO_PROCESS, 0)}\n")
    work(output, wish)
    if wish.get("exit"):
        return finish(output, int(wish["exit"]), "no good")
    adapter = output / "adapter"
    adapter.mkdir(exist_ok=True)
    (adapter / "adapter_config.json").write_text(json.dumps({"run": run["run_id"]}))
    (adapter / "adapter_model.safetensors").write_bytes(run["run_id"].encode())
    (output / "model_card.md").write_text("# made by a fake\n")
    (output / "metrics.jsonl").write_text('{"step": 1, "loss": 0.5}\n')
    report = {"status": "done", "error": None, "run_id": run["run_id"], "steps": 3, "seconds": {}}
    hashes = {"base_hash": "files", "base_hash_before": "b", "base_hash_after": "b"}
    write(output / "report.json", {**report, **hashes, **GOOD, **wish.get("report", {})})
    return 0


def work(output: Path, wish: dict[str, Any]) -> None:
    """`steps` steps of a tenth of a second; `die_at` kills the first process at that step, and
    `wait_for` names a file without which there is no end.
    """
    done = output / "checkpoints" / "step"
    done.parent.mkdir(exist_ok=True)
    first = len((output / "starts").read_text().splitlines()) == 1
    steps = int(wish.get("steps", 3))
    for step in range(int(done.read_text()) if done.exists() else 0, steps):
        if first and step == wish.get("die_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        done.write_text(str(step + 1))
        with (output / "steps").open("a") as file:
            file.write(f"{step}\n")
        now = {"phase": "train", "fraction": step / steps, "message": f"step {step}", "eta_s": 1.0}
        write(output / "progress.json", {**now, "figures": {"step": step, "loss": 0.5}})
        time.sleep(0.1)
    while "wait_for" in wish and not Path(wish["wait_for"]).exists():
        time.sleep(0.05)


def finish(output: Path, code: int, error: str) -> int:
    write(output / "report.json", {"status": "failed", "error": error})
    return code


def write(path: Path, value: object) -> None:
    making = path.with_suffix(".tmp")
    making.write_text(json.dumps(value))
    making.replace(path)


if __name__ == "__main__":
    sys.exit(main())
