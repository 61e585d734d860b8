"""Ledgers: which votes made which version, version after version."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from core.artifacts import Artifacts
from core.errors import ArtifactCorrupt, NotFound
from core.ids import new_id
from core.lineage import FILE, Ledgers, Shaped, make_ledger, write_ledger

V1, V2, V3 = (f"support-p00000{i}-aaaaaaaa" for i in (1, 2, 3))


def ids(*names: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(list(names), pa.string())])


@pytest.fixture
def ledgers(tmp_path: Path) -> Ledgers:
    """Of three versions: one vote is held out at first, one is left out later, one comes last."""
    one = make_ledger(V1, ids("a", "b", "b"), ids("c"), None)
    two = make_ledger(V2, ids("a", "c"), ids(), one)
    three = make_ledger(V3, ids("d", "a"), ids("b"), two)
    kept = Ledgers(Artifacts(str(tmp_path / "artifacts")))
    for version, ledger in ((V1, one), (V2, two), (V3, three)):
        directory = tmp_path / version
        directory.mkdir()
        write_ledger(ledger, directory)
        kept.publish(version, directory)
    return kept


def test_each_vote_names_the_first_version_it_shaped(ledgers: Ledgers) -> None:
    assert ledgers.find(V3, ["a", "b", "c", "d", "no such vote"]) == {
        "a": Shaped(taught=V1),
        "b": Shaped(taught=V1, tested=V3),
        "c": Shaped(taught=V2, tested=V1),
        "d": Shaped(taught=V3),
    }
    assert ledgers.find(V1, ["c", "d"]) == {"c": Shaped(tested=V1)}
    assert ledgers.find(V1, []) == {}


def test_a_ledger_tells_its_own_versions_votes_from_older_ones(ledgers: Ledgers) -> None:
    rows = ledgers.read(V2).to_pylist()
    parts = {row["feedback_id"]: row["part"] for row in rows}
    assert parts == {"a": "taught", "b": None, "c": "taught"}


def test_the_first_to_be_published_stays(ledgers: Ledgers, tmp_path: Path) -> None:
    directory = tmp_path / "late"
    directory.mkdir()
    write_ledger(make_ledger(V1, ids("z"), ids(), None), directory)
    ledgers.publish(V1, directory)
    assert ledgers.find(V1, ["z"]) == {}
    with pytest.raises(NotFound):
        ledgers.find("support-p000009-aaaaaaaa", ["a"])


@pytest.mark.parametrize("damage", [b"", b"PAR1 no more", None])
def test_a_damaged_ledger_is_passed_over(
    ledgers: Ledgers, tmp_path: Path, damage: bytes | None
) -> None:
    """Cut short where `damage` is None, in the middle of a column."""
    path = tmp_path / "artifacts" / f"{V3}-votes" / FILE
    content = path.read_bytes()
    path.write_bytes(content[:10] + content[40:] if damage is None else damage)
    with pytest.raises(ArtifactCorrupt, match="cannot be read"):
        ledgers.find(V3, ["a"])
    assert ledgers.read_first(["support-p000009-aaaaaaaa", V3, V2]) == ledgers.read(V2)
    path.unlink()
    with pytest.raises(ArtifactCorrupt, match="cannot be read"):
        ledgers.find(V3, ["a"])
    assert ledgers.read_first([V3]) is None


def test_a_ledger_is_small_and_the_same_every_time(tmp_path: Path) -> None:
    votes = ids(*(new_id("fb") for _ in range(5000)))
    made = set()
    for name in ("1", "2"):
        directory = tmp_path / name
        directory.mkdir()
        write_ledger(make_ledger(V1, votes, ids(), None), directory)
        made.add((directory / FILE).read_bytes())
    [content] = made
    assert len(content) < 15 * 5000
