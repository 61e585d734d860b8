"""Answers sampled from the policy as it is now: by the trainer itself, or by a vLLM server.

Token ids go in and come out; nothing is tokenised
again. Every version that vLLM is given has a name of its own, because vLLM keeps keys and values by
name; it is unloaded before its files go.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import RunFailed
from core.records import ROLLOUT
from trainer import processes
from trainer.adapter_files import publish_adapter
from trainer.backbone import Backbone
from trainer.calls import Calls
from trainer.config import Config
from trainer.data import Prompt
from trainer.lora import Role
from trainer.rows import Row, pack_answers
from trainer.sampling import Ask, Sample, generate

Tick = Callable[[float], None]

_PRIORITY = 100
"""Of vLLM's scheduler, where people's requests have 0 and lower goes first."""
_CONCURRENT = 32
"""Requests in flight; each is a prompt with all its samples."""
_TICK_S = 0.2
_UNLOAD_S = 10.0
_LET_GO_S = 0.5
"""In which vLLM ends what it was asked for by a client that left."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """`ids` ends with the stop token where the model `ended`. `logps`: nats of each token as the
    sampler saw them, empty where the sampler is the trainer itself.
    """

    ids: tuple[int, ...]
    ended: bool
    logps: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Rollout:
    """A prompt with its K samples."""

    prompt: Prompt
    samples: tuple[Sampled, ...]


def pack_rollouts(
    rollouts: Sequence[Rollout], max_tokens: int, keep_ends: bool = False
) -> list[Row]:
    """A prompt with its samples is a row; one of more than `max_tokens` becomes several. Answers
    stay in order.
    """
    rows = []
    for index, rollout in enumerate(rollouts):
        prompt = rollout.prompt.ids
        part: list[tuple[int, ...]] = []
        for sample in rollout.samples:
            if part and len(prompt) + sum(map(len, part)) + len(sample.ids) > max_tokens:
                rows.append(pack_answers(index, prompt, part, keep_ends=keep_ends))
                part = []
            part.append(sample.ids)
        rows.append(pack_answers(index, prompt, part, keep_ends=keep_ends))
    return rows


def update_seed(seed: int, update: int) -> int:
    """A seed of one update, of the run's."""
    return int(np.random.SeedSequence((seed, update)).generate_state(1)[0])


class Sampler(Protocol):
    def sample(self, prompts: Sequence[Prompt], update: int, tick: Tick) -> list[Rollout]:
        """In the order of `prompts`. `tick` hears the share done and may raise to stop."""

    def close(self) -> None:
        """Takes back what was lent to others."""


def open_sampler(backbone: Backbone, config: Config) -> Sampler:
    """vLLM where `ppo.rollout_url` names one, else the trainer's own model."""
    if config.ppo.rollout_url:
        return VllmSampler(backbone, config)
    return LocalSampler(backbone, config)


class LocalSampler:
    """Repeatable: the samples follow from the run's seed, the update and the policy."""

    def __init__(self, backbone: Backbone, config: Config) -> None:
        self.backbone = backbone
        self.config = config

    def sample(self, prompts: Sequence[Prompt], update: int, tick: Tick) -> list[Rollout]:
        ppo = self.config.ppo
        asks = [Ask(prompt.ids, ppo.temperature) for prompt in prompts for _ in range(ppo.samples)]
        seed = update_seed(self.config.run.seed, update)

        def write(own: list[int]) -> list[Sample]:
            part = [asks[index] for index in own]
            return generate(self.backbone, part, ppo.max_new_tokens, seed, tick, own)

        with self.backbone.role(Role.POLICY):
            found = self.backbone.share_out(len(asks), write)
        answers = [Sampled(sample.ids, sample.ended) for sample in found]
        return [
            Rollout(prompt, tuple(answers[number * ppo.samples : (number + 1) * ppo.samples]))
            for number, prompt in enumerate(prompts)
        ]

    def close(self) -> None:
        pass


