"""Stages as processes: their order, what is skipped, what a failure says, and kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from core.errors import BadConfig, RunFailed
from tests.conftest import ROOT
from trainer.recipes import runner
from trainer.recipes.runner import News, Runner, Stage, read_progress


def make_stage(out: Path, name: str, needs: Sequence[str], code: str) -> Stage:
    return Stage(name, f"stage {name}", [sys.executable, "-c", code], needs, out / name)


def write(out: Path, name: str) -> str:
    return f"open({str(out / 'order')!r}, 'a').write({name!r})"


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_stages_run_after_what_they_need_and_once(tmp_path: Path) -> None:
    stages = [
        make_stage(tmp_path, "c", ["a", "b"], write(tmp_path, "c")),
        make_stage(tmp_path, "b", ["a"], write(tmp_path, "b")),
        make_stage(tmp_path, "a", [], write(tmp_path, "a")),
    ]
    news: list[News] = []
    Runner(stages, tmp_path, 2, {}, news.extend).run()
    assert (tmp_path / "order").read_text() == "abc"
    assert {one.stage.name for one in news if one.done} == {"a", "b", "c"}
    ledger = json.loads((tmp_path / "stages.json").read_text())
    assert ledger["seconds"] >= max(entry["seconds"] for entry in ledger["stages"].values()) > 0
    Runner(stages, tmp_path, 2, {}, news.extend).run()
    assert (tmp_path / "order").read_text() == "abc"


def test_two_stages_at_a_time(tmp_path: Path) -> None:
    """Each waits until the other is there."""
    meet = (
        "import pathlib, time\nhere = pathlib.Path({here!r}); here.touch()\n"
        "while not pathlib.Path({there!r}).exists(): time.sleep(0.02)"
    )
    x, y = str(tmp_path / "x"), str(tmp_path / "y")
    stages = [
        make_stage(tmp_path, "one", [], meet.format(here=x, there=y)),
        make_stage(tmp_path, "two", [], meet.format(here=y, there=x)),
    ]
    Runner(stages, tmp_path, 2, {}, lambda _: None).run()


def test_a_failure_stops_the_others_and_shows_the_log(tmp_path: Path) -> None:
    long = (
        "import os, time\nopen({0!r} + '.part', 'w').write(str(os.getpid()))\n"
        "os.replace({0!r} + '.part', {0!r})\ntime.sleep(600)"
    )
    pid = tmp_path / "pid"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(pid)!r}).exists(): time.sleep(0.02)"
    stages = [
        make_stage(tmp_path, "long", [], long.format(str(pid))),
        make_stage(tmp_path, "bad", [], f"{wait}\nraise SystemExit('no such thing')"),
    ]
    with pytest.raises(RunFailed, match=r"stage bad ended with code 1(.|\n)*no such thing"):
        Runner(stages, tmp_path, 2, {}, lambda _: None).run()
    assert not psutil.pid_exists(int(pid.read_text()))
    assert not json.loads((tmp_path / "stages.json").read_text())["stages"]["long"]["done"]


_KILLED = """
import sys
from pathlib import Path
from trainer.recipes.runner import Runner, Stage
out = Path(sys.argv[1])
again = [sys.executable, '-c', sys.argv[2]]
first = [sys.executable, '-c', sys.argv[3]]
stages = [Stage('first', 'first', first, [], out), Stage('again', 'again', again, ['first'], out)]
Runner(stages, out, 2, {}, lambda _: None).run()
"""


def test_kill_9_takes_the_children_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """The second stage hangs the first time; the first stage is not done again."""
    started = tmp_path / "started"
    hang = (
        f"import os, pathlib, time\nstarted = pathlib.Path({str(started)!r})\n"
        "if not started.exists():\n"
        "    started.with_suffix('.part').write_text(str(os.getpid()))\n"
        "    os.replace(started.with_suffix('.part'), started)\n    time.sleep(600)"
    )
    argv = [sys.executable, "-c", _KILLED, str(tmp_path), hang, write(tmp_path, "first ")]
    killed = subprocess.Popen(argv, cwd=ROOT)
    until(started.exists)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    until(lambda: not psutil.pid_exists(int(started.read_text())))
    subprocess.run(argv, cwd=ROOT, check=True, timeout=120)
    assert (tmp_path / "order").read_text() == "first "


def test_a_directory_has_one_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_LOCK_WAIT_S", 0.1)
    path = tmp_path / "recipe.lock"
    with runner._locked(path), pytest.raises(BadConfig, match="another recipe works in"):
        Runner([], tmp_path, 1, {}, lambda _: None).run()
    Runner([], tmp_path, 1, {}, lambda _: None).run()


def test_progress_is_read_from_either_trainer(tmp_path: Path) -> None:
    assert read_progress(tmp_path) == (0.0, None, "starting")
    line = {"seconds": 30.0, "eta_min": 1.5, "tokens": 12_000, "tokens_per_s": 400, "loss": 2.5}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + '\n{"seco')
    share, eta_s, message = read_progress(tmp_path)
    assert (share, eta_s) == (30 / 120, 90)
    assert message == "12,000 tokens, 400 a second, loss 2.5"
    state = {"fraction": 0.5, "eta_s": None, "message": "step 3 of 6", "phase": "train"}
    (tmp_path / "progress.json").write_text(json.dumps(state))
    assert read_progress(tmp_path) == (0.5, None, "step 3 of 6")
    assert os.listdir(tmp_path)
