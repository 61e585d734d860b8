"""The artifact store: immutable, atomic, verified."""

from __future__ import annotations

import resource
from dataclasses import replace
from pathlib import Path

import pytest

from core.artifacts import MANIFEST, Artifacts, Manifest, describe, verify
from core.errors import ArtifactCorrupt, Conflict, NotFound
from core.records import decode, encode


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    directory = tmp_path / "adapter"
    (directory / "deep").mkdir(parents=True)
    (directory / "weights.bin").write_bytes(bytes(range(256)) * 40)
    (directory / "deep" / "card.md").write_text("# card")
    return directory


@pytest.fixture(params=["local", "memory", "bucket"])
def artifacts(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Artifacts:
    """`memory` has no atomic rename, as object stores have none; `bucket` is Arrow's stand-in for
    them, opened as they are.
    """
    monkeypatch.setattr("core.artifacts.BUCKETS", ("mock://",))
    urls = {"local": str(tmp_path / "store"), "memory": f"memory://{tmp_path}"}
    return Artifacts(urls.get(request.param, f"mock://{tmp_path}"))


def test_round_trip(artifacts: Artifacts, adapter: Path, tmp_path: Path) -> None:
    manifest = artifacts.publish(adapter, "v1")
    assert artifacts.publish(adapter, "v1") == manifest
    copy = artifacts.fetch("v1", tmp_path / "local")
    assert (copy / "deep" / "card.md").read_text() == "# card"
    assert verify(copy) == manifest
    assert artifacts.fetch("v1", tmp_path / "local") == copy
    assert artifacts.names() == ["v1"]


def test_a_name_is_never_reused(artifacts: Artifacts, adapter: Path) -> None:
    artifacts.publish(adapter, "v1")
    (adapter / "weights.bin").write_bytes(b"other")
    with pytest.raises(Conflict):
        artifacts.publish(adapter, "v1")


def test_absent(artifacts: Artifacts, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        artifacts.fetch("v9", tmp_path / "local")


def test_a_damaged_local_copy_is_fetched_again(
    artifacts: Artifacts, adapter: Path, tmp_path: Path
) -> None:
    artifacts.publish(adapter, "v1")
    copy = artifacts.fetch("v1", tmp_path / "local")
    (copy / "weights.bin").write_bytes(b"short")
    with pytest.raises(ArtifactCorrupt):
        verify(copy)
    verify(artifacts.fetch("v1", tmp_path / "local"))


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove"])
def test_a_damaged_store_is_refused(adapter: Path, tmp_path: Path, damage: str) -> None:
    artifacts = Artifacts(str(tmp_path / "store"))
    artifacts.publish(adapter, "v1")
    stored = tmp_path / "store" / "v1" / "weights.bin"
    content = stored.read_bytes()
    if damage == "remove":
        stored.unlink()
    else:
        stored.write_bytes(content[:-1] if damage == "truncate" else b"\1" + content[1:])
    with pytest.raises(ArtifactCorrupt):
        artifacts.fetch("v1", tmp_path / "local")
    assert not (tmp_path / "local" / "v1").exists()


def test_a_forged_manifest_is_refused(adapter: Path, tmp_path: Path) -> None:
    """Other files with checksums of their own: the name's digest is of what was published."""
    artifacts = Artifacts(str(tmp_path / "store"))
    artifacts.publish(adapter, "v1")
    stored = tmp_path / "store" / "v1"
    (stored / "weights.bin").write_bytes(b"other")
    forged = describe(stored, "v1")
    known = decode(Manifest, (stored / MANIFEST).read_bytes())
    (stored / MANIFEST).write_bytes(encode(replace(forged, sha256=known.sha256)))
    with pytest.raises(ArtifactCorrupt, match="does not list"):
        artifacts.fetch("v1", tmp_path / "local")


def test_an_upload_that_died_is_invisible_and_can_be_repeated(
    adapter: Path, tmp_path: Path
) -> None:
    partial = tmp_path / "store" / "v1"
    partial.mkdir(parents=True)
    (partial / "weights.bin").write_bytes(b"half")
    artifacts = Artifacts(str(tmp_path / "store"))
    assert artifacts.names() == []
    artifacts.publish(adapter, "v1")
    assert artifacts.names() == ["v1"]


def test_a_full_store_keeps_nothing_of_an_upload(adapter: Path, tmp_path: Path) -> None:
    artifacts = Artifacts(str(tmp_path / "store"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            artifacts.publish(adapter, "v1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "store").iterdir()) == []
    artifacts.publish(adapter, "v1")
    assert artifacts.names() == ["v1"]