class VllmSampler:
    """A vLLM with runtime LoRA and priority scheduling, which sees the adapters' directory."""

    def __init__(
        self,
        backbone: Backbone,
        config: Config,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.backbone = backbone
        self.config = config
        self.pause = pause
        self.url = config.ppo.rollout_url.rstrip("/")
        self.directory = (Path(config.run.output) / "rollouts").resolve()
        # What a killed run left behind goes too: nobody else uses its names.
        self.names = [path.name for path in sorted(self.directory.glob(f"{ROLLOUT}*"))]

    def sample(self, prompts: Sequence[Prompt], update: int, tick: Tick) -> list[Rollout]:
        """Of several processes the first one asks, and hears `tick`.

        Raises RunFailed when vLLM does not answer, or not with what was asked for.
        """
        return processes.from_first(lambda: self._sample(prompts, update, tick))

    def _sample(self, prompts: Sequence[Prompt], update: int, tick: Tick) -> list[Rollout]:
        name = f"{ROLLOUT}{update:06d}-{secrets.token_hex(6)}"
        self._publish(name)
        calls = Calls(self.url, self.pause)
        pool = ThreadPoolExecutor(_CONCURRENT, thread_name_prefix="rollout")
        try:
            _await([pool.submit(self._load, calls, name)], lambda _: tick(0.0))
            self._withdraw(len(self.names) - 1)
            futures = [pool.submit(self._answer, calls, name, prompt) for prompt in prompts]
            _await(futures, tick)
        except BaseException:
            calls.break_off()
            pool.shutdown(wait=True, cancel_futures=True)
            # An adapter's files may not go while vLLM still answers, and it takes a moment to see
            # that nobody waits.
            (self.pause or time.sleep)(_LET_GO_S)
            raise
        pool.shutdown()
        return [future.result() for future in futures]

    def close(self) -> None:
        self._withdraw(len(self.names))
        # With what a killed run had not written to its end.
        shutil.rmtree(self.directory, ignore_errors=True)

    def _publish(self, name: str) -> None:
        """The policy as it is now, where vLLM can read it."""
        backbone, config = self.backbone, self.config
        file = backbone.adapter_file(Role.POLICY, config.lora)
        publish_adapter(self.directory / name, file, config.run.served_model_name, {})
        self.names.append(name)

    def _load(self, calls: Calls, name: str) -> None:
        body = {"lora_name": name, "lora_path": str(self.directory / name)}
        try:
            calls.post("/v1/load_lora_adapter", body, read=bytes)
        except RunFailed as error:
            # Of an attempt whose answer was lost.
            if "already been loaded" not in error.message:
                raise

    def _withdraw(self, count: int) -> None:
        """The oldest are unloaded, then their files go: vLLM's engine ends when it misses the files
        of what it has loaded.
        """
        for name in self.names[:count]:
            with suppress(RunFailed):
                # A server that cannot be reached, or never had it, has nothing to read again.
                Calls(self.url).post(
                    "/v1/unload_lora_adapter",
                    {"lora_name": name},
                    read=bytes,
                    attempts=1,
                    timeout_s=_UNLOAD_S,
                )
            shutil.rmtree(self.directory / name, ignore_errors=True)
        del self.names[:count]

    def _answer(self, calls: Calls, name: str, prompt: Prompt) -> Rollout:
        ppo = self.config.ppo
        stops = self.backbone.renderer.stop_ids
        body = {
            "model": name,
            "prompt": list(prompt.ids),
            "n": ppo.samples,
            "max_tokens": ppo.max_new_tokens,
            "temperature": ppo.temperature,
            # A base model's generation_config may bring others, and then the tokens are not drawn
            # from the policy.
            "top_p": 1.0,
            "top_k": 0,
            "min_p": 0.0,
            "repetition_penalty": 1.0,
            "stop_token_ids": sorted(stops),
            "logprobs": 1,
            "return_token_ids": True,
            "priority": _PRIORITY,
            "cache_salt": name,
        }
        reply = calls.post("/v1/completions", body, read=json.loads)
        choices = reply.get("choices", []) if isinstance(reply, dict) else []
        samples = tuple(_read_choice(choice, stops, self.url) for choice in choices)
        if len(samples) != ppo.samples:
            raise RunFailed(
                f"{self.url} gave {len(samples)} answers of {ppo.samples} asked for; is "
                "ppo.rollout_url a vLLM server?"
            )
        return Rollout(prompt, samples)


def _await(futures: Sequence[Future[Any]], tick: Tick) -> None:
    """Until all are done. Raises the first error of theirs, or what `tick` raises."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, _TICK_S, FIRST_COMPLETED)
        for future in done:
            future.result()
        tick(1 - len(waiting) / len(futures))


def _read_choice(choice: dict[str, Any], stops: frozenset[int], url: str) -> Sampled:
    """Raises RunFailed when a choice lacks its tokens or their log-probabilities."""
    ids = choice.get("token_ids") or []
    logps = (choice.get("logprobs") or {}).get("token_logprobs") or []
    if not ids or len(ids) != len(logps):
        raise RunFailed(
            f"{url} gave an answer of {len(ids)} token ids and {len(logps)} log-probabilities; "
            "expected as many of both: use a vLLM that knows return_token_ids"
        )
    return Sampled(tuple(ids), ids[-1] in stops, tuple(logps))
