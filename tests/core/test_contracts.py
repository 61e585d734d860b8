"""Imports point one way and light processes stay light; errors travel; declarations are checked."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import core.errors
from core.assistants import load_assistants, seconds
from core.errors import BadConfig, ThumbwheelError
from core.ids import message_id, new_id
from tests.conftest import ROOT

ALLOWED = {
    "core": {"core"},
    "server": {"core", "server"},
    "trainer": {"core", "trainer"},
    "worker": {"core", "worker", "trainer"},
    "cli": {"core", "server", "trainer", "worker", "cli"},
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_point_one_way(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        ours = {name for name in imported(path) if name.split(".")[0] in ALLOWED}
        wrong = {name for name in ours if name.split(".")[0] not in ALLOWED[package]}
        assert not wrong, f"{path} imports {wrong}"
        if package == "worker":
            heavy = {n for n in ours if n.startswith("trainer") and n != "trainer.config"}
            assert not heavy, f"{path} imports {heavy}"


def modules(package: str) -> list[str]:
    paths = (p.relative_to(ROOT).with_suffix("") for p in (ROOT / package).rglob("*.py"))
    return [".".join(p.parts) for p in paths if p.name not in ("__main__", "__init__")]


@pytest.mark.parametrize("package", ["core", "server", "worker", "cli"])
def test_importing_loads_no_torch(package: str) -> None:
    names = modules(package)
    assert names
    code = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def tree(root: type[ThumbwheelError]) -> list[type[ThumbwheelError]]:
    return [root, *(c for child in root.__subclasses__() for c in tree(child))]


@pytest.mark.parametrize(
    "kind", [k for k in tree(ThumbwheelError) if k.__module__ == "core.errors"]
)
def test_errors_are_drawn_and_travel(kind: type[ThumbwheelError]) -> None:
    assert kind.__name__ in (core.errors.__doc__ or "")
    again = pickle.loads(pickle.dumps(kind("what came")))
    assert (type(again), again.message) == (kind, "what came")


def test_ids_sort_by_time_and_messages_by_content() -> None:
    made = [new_id("x") for _ in range(50)]
    assert len(set(made)) == 50
    assert sorted(m[:12] for m in made) == [m[:12] for m in made]
    assert message_id("s", "p", "user", "ab") != message_id("s", "pu", "ser", "ab")


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("5m", 300), ("6h", 21600), ("1d", 86400), (3, 3)]
)
def test_durations(text: str | int, expected: float) -> None:
    assert seconds(text) == expected


def test_the_shipped_assistants_are_valid() -> None:
    assistants = load_assistants(ROOT / "assistants.toml")
    assert assistants.names == ["support", "tutor", "writer", "extractor"]
    for assistant in assistants:
        assert assistant.golden
        assert all((ROOT / path).is_file() for path in assistant.golden)
        assert assistant.examples


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("", "declares no assistant"),
        ("[Support]\nsystem_prompt='x'", "no good name"),
        ("[base]\nsystem_prompt='x'", "no good name"),
        ("[a]\nsystem_prompt=''", "system_prompt"),
        ("[a]\nsystem_prompt='x'\nretrain={every='soon'}", "retrain.every"),
        ("[a]\nsystem_prompt='x'\ntemprature=1", "temprature"),
        ("[a]\nsystem_prompt='x'\ncanary={limits={errors=2}}", "canary.limits.errors"),
        ("[a]\nsystem_prompt='x'\ncanary={cap=0}", "canary.cap"),
        ("[a]\nsystem_prompt='x'\ncanary={explore=1.1}", "canary.explore"),
        ("[a", "not valid TOML"),
    ],
)
def test_a_wrong_declaration_names_the_place(tmp_path: Path, toml: str, says: str) -> None:
    path = tmp_path / "assistants.toml"
    path.write_text(toml)
    with pytest.raises(BadConfig, match=says):
        load_assistants(path)
