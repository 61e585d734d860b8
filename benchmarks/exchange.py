"""Files of feedback that people really gave, through the product: imported, imported again, counted
beside what their JSON holds, learned from, exported, imported for another assistant and exported
from there, byte for byte.

`--file=FORMAT:PATH`, as often as there are files; behind format jsonl its mapping:
`--file=jsonl:judged.json:prompt=instruction,answer_a=...`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from httpx import ASGITransport, AsyncClient

from benchmarks.exchanged import MOST_TOKENS, STEPS, Found, Learned, describe
from benchmarks.rawfiles import Raw, count_file
from core.assistants import Assistants, load_assistants
from core.local import RedisServer
from core.settings import Settings
from core.store import connect, wait_for_store
from server.app import create_app
from trainer.config import to_toml
from worker.choose import choose
from worker.context import make_context, trainer_command
from worker.recipe import make_config
from worker.snapshot import Snapshot, take_snapshot
from worker.sufficiency import objection

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = Path(__file__).parent / "results"
FIRST, SECOND = "support", "tutor"
ASSISTANT: Final = """
[{name}]
system_prompt = "You are the kind assistant of a {name}."
recipe = "auto"

[{name}.trainer]
dpo = {{ steps = {steps}, warmup_steps = 0 }}
kto = {{ steps = {steps}, warmup_steps = 0 }}
"""


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    format: str
    mapping: tuple[str, ...] = ()

    def count(self) -> Raw:
        pairs = dict(pair.partition("=")[::2] for pair in self.mapping)
        return count_file(self.path, self.format, pairs)


def read_file(said: str) -> File:
    form, _, rest = said.partition(":")
    path, _, mapping = rest.partition(":")
    return File(Path(path), form, tuple(filter(None, mapping.split(","))))


async def exchange(file: File, folder: Path, url: str) -> Found:
    settings = _settle(folder, url)
    app = create_app(settings)
    transport = ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=None) as http,
    ):
        data = file.path.read_bytes()
        asked = {"format": file.format, "map": list(file.mapping)}
        first, again = [await _take_in(http, FIRST, data, **asked) for _ in range(2)]
        out = await _give_out(http, FIRST)
        snapshot, learned = await _learn(settings, folder)
        second = await _take_in(http, SECOND, out, format="thumbwheel")
        return Found(
            file=file.path.name,
            format=file.format,
            raw=file.count(),
            first=first,
            again=again,
            counts=snapshot.manifest["counts"],
            dropped=snapshot.manifest["dropped"],
            learned=learned,
            exported=len(out),
            second=second,
            same_bytes=await _give_out(http, SECOND) == out,
        )


def _settle(folder: Path, url: str) -> Settings:
    declared = folder / "assistants.toml"
    names = (FIRST, SECOND)
    declared.write_text("".join(ASSISTANT.format(name=name, steps=STEPS) for name in names))
    return Settings(
        _env_file=None,
        redis_url=url,
        state_dir=folder / "var",
        assistants_file=declared,
        max_model_len=MOST_TOKENS,
    )


async def _take_in(http: AsyncClient, assistant: str, data: bytes, **asked: Any) -> dict[str, Any]:
    params = {"assistant": assistant, "skip_bad": True, **asked}
    reply = await http.post("/v1/feedback/import", params=params, content=data)
    reply.raise_for_status()
    said: dict[str, Any] = reply.json()
    return said


async def _give_out(http: AsyncClient, assistant: str) -> bytes:
    reply = await http.get("/v1/feedback/export", params={"assistant": assistant})
    reply.raise_for_status()
    return reply.content


async def _learn(settings: Settings, folder: Path) -> tuple[Snapshot, Learned]:
    """As the worker would: a snapshot, the method that suits it, the trainer."""
    store = connect(settings.redis_url)
    try:
        snapshot = await take_snapshot(make_context(settings, store), FIRST, folder / "snapshot")
    finally:
        await store.close()
    assistants = load_assistants(settings.assistants_file)
    return snapshot, await asyncio.to_thread(_train, settings, assistants, snapshot, folder)


def _train(settings: Settings, assistants: Assistants, snapshot: Snapshot, folder: Path) -> Learned:
    assistant = assistants.get(FIRST)
    method = choose(snapshot.manifest, assistant).method
    if refused := objection(snapshot.manifest, assistant, method):
        return Learned(method, refused)
    config = make_config(settings, assistant, method, "exchange", folder, None)
    config = replace(config, evaluate=replace(config.evaluate, prompts=0))
    (folder / "run.toml").write_text(to_toml(config))
    command = [*trainer_command(settings), method, "--config", str(folder / "run.toml")]
    subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, check=False)
    report = json.loads((folder / "report.json").read_text())
    heldout = report["heldout"] or {}
    return Learned(
        method=method,
        rows=report["rows"],
        status=report["error"] or report["status"],
        accuracy=heldout.get("accuracy"),
        heldout=heldout.get("n", 0),
    )


def run(file: File) -> Found:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home, RedisServer(Path(home) / "redis", port) as server:
        return asyncio.run(_run(file, Path(home), server.url))


async def _run(file: File, folder: Path, url: str) -> Found:
    store = connect(url)
    await wait_for_store(store, 30.0)
    await store.close()
    return await exchange(file, folder, url)


def parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks exchange", description=__doc__)
    parser.add_argument("--file", type=read_file, action="append", default=[], help="FORMAT:PATH")
    parser.add_argument("--output", type=Path, default=RESULTS, help=f"folder; {RESULTS}")
    # Run with others, it is given their options too.
    return parser.parse_known_args(words)[0]


def main(words: Sequence[str] = ()) -> None:
    options = parse(words)
    if not options.file:
        sys.stderr.write("exchange: no file; give --file=FORMAT:PATH, once or more\n")
        return
    found: list[Found] = []
    for file in options.file:
        found.append(run(file))
        write(options.output, found)
    sys.stdout.write(describe(found))


def write(folder: Path, found: Sequence[Found]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = json.dumps([asdict(one) for one in found], indent=2)
    (folder / "exchange.json").write_text(f"{document}\n")
    (folder / "exchange.md").write_text(describe(found))
