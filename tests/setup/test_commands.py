"""The command line from outside: quick and light to ask, clear when something is wrong."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli.checkup import check_base_model, check_packages
from cli.main import COMMANDS, build_app, load_command
from cli.preflight import check_declared, check_ports, local_base, needs_own_redis
from core.errors import BadConfig, Conflict
from core.local import RedisServer
from core.settings import Settings
from tests.conftest import ROOT, free_port


def thumbwheel(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("THUMBWHEEL_")}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        cwd=ROOT,
        env={**clean, "COLUMNS": "200", **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists_and_explains_itself(name: str) -> None:
    assert load_command(name).__doc__


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_json(name: str) -> None:
    command = typer.main.get_command(build_app(name)).commands[name]  # type: ignore[attr-defined]
    for below in getattr(command, "commands", {name: command}).values():
        options = [option for parameter in below.params for option in parameter.opts]
        assert "--json" in options, below.name


def test_what_has_no_last_word_has_no_document() -> None:
    told = thumbwheel("up", "--json")
    assert (told.returncode, told.stdout) == (2, "")
    assert "--detach" in json.loads(told.stderr)["error"]["message"]


def test_down_where_nothing_runs_is_a_document(tmp_path: Path) -> None:
    told = thumbwheel("down", "--json", THUMBWHEEL_STATE_DIR=str(tmp_path))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {"was_up": False, "left_behind": []}


def test_doctor_is_one_document() -> None:
    told = thumbwheel("doctor", "--json", THUMBWHEEL_REDIS_URL="redis://127.0.0.1:1/0")
    found = json.loads(told.stdout)
    assert told.returncode == any(finding["verdict"] == "bad" for finding in found)
    assert {"Redis", "vLLM", "API"} <= {finding["what"] for finding in found}


def test_help_lists_every_command_and_imports_none() -> None:
    code = (
        "import sys\nsys.argv = ['thumbwheel', '--help']\nfrom cli.main import app\n"
        "try:\n    app()\nfinally:\n"
        "    print('HEAVY', [m for m in ('torch', 'aiohttp', 'celery', 'cli.up') "
        "if m in sys.modules])\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "HEAVY []" in told.stdout
    assert not [name for name in COMMANDS if not re.search(rf"\b{name}\b", told.stdout)]


def test_a_wrong_setting_is_named() -> None:
    told = thumbwheel("up", THUMBWHEEL_MAX_LORAS="lots", THUMBWHEEL_PORT="http")
    assert told.returncode == 1
    assert "THUMBWHEEL_MAX_LORAS" in told.stderr
    assert "THUMBWHEEL_PORT" in told.stderr
    assert "Traceback" not in told.stderr


def test_up_refuses_a_taken_port_and_says_whose_it_is(tmp_path: Path) -> None:
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", 0))
        mine.listen()
        port = str(mine.getsockname()[1])
        told = thumbwheel(
            "up",
            THUMBWHEEL_STATE_DIR=str(tmp_path),
            THUMBWHEEL_PORT=port,
            THUMBWHEEL_VLLM_PORT=str(free_port()),
            THUMBWHEEL_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
        )
    assert told.returncode == 1
    assert f"port {port} for the API is taken" in told.stderr
    assert str(os.getpid()) in told.stderr
    assert "THUMBWHEEL_PORT" in told.stderr
    assert not list((tmp_path / "run").glob("*.pid"))


def test_down_says_when_there_is_nothing(tmp_path: Path) -> None:
    told = thumbwheel("down", THUMBWHEEL_STATE_DIR=str(tmp_path))
    assert (told.returncode, told.stdout.strip()) == (0, "nothing is running here")


def test_a_missing_base_model_is_refused_before_anything_starts(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, base_model=str(tmp_path / "nothing"))
    with pytest.raises(BadConfig, match="THUMBWHEEL_BASE_MODEL"):
        check_declared(settings)


@pytest.mark.parametrize(
    ("name", "local"),
    [("Qwen/Qwen2.5-0.5B-Instruct", False), ("models/none", True), ("/somewhere/else", True)],
)
def test_a_hub_id_is_told_from_a_directory(name: str, local: bool) -> None:
    assert (local_base(Settings(_env_file=None, base_model=name)) is not None) is local


def test_a_redis_that_is_named_and_answers_is_used(redis_server: RedisServer) -> None:
    assert not needs_own_redis(Settings(_env_file=None, redis_url=redis_server.url))


def test_a_named_redis_that_is_not_there_is_started() -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    assert needs_own_redis(Settings(_env_file=None, redis_url=url))


def test_a_taken_redis_port_that_is_no_redis_is_refused() -> None:
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", 0))
        mine.listen()
        port = mine.getsockname()[1]
        settings = Settings(_env_file=None, redis_url=f"redis://127.0.0.1:{port}/0")
        with pytest.raises(Conflict, match="cannot be used"):
            needs_own_redis(settings)
        with pytest.raises(Conflict, match="for Redis is taken"):
            check_ports(settings, own_redis=True)


def test_doctor_sees_a_cut_off_weights_file(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_bytes((ROOT / "models" / "seedling" / name).read_bytes())
    settings = Settings(_env_file=None, base_model=str(tmp_path))
    assert check_base_model(settings).verdict == "ok"
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    finding = check_base_model(settings)
    assert (finding.verdict, "instead of" in finding.found) == ("bad", True)
    weights.write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "LFS" in check_base_model(settings).found


def test_doctor_finds_the_environment_as_locked() -> None:
    finding = check_packages(Settings(_env_file=None))
    assert finding.verdict == "ok", finding


def test_doctor_on_an_empty_state_finds_nothing_broken(tmp_path: Path) -> None:
    told = thumbwheel(
        "doctor",
        THUMBWHEEL_STATE_DIR=str(tmp_path),
        THUMBWHEEL_PORT=str(free_port()),
        THUMBWHEEL_VLLM_PORT=str(free_port()),
        THUMBWHEEL_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "nothing to mend" in told.stdout
    assert told.stdout.count("not running") == 6
