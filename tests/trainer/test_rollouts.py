"""Samples from a vLLM server, here a small one that remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.errors import RunCancelled, RunFailed
from trainer.adapter_files import read_adapter
from trainer.backbone import load_backbone
from trainer.config import parse_config
from trainer.data import Prompt
from trainer.lora import Role
from trainer.rollouts import VllmSampler, open_sampler

PROMPTS = [Prompt([], (5, 6, 7)), Prompt([], (8, 9))]


@dataclass
class FakeVllm:
    """`ills`: statuses given, in turn, before anything works. `cut`: replies of which the end is
    lost, and `garbled` those that are no JSON, before that. Answers repeat the prompt's first
    token, then end; none comes before `held` is set.
    """

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    loaded: dict[str, str] = field(default_factory=dict)
    ills: list[int] = field(default_factory=list)
    cut: int = 0
    garbled: int = 0
    strange: bool = False
    held: threading.Event | None = None
    choice: dict[str, Any] = field(default_factory=dict)

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.calls.append((path, body))
        if self.ills:
            return self.ills.pop(0), {"error": {"message": "not now"}}
        if path == "/v1/load_lora_adapter":
            read_adapter(Path(body["lora_path"]))
            self.loaded[body["lora_name"]] = body["lora_path"]
            return 200, {}
        if path == "/v1/unload_lora_adapter":
            path_of = self.loaded.pop(body["lora_name"], None)
            assert path_of is None or Path(path_of).is_dir(), "the files go after the adapter"
            return (200, {}) if path_of else (404, {"error": {"message": "no such adapter"}})
        assert path == "/v1/completions"
        assert body["model"] in self.loaded
        if self.held:
            self.held.wait(60)
        said = {
            "token_ids": [body["prompt"][0], 0],
            "logprobs": {"token_logprobs": [-1.5, -0.5]},
            **self.choice,
        }
        return 200, {} if self.strange else {"choices": [said] * body["n"]}

    def paths(self) -> list[str]:
        return [path.rpartition("/")[2] for path, _ in self.calls]


@pytest.fixture
def vllm() -> Iterator[FakeVllm]:
    fake = FakeVllm()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = fake.answer(self.path, body)
            payload = json.dumps(answer).encode()
            if fake.garbled and self.path == "/v1/completions":
                fake.garbled -= 1
                payload = b"<html>one moment</html>"
            self.send_response(status)
            lost, fake.cut = min(fake.cut, 1), max(0, fake.cut - 1)
            self.send_header("Content-Length", str(len(payload) + lost))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def make_sampler(
    make_tables: Callable[..., dict[str, Any]], vllm: FakeVllm
) -> Callable[..., VllmSampler]:
    def make(pause: Callable[[float], None] = lambda _: None, url: str = "") -> VllmSampler:
        config = parse_config(
            make_tables(
                ppo={"rollout_url": url or vllm.url + "/", "samples": 4, "temperature": 0.7}
            )
        )
        return VllmSampler(load_backbone(config), config, pause)

    return make


def test_every_update_has_an_adapter_of_its_own_name(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm, tmp_path: Path
) -> None:
    sampler = make_sampler()
    shares: list[float] = []
    first = sampler.sample(PROMPTS, 0, shares.append)
    assert shares[-1] == 1
    assert [rollout.prompt for rollout in first] == PROMPTS
    for rollout in first:
        assert len(rollout.samples) == 4
        assert all(s.ids == (rollout.prompt.ids[0], 0) for s in rollout.samples)
        assert all(s.ended and s.logps == (-1.5, -0.5) for s in rollout.samples)
    assert vllm.paths() == ["load_lora_adapter", "completions", "completions"]
    ((old, where),) = vllm.loaded.items()
    layers = sampler.backbone.adapter_file(Role.POLICY, sampler.config.lora).layers
    assert read_adapter(Path(where)).layers.keys() == layers.keys()

    (tmp_path / "out" / "rollouts" / f".{old}.partial").mkdir()
    sampler.sample(PROMPTS, 1, shares.append)
    ((new, _),) = vllm.loaded.items()
    assert new != old
    rollouts = tmp_path / "out" / "rollouts"
    assert [path.name for path in rollouts.glob("[!.]*")] == [new]
    again = make_sampler()
    again.sample(PROMPTS, 1, shares.append)
    assert len(vllm.loaded) == 1, "what a killed run left is taken back"
    assert new not in vllm.loaded, "the same update of another try has another name"
    again.close()
    assert vllm.loaded == {}
    assert not rollouts.exists()


def test_tokens_are_drawn_from_the_policy_alone_and_after_people(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    make_sampler().sample(PROMPTS[:1], 0, lambda _: None)
    ((name, _),) = vllm.loaded.items()
    path, body = vllm.calls[-1]
    assert path == "/v1/completions"
    assert body == {
        "model": name,
        "cache_salt": name,
        "prompt": [5, 6, 7],
        "n": 4,
        "max_tokens": 160,
        "temperature": 0.7,
        "top_p": 1.0,
        "top_k": 0,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "stop_token_ids": [0],
        "logprobs": 1,
        "return_token_ids": True,
        "priority": 100,
    }


def test_a_server_that_comes_back_is_waited_for(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    pauses: list[float] = []
    sampler = make_sampler(pauses.append)
    vllm.ills = [503, 404, 500]
    assert len(sampler.sample(PROMPTS[:1], 0, lambda _: None)) == 1
    assert pauses == [0.5, 1.0, 2.0]
    vllm.cut = 1
    assert len(sampler.sample(PROMPTS[:1], 1, lambda _: None)) == 1
    assert pauses[3:] == [0.5]
    vllm.garbled = 2
    assert len(sampler.sample(PROMPTS[:1], 2, lambda _: None)) == 1
    assert pauses[4:] == [0.5, 1.0]


def test_a_server_that_does_not_come_back_ends_the_run(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    sampler = make_sampler()
    vllm.ills = [503] * 5
    with pytest.raises(RunFailed, match=r"failed 5 times, at last with 503 .*not now.*see that it"):
        sampler.sample(PROMPTS[:1], 0, lambda _: None)
    nobody = make_sampler(url="http://127.0.0.1:9")
    with pytest.raises(RunFailed, match="failed 5 times, at last with ConnectionRefusedError"):
        nobody.sample(PROMPTS[:1], 0, lambda _: None)
    nobody.close()
    vllm.garbled = 5
    with pytest.raises(RunFailed, match="failed 5 times, at last with JSONDecodeError"):
        sampler.sample(PROMPTS[:1], 0, lambda _: None)
    vllm.strange = True
    with pytest.raises(RunFailed, match=r"gave 0 answers of 4 .*is ppo\.rollout_url a vLLM"):
        sampler.sample(PROMPTS[:1], 0, lambda _: None)


def test_a_refusal_is_not_tried_again(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    sampler = make_sampler()
    vllm.ills = [400]
    with pytest.raises(RunFailed, match=r"refused .*load_lora_adapter: 400 .*not now"):
        sampler.sample(PROMPTS[:1], 0, lambda _: None)
    assert len(vllm.calls) == 1


@pytest.mark.parametrize("choice", [{"token_ids": None}, {"logprobs": None}, {"token_ids": [1]}])
def test_an_answer_without_its_tokens_is_said(
    choice: dict[str, Any], make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    vllm.choice = choice
    with pytest.raises(RunFailed, match=r"token ids and .* log-probabilities"):
        make_sampler().sample(PROMPTS[:1], 0, lambda _: None)


def test_an_answer_that_was_cut_off_has_not_ended(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    vllm.choice = {"token_ids": [4, 4]}
    (rollout,) = make_sampler().sample(PROMPTS[:1], 0, lambda _: None)
    assert not any(sample.ended for sample in rollout.samples)


def test_a_cancelled_run_takes_its_adapter_back(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    def cancel(_: float) -> None:
        raise RunCancelled("stopped")

    sampler = make_sampler()
    with pytest.raises(RunCancelled):
        sampler.sample(PROMPTS, 0, cancel)
    sampler.close()
    assert vllm.loaded == {}


def test_a_cancelled_run_does_not_wait_for_answers(
    make_sampler: Callable[..., VllmSampler], vllm: FakeVllm
) -> None:
    """Every request is at the server, which is in no hurry."""
    vllm.held = threading.Event()

    def cancel(_: float) -> None:
        if vllm.paths().count("completions") == len(PROMPTS):
            raise RunCancelled("stopped")

    pauses: list[float] = []
    sampler = make_sampler(pauses.append)
    began = time.monotonic()
    with pytest.raises(RunCancelled):
        sampler.sample(PROMPTS, 0, cancel)
    sampler.close()
    took = time.monotonic() - began
    vllm.held.set()
    assert vllm.loaded == {}
    assert pauses == [0.5], "vLLM is given a moment before the adapter's files go"
    assert took < 20, "an answer takes 60 s"


def test_the_table_says_who_samples(
    make_tables: Callable[..., dict[str, Any]], vllm: FakeVllm
) -> None:
    config = parse_config(make_tables(ppo={"rollout_url": vllm.url}))
    assert isinstance(open_sampler(load_backbone(config), config), VllmSampler)
    config = parse_config(make_tables(ppo={"rollout_url": ""}))
    assert not isinstance(open_sampler(load_backbone(config), config), VllmSampler)
