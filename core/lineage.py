"""Which votes made which version. Beside every published version lies its ledger: one Parquet file,
sorted by feedback id, with every vote that this version or one before it was made of. So the newest
ledger alone answers for all versions, a million votes are 12 MB, and a look at a few of them reads
a part of it. It holds ids, no people and no texts; digests of people lie beside it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.artifacts import Artifacts
from core.errors import ArtifactCorrupt, NotFound, Unavailable

log = logging.getLogger(__name__)

FILE: Final = "votes.parquet"
PEOPLE: Final = "people.json"
"""Digests of those whose opinions the ledger's own version was made of (core.people)."""
ROW_GROUP: Final = 1 << 16
"""Votes that are read at least, to find one."""
TAUGHT, TESTED = "taught", "tested"

_COLUMNS: Final[dict[str, pa.DataType]] = {
    "feedback_id": pa.string(),
    "part": pa.string(),
    TAUGHT: pa.string(),
    TESTED: pa.string(),
}
SCHEMA: Final = pa.schema(_COLUMNS)
"""`part`: what the vote did for the ledger's own version, "taught" or "tested" (it was held out);
null when it only made earlier ones. `taught`, `tested`: the first version it did so for.
"""


@dataclass(frozen=True, slots=True)
class Shaped:
    """The first version that learned from a vote, and the first that was judged by it while it was
    held out; "" for none.
    """

    taught: str = ""
    tested: str = ""


def make_ledger(
    version: str,
    taught: pa.ChunkedArray[Any],
    tested: pa.ChunkedArray[Any],
    before: pa.Table | None,
) -> pa.Table:
    """The ledger of `version`, which the ids in `taught` and `tested` made; `before` is that of the
    version before. The same ids give the same table.
    """
    own = pa.concat_tables([_part(TAUGHT, taught), _part(TESTED, tested)])
    known = (before if before is not None else SCHEMA.empty_table()).drop_columns(["part"])
    joined = own.join(known, "feedback_id", join_type="full outer")
    made = {
        "feedback_id": joined["feedback_id"],
        "part": joined["part"],
        TAUGHT: _first(joined, TAUGHT, version),
        TESTED: _first(joined, TESTED, version),
    }
    return pa.table(made, schema=SCHEMA).sort_by("feedback_id")


def write_people(people: Sequence[str], directory: Path) -> None:
    """As PEOPLE in `directory`."""
    (directory / PEOPLE).write_text(json.dumps(people), encoding="utf-8")


def write_ledger(ledger: pa.Table, directory: Path) -> None:
    """As FILE in `directory`."""
    pq.write_table(
        ledger,
        directory / FILE,
        row_group_size=ROW_GROUP,
        compression="zstd",
        use_dictionary=False,
        column_encoding=dict.fromkeys(SCHEMA.names, "DELTA_BYTE_ARRAY"),
    )


class Ledgers:
    """Published ledgers. Blocking: call from a thread."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts

    def publish(self, version: str, directory: Path) -> None:
        """What `write_ledger` wrote into `directory`; it stays what it is when it is there."""
        try:
            self._artifacts.manifest(_name(version))
        except NotFound:
            self._artifacts.publish(directory, _name(version))

    def read(self, version: str, where: pc.Expression | None = None) -> pa.Table:
        """The ledger as in SCHEMA. Raises NotFound, and ArtifactCorrupt when it cannot be read."""
        try:
            with self._artifacts.open(_name(version), FILE) as file:
                return pq.read_table(file, filters=where, schema=SCHEMA)
        except (OSError, pa.ArrowInvalid) as error:
            raise ArtifactCorrupt(f"{_name(version)}/{FILE} cannot be read: {error}") from error

    def read_first(self, versions: Iterable[str]) -> pa.Table | None:
        """Of the first of these that can be read: what a damaged one alone knew is lost, but no
        later version is kept from being published.
        """
        for version in versions:
            try:
                return self.read(version)
            except (NotFound, ArtifactCorrupt) as error:
                about = {"action": "lineage", "version": version, "error": error.message}
                log.warning("no ledger of votes", extra=about)
        return None

    def has(self, version: str, person: str) -> bool:
        """Whether the version was made of opinions of a person (a digest). Raises Unavailable when
        the store does not answer.
        """
        try:
            with self._artifacts.open(_name(version), PEOPLE) as file:
                return person in json.load(file)
        except (FileNotFoundError, NotFound):
            return False
        except OSError as error:
            raise Unavailable(f"The artifact store does not answer: {error}") from error

    def find(self, version: str, feedback_ids: Iterable[str]) -> dict[str, Shaped]:
        """Those of the votes that made `version` or one before it. Raises as `read` does."""
        wanted = pa.array(list(feedback_ids), pa.string())
        rows = self.read(version, pc.field("feedback_id").isin(wanted)).to_pylist()
        return {r["feedback_id"]: Shaped(r[TAUGHT] or "", r[TESTED] or "") for r in rows}


def _name(version: str) -> str:
    return f"{version}-votes"


def _part(part: str, ids: pa.ChunkedArray[Any]) -> pa.Table:
    """Each id once: a ranking is several rows of a snapshot."""
    once = pc.unique(ids)
    return pa.table({"feedback_id": once, "part": pa.repeat(part, len(once))})


def _first(joined: pa.Table, part: str, version: str) -> Any:
    now = pc.fill_null(pc.equal(joined["part"], pa.scalar(part)), pa.scalar(False))
    return pc.coalesce(joined[part], pc.if_else(now, version, pa.scalar(None, pa.string())))
