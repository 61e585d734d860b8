"""Releases read each other's records: upgrading, what 0.1.0 wrote; rolling back, what a newer one
added.
"""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from core import keys, records
from core.audit import Act, Audit
from core.records import Response, decode, to_dict
from core.responses import Responses
from core.store import Store
from core.timeline import Tally, Timeline
from tests.conftest import ROOT

WRITTEN: dict[str, dict[str, Any]] = {
    name: example
    for release in ("0.1.0", "next")
    for name, example in json.loads(
        Path(__file__).with_name(f"records-{release}.json").read_bytes()
    ).items()
}
"""What a release wrote, every field of it used, by class. 0.1.0's are never changed; those of newer
classes wait in `next`, which gets the release's name with it.
"""
FUTURE = {"from_the_future": 1}


def load(name: str) -> type[Any]:
    module, _, cls = name.rpartition(".")
    found: type[Any] = getattr(importlib.import_module(module), cls)
    return found


def read_somewhere() -> Iterator[str]:
    """Names of the classes that something stored is decoded as."""
    for package in ("core", "server", "worker"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "decode":
                    first = node.args[0]
                    yield getattr(first, "id", ast.unparse(first))


def test_every_record_has_an_example() -> None:
    shared = {name for name, cls in vars(records).items() if is_dataclass(cls)}
    assert {name.rpartition(".")[2] for name in WRITTEN} >= shared | set(read_somewhere())


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_release_wrote_is_read(name: str) -> None:
    written = WRITTEN[name]
    read = to_dict(decode(load(name), orjson.dumps(written)))
    assert {field: read[field] for field in written} == written


@pytest.mark.parametrize("name", WRITTEN)
def test_what_a_newer_release_adds_is_left_out(name: str) -> None:
    written = WRITTEN[name]
    newer = orjson.dumps(_with_future(written))
    assert decode(load(name), newer) == decode(load(name), orjson.dumps(written))


def _with_future(written: dict[str, Any]) -> dict[str, Any]:
    """In the record, and in the records inside it."""
    inner = {"verdict", "look", "base_files", "about"} & written.keys()
    return written | FUTURE | {name: written[name] | FUTURE for name in inner}


async def test_an_operators_act_of_a_newer_release_is_told(store: Store) -> None:
    act = WRITTEN["core.audit.Act"]
    await store.redis.xadd(keys.access_audit(), {"at": "1790000000.25", **act, **FUTURE})
    (noted,) = await Audit(store).newest(10)
    assert (noted.at, noted.act) == (1790000000.25, Act(**act))


async def test_an_answer_that_a_newer_release_ended_is_told(store: Store) -> None:
    written = decode(Response, orjson.dumps(WRITTEN["core.records.Response"]))
    responses = Responses(store)
    await responses.start(written)
    end = orjson.dumps({"status": "aborted", **FUTURE}).decode()
    await store.redis.hset(keys.response(written.id), "end", end)
    assert (await responses.get(written.id)).status == "aborted"


async def test_a_figure_that_a_newer_release_counts_is_left_out(store: Store) -> None:
    row = orjson.dumps({"up base": 2, "from_the_future base": 1, "people": 1}).decode()
    await store.redis.hset(keys.timeline("support"), "hour:497222", row)
    begun = 497222 * 3600.0
    (bucket,) = await Timeline(store).buckets("support", "hour", begun, begun + 1)
    assert bucket.by_version == {"base": Tally(up=2)}
