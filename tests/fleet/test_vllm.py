"""Agent, router and client against a real vLLM on the shipped model: what a fake cannot prove."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.errors import InvalidRequest, VersionMissing
from core.records import BASE
from core.registry import Registry
from core.replicas import Replicas
from core.settings import Settings
from core.store import Store
from server.fleet.agent import Agent
from server.fleet.client import VllmClient, open_session
from server.fleet.router import Route, Router
from tests.conftest import Vllm
from tests.fleet.conftest import OPERATOR, running, until
from tests.fleet.real import QUESTIONS, VERSIONS, forget_adapters, messages, publish_real

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

V1, V2, V3, V4, V5 = VERSIONS


@dataclass
class Fleet:
    """One agent and one router beside a real vLLM."""

    settings: Settings
    agent: Agent
    router: Router
    registry: Registry
    client: VllmClient
    adapters: Path

    @property
    def url(self) -> str:
        return self.settings.vllm_url

    async def publish(self, name: str, files: str = "") -> None:
        await publish_real(self.settings, self.registry, self.adapters / (files or name), name)

    async def promote(self, name: str) -> None:
        await self.registry.promote("support", name, OPERATOR)

    async def holds(self, *names: str) -> None:
        """Waits until the router knows that exactly these can be asked."""
        loaded = {"vllm": sorted(names)}
        await until(
            lambda: self.router.versions_loaded() == loaded, 120.0, lambda: self.agent.replica()
        )

    async def say(self, user: str, question: str, n: int = 24) -> Said:
        def body(route: Route) -> dict[str, Any]:
            return {
                "model": route.model,
                "messages": messages(question),
                "max_tokens": n,
                "ignore_eos": True,
                "return_token_ids": True,
                "cache_salt": route.version,
            }

        async with self.router.stream("support", user, body) as (route, chunks):
            said = Said(route.version, set(), [], "")
            async for chunk in chunks:
                said.models.add(chunk["model"])
                for choice in chunk["choices"]:
                    said.tokens += choice.get("token_ids") or []
                    said.finish_reason = choice["finish_reason"] or said.finish_reason
        return said


@dataclass
class Said:
    version: str
    models: set[str]
    tokens: list[int]
    finish_reason: str


@pytest.fixture
async def fleet(
    vllm: Vllm, settings: Settings, store: Store, adapters: Path
) -> AsyncIterator[Fleet]:
    settings = settings.model_copy(
        update={
            "vllm_port": vllm.port,
            "replica": "vllm",
            "unload_after_s": 2.0,
            "replica_ttl_s": 120.0,
        }
    )
    async with open_session() as session:
        client = VllmClient(session, settings)
        await forget_adapters(client, vllm.url)
        async with running(settings, store, client) as agent:
            registry = Registry(store)
            router = Router(registry, Replicas(store, settings.replica_ttl_s), settings, client)
            await router.start()
            fleet = Fleet(settings, agent, router, registry, client, adapters)
            try:
                await fleet.holds()
                yield fleet
            finally:
                await router.close()
                await forget_adapters(client, vllm.url)


async def test_versions_answer_as_the_trainer_said_and_each_in_its_own_way(fleet: Fleet) -> None:
    for name in (V1, V2):
        await fleet.publish(name)
        await fleet.promote(name)
    await fleet.holds(V1, V2)
    assert fleet.agent.replica().error == ""
    said: dict[str, list[list[int]]] = {BASE: [], V1: [], V2: []}
    for question in QUESTIONS:
        ids = await fleet.client.tokenize(fleet.url, BASE, messages(question))
        for model, answers in said.items():
            answers.append(await fleet.client.greedy_tokens(fleet.url, model, ids, 16))
    assert said[BASE] != said[V1] != said[V2] != said[BASE]


async def test_an_adapter_with_anothers_probe_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    swapped = tmp_path / "swapped"
    shutil.copytree(fleet.adapters / V1, swapped)
    shutil.copy(fleet.adapters / V2 / "probe.json", swapped / "probe.json")
    fleet.adapters = tmp_path
    await fleet.publish(V3, files="swapped")
    await fleet.promote(V3)
    await until(lambda: "the trainer said" in fleet.agent.replica().error, 120.0)
    assert fleet.agent.replica().versions == []
    assert (await fleet.say("ann", QUESTIONS[0])).version == BASE


async def test_an_adapter_vllm_cannot_read_is_refused_and_harms_nobody(
    fleet: Fleet, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(fleet.adapters / V1, broken)
    (broken / "adapter_model.safetensors").write_bytes(b"not safetensors")
    await fleet.publish(V2)
    await fleet.promote(V2)
    fleet.adapters = tmp_path
    await fleet.publish(V4, files="broken")
    await fleet.registry.stage("support", V4, OPERATOR)
    await until(lambda: V4 in fleet.agent.replica().error, 120.0)
    await fleet.holds(V2)
    assert (await fleet.say("ann", QUESTIONS[0])).version == V2


async def test_twenty_open_streams_survive_a_swap_each_from_one_version(fleet: Fleet) -> None:
    for name in (V1, V2):
        await fleet.publish(name)
    await fleet.promote(V1)
    await fleet.holds(V1)

    stop = asyncio.Event()
    answers: list[Said] = []

    async def chat(user: str) -> None:
        while not stop.is_set():
            answers.append(await fleet.say(user, QUESTIONS[1], n=32))

    async with asyncio.TaskGroup() as people:
        for user in range(20):
            people.create_task(chat(str(user)))
        await until(lambda: len(answers) >= 20, 120.0)
        await fleet.registry.stage("support", V2, OPERATOR)
        await fleet.holds(V1, V2)
        before = len(answers)
        await fleet.promote(V2)
        await until(lambda: len(answers) >= before + 60, 120.0)
        stop.set()

    for said in answers:
        assert said.models == {said.version}
        assert (len(said.tokens), said.finish_reason) == (32, "length")
    assert set(Counter(said.version for said in answers)) == {V1, V2}
    assert {said.version for said in answers[-20:]} == {V2}


async def test_an_unloaded_version_finishes_what_it_began(fleet: Fleet) -> None:
    await fleet.publish(V1)
    await fleet.promote(V1)
    await fleet.holds(V1)
    answer = asyncio.create_task(fleet.say("ann", QUESTIONS[1], n=400))
    await running_requests(fleet, lambda n: n == 1)
    await fleet.client.unload_adapter(fleet.url, V1)
    assert V1 not in await fleet.client.models(fleet.url)
    said = await answer
    assert (said.models, len(said.tokens)) == ({V1}, 400)


async def test_leaving_a_stream_aborts_it_in_the_engine(fleet: Fleet) -> None:
    reader = asyncio.create_task(fleet.say("ann", QUESTIONS[1], n=900))
    await running_requests(fleet, lambda n: n == 1)
    reader.cancel()
    await running_requests(fleet, lambda n: n == 0)


async def running_requests(fleet: Fleet, holds: Callable[[int], bool]) -> None:
    async def asked() -> bool:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{fleet.url}/metrics") as reply,
        ):
            lines = (await reply.text()).splitlines()
        name = "vllm:num_requests_running{"
        return holds(sum(int(float(x.split()[-1])) for x in lines if x.startswith(name)))

    await until(asked, 120.0)


async def test_what_vllm_refuses_is_told_apart(fleet: Fleet) -> None:
    body = {"model": BASE, "messages": messages("word " * 3000)}
    with pytest.raises(InvalidRequest, match="context length"):
        await fleet.client.chat(fleet.url, body)
    with pytest.raises(VersionMissing):
        await fleet.client.chat(fleet.url, {"model": V5, "messages": messages("Hello!")})
    with pytest.raises(InvalidRequest):
        await anext(fleet.client.stream_chat(fleet.url, {**body, "temperature": -1}))


async def test_prompt_ids_are_those_the_engine_saw(fleet: Fleet) -> None:
    body = {
        "model": BASE,
        "messages": messages("Hello!"),
        "max_tokens": 4,
        "return_token_ids": True,
    }
    answer = await fleet.client.chat(fleet.url, body)
    ids = await fleet.client.tokenize(fleet.url, BASE, messages("Hello!"))
    assert answer["prompt_token_ids"] == ids


async def test_unwanted_versions_leave_a_real_engine_too(fleet: Fleet) -> None:
    for name in (V1, V2, V3):
        await fleet.publish(name)
        await fleet.promote(name)
        await until(lambda name=name: name in fleet.agent.replica().versions, 120.0)  # type: ignore[misc]
    await fleet.holds(V2, V3)
    assert set(await fleet.client.models(fleet.url)) == {BASE, V2, V3}
    kept = fleet.settings.state_dir / "adapters" / "vllm"
    await until(lambda: not (kept / V1).exists(), 120.0)


async def test_a_killed_vllm_gets_its_versions_back_by_itself(fleet: Fleet, vllm: Vllm) -> None:
    for name in (V1, V2):
        await fleet.publish(name)
        await fleet.promote(name)
    await fleet.holds(V1, V2)
    await asyncio.to_thread(vllm.stop, signal.SIGKILL)
    await until(lambda: not fleet.agent.replica().ready, 120.0)
    await until(lambda: fleet.router.versions_loaded() == {}, 120.0)
    await asyncio.to_thread(vllm.start)
    await fleet.holds(V1, V2)
    assert (await fleet.say("ann", QUESTIONS[0])).version == V2
