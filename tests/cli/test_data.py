"""Import and export from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import InvalidRequest, Unavailable
from tests.cli.conftest import Call
from tests.cli.fake import Fake

LINES = b'{"prompt": "x"}\n' * 20_000
KTO = ("--assistant", "support", "--format", "kto")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "said.jsonl"
    path.write_bytes(LINES)
    return path


def test_import_sends_the_file_and_says_what_came_of_it(call: Call, fake: Fake, file: Path) -> None:
    done = call("import", str(file), *KTO)
    assert done.exit_code == 0, done.output
    assert fake.file == LINES
    assert dict(fake.file_query) == {
        "assistant": "support",
        "format": "kto",
        "container": "jsonl",
        "skip_bad": "false",
    }
    for part in ("2 rows: 1 thumb", "1 new, 0 known", "3 thumbs on what people", "skipped: 1"):
        assert part in done.stdout
    assert "line 2: empty" in done.stderr


def test_import_of_parquet_with_a_mapping_for_scripts(
    call: Call, fake: Fake, tmp_path: Path
) -> None:
    path = tmp_path / "said.parquet"
    path.write_bytes(b"PAR1")
    words = ["--assistant", "support", "--format", "jsonl", "--skip-bad", "--json"]
    done = call("import", str(path), *words, "--map", "prompt=q", "--map", "completion=a")
    assert json.loads(done.stdout)["new"] == 1
    assert ("container", "parquet") in fake.file_query
    assert ("skip_bad", "true") in fake.file_query
    assert [v for name, v in fake.file_query if name == "map"] == ["prompt=q", "completion=a"]


def test_refused_import_is_one_clear_error(call: Call, file: Path) -> None:
    file.write_bytes(b"bad")
    error = call("import", str(file), *KTO).exception
    assert isinstance(error, InvalidRequest)
    assert error.message == "line 1: bad"


def test_export_writes_the_file(call: Call, fake: Fake, tmp_path: Path) -> None:
    fake.file, out = LINES, tmp_path / "out.jsonl"
    words = ["--kind", "thumb", "--user", "eva", "--until", "2026-01-02T03:04:05Z"]
    done = call("export", *KTO, "--out", str(out), *words)
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == LINES
    assert "20000 rows" in done.stdout
    assert dict(fake.file_query) == {
        "assistant": "support",
        "format": "kto",
        "container": "jsonl",
        "kind": "thumb",
        "user": "eva",
        "until": "1767323045.0",
    }


def test_broken_export_leaves_no_file(call: Call, fake: Fake, tmp_path: Path) -> None:
    fake.file, fake.cut_files = LINES, True
    done = call("export", *KTO, "--out", str(tmp_path / "out.jsonl"))
    assert isinstance(done.exception, Unavailable)
    assert list(tmp_path.iterdir()) == []
