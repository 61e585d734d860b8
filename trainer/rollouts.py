"""Answers sampled from the policy as it is now: by the trainer itself, or by a vLLM server.

The only place where the trainer speaks HTTP. Token ids go in and come out; nothing is tokenised
again. Every version that vLLM is given has a name of its own, because vLLM keeps keys and values by
name; it is unloaded before its files go.
"""

from __future__ import annotations

import http.client
import json
import secrets
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import RunFailed
from core.records import ROLLOUT
from trainer.adapter_files import publish_adapter
from trainer.backbone import Backbone
from trainer.config import Config
from trainer.data import Prompt
from trainer.lora import Role
from trainer.rows import Row, pack_answers
from trainer.sampling import Ask, generate

Tick = Callable[[float], None]

_PRIORITY = 100
"""Of vLLM's scheduler, where people's requests have 0 and lower goes first."""
_CONCURRENT = 32
"""Requests in flight; each is a prompt with all its samples."""
_TIMEOUT_S = 300.0
"""Of one request: it stands behind everything that people ask."""
_ATTEMPTS = 5
_FIRST_PAUSE_S = 0.5
_TICK_S = 0.2
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Our own server is not reached through a proxy, whatever the environment says."""
_RETRIED = frozenset({404, 408, 409, 425, 429})
"""Beside 5xx. 404: a server that has just started again does not have the adapter yet."""


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
        with self.backbone.role(Role.POLICY):
            found = generate(self.backbone, asks, ppo.max_new_tokens, seed, tick)
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
        self, backbone: Backbone, config: Config, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.backbone = backbone
        self.config = config
        self.pause = pause
        self.url = config.ppo.rollout_url.rstrip("/")
        self.directory = (Path(config.run.output) / "rollouts").resolve()
        # What a killed run left behind goes too: nobody else uses its names.
        self.names = [path.name for path in sorted(self.directory.glob(f"{ROLLOUT}*"))]

    def sample(self, prompts: Sequence[Prompt], update: int, tick: Tick) -> list[Rollout]:
        """Raises RunFailed when vLLM does not answer, or not with what was asked for."""
        name = f"{ROLLOUT}{update:06d}-{secrets.token_hex(6)}"
        self._deliver(name)
        pool = ThreadPoolExecutor(_CONCURRENT, thread_name_prefix="rollout")
        try:
            futures = [pool.submit(self._answer, name, prompt) for prompt in prompts]
            waiting = set(futures)
            while waiting:
                done, waiting = wait(waiting, _TICK_S, FIRST_COMPLETED)
                for future in done:
                    future.result()
                tick(1 - len(waiting) / len(futures))
        finally:
            # Waits: an adapter's files may not go while it still answers.
            pool.shutdown(wait=True, cancel_futures=True)
        return [future.result() for future in futures]

    def close(self) -> None:
        self._withdraw(len(self.names))
        # With what a killed run had not written to its end.
        shutil.rmtree(self.directory, ignore_errors=True)

    def _deliver(self, name: str) -> None:
        """The policy as it is now is loaded under `name`, and those before are gone."""
        backbone, config = self.backbone, self.config
        file = backbone.adapter_file(Role.POLICY, config.lora)
        publish_adapter(self.directory / name, file, config.run.served_model_name, {})
        self.names.append(name)
        body = {"lora_name": name, "lora_path": str(self.directory / name)}
        self._post("/v1/load_lora_adapter", body, done="already been loaded")
        self._withdraw(len(self.names) - 1)

    def _withdraw(self, count: int) -> None:
        """The oldest are unloaded, then their files go: vLLM's engine ends when it misses the files
        of what it has loaded.
        """
        for name in self.names[:count]:
            with suppress(RunFailed):
                # A server that cannot be reached, or never had it, has nothing to read again.
                self._post("/v1/unload_lora_adapter", {"lora_name": name}, attempts=1)
            shutil.rmtree(self.directory / name, ignore_errors=True)
        del self.names[:count]

    def _answer(self, name: str, prompt: Prompt) -> Rollout:
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
        choices = json.loads(self._post("/v1/completions", body))["choices"]
        samples = tuple(_read_choice(choice, stops, self.url) for choice in choices)
        if len(samples) != ppo.samples:
            raise RunFailed(
                f"{self.url} gave {len(samples)} answers of {ppo.samples} asked for; is "
                "ppo.rollout_url a vLLM server?"
            )
        return Rollout(prompt, samples)

    def _post(
        self, path: str, body: dict[str, Any], attempts: int = _ATTEMPTS, done: str = ""
    ) -> bytes:
        """The answer's bytes. A refusal that says `done` is as good as one."""
        said = ""
        for attempt in range(attempts):
            if attempt:
                self.pause(_FIRST_PAUSE_S * 2 ** (attempt - 1))
            try:
                return _post_once(self.url + path, body)
            except urllib.error.HTTPError as error:
                with error:
                    words = error.read()[:500].decode(errors="replace")
                if done and done in words:
                    return b""
                said = f"{error.code} {words}"
                if error.code < 500 and error.code not in _RETRIED:
                    raise RunFailed(f"vLLM refused {self.url}{path}: {said}") from error
            except (OSError, ValueError, http.client.HTTPException) as error:
                said = f"{type(error).__name__}: {error}"
        raise RunFailed(
            f"vLLM at {self.url}{path} failed {attempts} times, at last with {said}; see that it "
            "runs and can read the run's output, or leave ppo.rollout_url empty"
        )


def _post_once(url: str, body: dict[str, Any]) -> bytes:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with _DIRECT.open(request, timeout=_TIMEOUT_S) as reply:
        read: bytes = reply.read()
        return read


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
