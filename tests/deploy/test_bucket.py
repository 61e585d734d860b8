"""The artifact store in a bucket: published, verified, archived and listed without a disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.archive import Archive
from core.artifacts import MANIFEST, Artifacts, verify
from core.errors import ArtifactCorrupt, Conflict, NotFound, Unavailable
from core.feedback import FeedbackLog
from core.store import Store
from tests.core.test_artifacts import adapter
from tests.deploy.s3 import Bucket

__all__ = ["adapter"]

FOLDER = "shop/of-ours"


@pytest.fixture
def artifacts(bucket: Bucket) -> Artifacts:
    return Artifacts(bucket.url("shop"))


def test_what_is_published_comes_back_verified(
    bucket: Bucket, artifacts: Artifacts, adapter: Path, tmp_path: Path
) -> None:
    (adapter / "weights.bin").write_bytes(bytes(range(256)) * 45_000)  # more than one part
    manifest = artifacts.publish(adapter, "v1")
    assert artifacts.publish(adapter, "v1") == manifest
    assert max(len(parts) for parts in bucket.uploads.values()) > 1
    copy = artifacts.fetch("v1", tmp_path / "local")
    assert verify(copy) == manifest
    assert (copy / "weights.bin").read_bytes() == (adapter / "weights.bin").read_bytes()
    with artifacts.open("v1", "deep/card.md") as file:
        assert file.read() == b"# card"
    assert artifacts.names() == ["v1"]
    files = {key for key in bucket.objects if not key.endswith("/")}
    assert files == {f"shop/v1/{name}" for name in ("weights.bin", "deep/card.md", MANIFEST)}


def test_a_name_is_never_reused(artifacts: Artifacts, adapter: Path) -> None:
    artifacts.publish(adapter, "v1")
    (adapter / "weights.bin").write_bytes(b"other")
    with pytest.raises(Conflict):
        artifacts.publish(adapter, "v1")


def test_an_upload_that_died_is_invisible_and_can_be_repeated(
    bucket: Bucket, artifacts: Artifacts, adapter: Path, tmp_path: Path
) -> None:
    """A bucket cannot rename: the manifest comes last, and readers look for nothing else."""
    artifacts.publish(adapter, "v1")
    del bucket.objects[f"shop/v1/{MANIFEST}"]
    assert artifacts.names() == []
    with pytest.raises(NotFound):
        artifacts.fetch("v1", tmp_path / "local")
    artifacts.publish(adapter, "v1")
    assert artifacts.names() == ["v1"]


@pytest.mark.parametrize("damage", ["cut", "other", "gone"])
def test_what_was_damaged_there_is_refused(
    bucket: Bucket, artifacts: Artifacts, adapter: Path, tmp_path: Path, damage: str
) -> None:
    artifacts.publish(adapter, "v1")
    key = "shop/v1/weights.bin"
    content = bucket.objects.pop(key)
    if damage != "gone":
        bucket.objects[key] = content[:-1] if damage == "cut" else b"\1" + content[1:]
    with pytest.raises(ArtifactCorrupt):
        artifacts.fetch("v1", tmp_path / "local")
    assert not (tmp_path / "local" / "v1").exists()


def test_more_names_than_one_page(bucket: Bucket, artifacts: Artifacts) -> None:
    names = [f"v{number:04}" for number in range(1100)]
    bucket.objects |= {f"shop/log/{name}.parquet": b"x" for name in names}
    assert artifacts.files("log") == [f"{name}.parquet" for name in names]


def test_single_files(bucket: Bucket) -> None:
    artifacts = Artifacts(bucket.url(FOLDER))
    assert artifacts.files("logs") == []
    artifacts.write("logs/a b+c.bin", b"said")
    assert artifacts.read("logs/a b+c.bin") == b"said"
    assert artifacts.files("logs") == ["a b+c.bin"]
    artifacts.remove("logs/a b+c.bin")
    artifacts.remove("logs/a b+c.bin")
    with pytest.raises(NotFound):
        artifacts.read("logs/a b+c.bin")


async def test_the_log_is_archived_and_read_and_forgets(bucket: Bucket, store: Store) -> None:
    archive = Archive(store, bucket.url("shop"))
    log = FeedbackLog(store, archive)
    for number in range(40):
        await log.append("thumb", "support", f"p{number % 4}", f"resp_{number}", {"value": "up"})
    before = [opinion async for opinion in log.read("support")]
    assert await archive.move("support", 15) == 15
    assert [opinion async for opinion in log.read("support")] == before
    await archive.erase("support", "p1")
    left = [opinion async for opinion in log.read("support")]
    archived = {opinion.target for opinion in before[:15] if opinion.user == "p1"}
    assert archived
    assert [o for o in left if o.target in archived] == []


async def test_a_bucket_that_is_away_is_told_and_loses_nothing(
    bucket: Bucket, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(store, bucket.url("shop"))
    log = FeedbackLog(store, archive)
    await log.append("thumb", "support", "p1", "resp_1", {"value": "up"})
    bucket.away = True
    with pytest.raises(Unavailable):
        await archive.move("support", 1)
    assert len([opinion async for opinion in log.read("support")]) == 1


def test_a_wrong_secret_opens_nothing(
    bucket: Bucket, adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "guessed")
    with pytest.raises(OSError, match=r"ACCESS_DENIED|SIGNATURE"):
        Artifacts(bucket.url("shop")).publish(adapter, "v1")
    assert not bucket.objects
