"""The move to a managed Redis and a bucket, as docs/operate.md says it: the log's file from another
server, a user with a password and no rights but the needed ones, TLS, artifacts without a disk.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import CERT_REQUIRED

import pytest
from redis.exceptions import ResponseError

from core.archive import Archive
from core.artifacts import Artifacts, verify
from core.errors import StoreUnavailable
from core.feedback import FeedbackLog
from core.local import find_binary
from core.records import Feedback
from core.registry import Actor, Registry
from core.runs import Runs
from core.settings import Settings
from core.store import Store, connect, wait_for_store
from core.workers import Workers
from tests.conftest import ROOT, free_port
from tests.deploy.s3 import Bucket
from tests.deploy.test_restore import NEXT, VERSION, Place, live, said
from tests.deploy.tls import certify, tls_before
from tests.server.conftest import run_live
from tests.server.upstream import run_upstream
from tests.worker.conftest import until
from tests.worker.test_pipeline import env_of
from worker.config import celery_config

MANUAL = (ROOT / "docs" / "operate.md").read_text()
USER, PASSWORD = "thumbwheel", "p@ss/w:rd"
QUOTED = "p%40ss%2Fw%3Ard"
RIGHTS = "~* &* +@all -@admin -@dangerous +info"
"""What the manual says that the user needs."""
CONFIG = f"""
bind 127.0.0.1
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
requirepass of-the-provider
user {USER} on >{PASSWORD} {RIGHTS}
"""
OPERATOR = Actor("ada", "a test")


@dataclass
class Managed:
    """A provider's Redis, with its files below a directory."""

    home: Path
    port: int

    @contextmanager
    def running(self) -> Iterator[None]:
        config = self.home / "valkey.conf"
        config.write_text(f"{CONFIG}\nport {self.port}\ndir {self.home}\n")
        with (self.home / "log").open("wb") as log:
            process = subprocess.Popen([find_binary(), config], stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def address(port: int, user: str = f"{USER}:{QUOTED}", scheme: str = "redis") -> str:
    return f"{scheme}://{user}@127.0.0.1:{port}/0"


@pytest.fixture
def managed(tmp_path: Path) -> Managed:
    home = tmp_path / "managed"
    home.mkdir()
    return Managed(home, free_port())


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = connect(url)
    try:
        await wait_for_store(store, 60.0)
        yield store
    finally:
        await store.close()


async def test_a_move_loses_nothing_and_goes_on(
    tmp_path: Path, managed: Managed, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await leave(Place(tmp_path / "old"), managed, bucket)
    authority, certificate = certify(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with managed.running():
        async with tls_before(managed.port, certificate) as port, run_upstream() as upstream:
            settings = Settings(
                _env_file=None,
                redis_url=address(port, scheme="rediss"),
                artifacts_url=bucket.url("shop"),
                state_dir=tmp_path / "var",
                port=free_port(),
                vllm_urls=upstream.url,
                assistants_file=ROOT / "assistants.toml",
                tick_interval_s=0.2,
            )
            async with opened(settings.redis_url) as store:
                await everything_is_there(store, settings, before, tmp_path / "fetched")
                await people_vote(settings)
                await worker_looks(store, settings, tmp_path)
                log = log_in(store, settings)
                assert len([o async for o in log.read("tutor")]) == 1
                assert await Archive(store, settings.artifacts).move("support", 20) == 20
                assert await said(log) == before


async def leave(old: Place, new: Managed, bucket: Bucket) -> list[Feedback]:
    """What was said; then the log's file is where the provider imports it, the artifacts where
    `aws s3 sync` puts them.
    """
    async with old.running() as store:
        before = await live(store, old)
        await Registry(store).hold("support", OPERATOR)
    shutil.copytree(old.redis / "appendonlydir", new.home / "appendonlydir")
    for path in old.artifacts.rglob("*"):
        if path.is_file():
            bucket.objects[f"shop/{path.relative_to(old.artifacts)}"] = path.read_bytes()
    shutil.rmtree(old.home)
    return before


def log_in(store: Store, settings: Settings) -> FeedbackLog:
    return FeedbackLog(store, Archive(store, settings.artifacts))


async def everything_is_there(
    store: Store, settings: Settings, before: list[Feedback], parent: Path
) -> None:
    registry = Registry(store)
    pointer = await registry.pointer("support")
    assert (pointer.champion, pointer.candidate, pointer.held) == (VERSION, NEXT, True)
    assert await said(log_in(store, settings)) == before
    artifacts = await asyncio.to_thread(Artifacts, settings.artifacts)
    assert await asyncio.to_thread(artifacts.names) == [VERSION, NEXT]
    for version in (VERSION, NEXT):
        copy = await asyncio.to_thread(artifacts.fetch, version, parent)
        assert verify(copy).sha256 == (await registry.version("support", version)).sha256


async def people_vote(settings: Settings) -> None:
    async with run_live(settings) as api:
        parts = (await api.http.get("/readyz")).json()["parts"]
        assert parts["redis"]["ok"], parts
        question = [{"role": "user", "content": "Hi"}]
        body = {"model": "tutor", "messages": question}
        answer = (await api.http.post("/v1/chat/completions", json=body)).json()
        vote = {"kind": "thumb", "response_id": answer["id"], "value": "up"}
        assert (await api.http.post("/v1/feedback", json=vote)).status_code == 201
        resumed = await api.http.post("/v1/assistants/support/resume", json={"reason": "moved"})
        assert resumed.status_code == 200, resumed.text


async def worker_looks(store: Store, settings: Settings, directory: Path) -> None:
    """Celery over TLS, as the same user: a tick is sent, taken and done."""
    names = ("-Q", "short", "-n", "short@here", "-c", "1", "-B")
    argv = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", *names)
    env = {**env_of(settings), "THUMBWHEEL_ARTIFACTS_URL": settings.artifacts}
    with (directory / "worker.log").open("wb") as log:
        worker = await asyncio.create_subprocess_exec(
            *argv, env=env, stdout=log, stderr=log, cwd=directory
        )
    try:
        runs = Runs(store)
        await until(
            lambda: runs.trigger_state("support"), 60.0, (directory / "worker.log").read_text()
        )
        assert [w.queues for w in await Workers(store).alive()] == [["short"]]
    finally:
        worker.terminate()
        await worker.wait()


@pytest.mark.parametrize(
    "user",
    ["", f":{QUOTED}", f"{USER}:guessed", "somebody:else"],
    ids=["nobody", "no user", "another password", "another user"],
)
async def test_nobody_else_gets_in(managed: Managed, user: str) -> None:
    with managed.running():
        async with opened(address(managed.port)) as store:
            await store.check_durable()
        store = connect(address(managed.port, user))
        try:
            with pytest.raises((StoreUnavailable, ResponseError)):
                await store.check_durable()
        finally:
            await store.close()


async def test_a_certificate_nobody_vouches_for_is_refused(
    managed: Managed, tmp_path: Path
) -> None:
    _, certificate = certify(tmp_path)
    with managed.running():
        async with tls_before(managed.port, certificate) as port:
            store = connect(address(port, scheme="rediss"))
            with pytest.raises(StoreUnavailable) as told:
                await store.check_durable()
            assert "certificate verify failed" in str(told.value.__cause__)
            await store.close()


@pytest.mark.parametrize(
    ("log", "broker"),
    [
        ("redis://h:6379/0", "redis://h:6379/1"),
        (
            "rediss://u:p%2Fw@h/0?ssl_ca_certs=/a/b.pem",
            "rediss://u:p%2Fw@h/1?ssl_ca_certs=/a/b.pem",
        ),
    ],
)
def test_where_one_server_is_both_the_broker_has_its_second_database(log: str, broker: str) -> None:
    assert Settings(_env_file=None, redis_url=log).broker == broker


@pytest.mark.parametrize(("scheme", "checked"), [("redis", None), ("rediss", CERT_REQUIRED)])
def test_a_brokers_certificate_is_checked(scheme: str, checked: object) -> None:
    settings = Settings(_env_file=None, broker_url=f"{scheme}://u:p@h:6380/0")
    found = celery_config(settings)["broker_use_ssl"] or {"ssl_cert_reqs": None}
    assert found == {"ssl_cert_reqs": checked}


def test_the_manual_says_so() -> None:
    for words in (RIGHTS, "rediss://", "aws s3 sync artifacts s3://", "hold support"):
        assert words in MANUAL, words
