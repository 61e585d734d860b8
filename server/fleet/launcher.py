"""How vLLM is started: its command line and environment, from settings alone.

`python -m server.fleet.launcher` becomes that vLLM (one process, so signals reach it). Which
adapters it then holds is the agent's business.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from core.records import BASE
from core.settings import Settings

Device = Literal["cpu", "cuda"]

LORA_TARGETS: Final = (
    "q_proj",
    "k_proj",
    "v_proj",
    "o_proj",
    "gate_proj",
    "up_proj",
    "down_proj",
)
"""What adapters may touch. Without this list vLLM also wraps the embedding and the output layer,
which costs a vocabulary-sized gather for every sampled token."""

CPU_BATCHED_TOKENS: Final = 512
"""The CPU kernels copy an adapter's weights once per token of a step: this bounds that memory, as
far as a whole prompt fits."""
CPU_BLOCK_TOKENS: Final = 32
"""Prefixes are reused in whole blocks; the CPU default of 128 is longer than most chats here."""

STRUCTURED_OUTPUTS: Final = {"backend": "xgrammar", "disable_any_whitespace": True}
"""Where a schema allows white space, a small model may write nothing else until its tokens end."""

UNSAFE_ENV: Final = ("VLLM_SERVER_DEV_MODE", "VLLM_LORA_RESOLVER")
"""Never handed on: development routes are open to anyone, resolvers load what a client names."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One way to start vLLM. `env` is the whole environment, not an addition."""

    argv: list[str]
    env: dict[str, str]


def build_launch(
    settings: Settings,
    *,
    device: Device,
    cores: int,
    base_config: Mapping[str, Any] | None,
    env: Mapping[str, str],
) -> Launch:
    """The command and environment for `settings` on `device`.

    `base_config` is the base model's `config.json` where it lies in a local directory, else None.
    """
    longest = context_tokens(settings, base_config)
    flags = [*_common_flags(settings, longest), *_device_flags(device, settings, longest)]
    return Launch(
        argv=[
            sys.executable,
            "-m",
            *_entry(settings),
            *flags,
            *shlex.split(settings.vllm_args),
        ],
        env=_environment(settings, device, cores, local=base_config is not None, env=env),
    )


def _entry(settings: Settings) -> tuple[str, ...]:
    """Of the machines one vLLM spans only the first answers; the others hold their layers."""
    if settings.vllm_node_rank:
        return "vllm.entrypoints.cli.main", "serve", settings.base_model, "--headless"
    return "vllm.entrypoints.openai.api_server", "--model", settings.base_model


def _node_flags(settings: Settings) -> list[str]:
    if settings.vllm_nodes == 1:
        return []
    return [
        *("--distributed-executor-backend", "mp"),
        *("--nnodes", str(settings.vllm_nodes), "--node-rank", str(settings.vllm_node_rank)),
        *("--master-addr", settings.vllm_master),
    ]


def _common_flags(settings: Settings, max_tokens: int) -> list[str]:
    return [
        *("--served-model-name", BASE),
        *("--host", settings.vllm_host, "--port", str(settings.vllm_port)),
        # One registry of adapters: with more, each API process would know only its own loads.
        *("--api-server-count", "0" if settings.vllm_node_rank else "1"),
        *_node_flags(settings),
        *("--max-model-len", str(max_tokens)),
        *("--max-num-seqs", str(settings.max_num_seqs)),
        "--enable-lora",
        *("--max-loras", str(settings.max_loras)),
        *("--max-cpu-loras", str(settings.max_cpu_loras)),
        *("--max-lora-rank", str(settings.max_lora_rank)),
        *("--lora-target-modules", *LORA_TARGETS),
        # Log-probabilities of what was really sampled from, temperature included.
        *("--logprobs-mode", "processed_logprobs"),
        *("--scheduling-policy", "priority"),
        *("--structured-outputs-config", json.dumps(STRUCTURED_OUTPUTS)),
        # Open answers finish after SIGTERM; vLLM's default cuts them.
        *("--shutdown-timeout", str(settings.shutdown_grace_s)),
        *("--disable-access-log-for-endpoints", "/health,/metrics,/v1/models"),
        *_traces(settings.otlp_url),
    ]


def _traces(otlp_url: str) -> list[str]:
    return ["--otlp-traces-endpoint", f"{otlp_url.rstrip('/')}/v1/traces"] if otlp_url else []


def _device_flags(device: Device, settings: Settings, max_tokens: int) -> list[str]:
    if device == "cuda":
        return []
    return [
        *("--block-size", str(CPU_BLOCK_TOKENS)),
        # vLLM 0.32 ends its engine when a seeded request's prompt is cut into chunks on CPU: it
        # turns back a generator's offset, which CPU generators lack. Whole prompts never are.
        "--no-enable-chunked-prefill",
        *("--max-num-batched-tokens", str(max(CPU_BATCHED_TOKENS, max_tokens))),
        # Said outright, it also spares the start a profiling run.
        *("--kv-cache-memory-bytes", str(settings.kv_cache_bytes)),
    ]


def _environment(
    settings: Settings, device: Device, cores: int, *, local: bool, env: Mapping[str, str]
) -> dict[str, str]:
    result = {name: value for name, value in env.items() if not name.startswith(UNSAFE_ENV)}
    result |= {
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
    }
    if settings.otlp_url:
        result |= {
            "OTEL_SERVICE_NAME": "thumbwheel-vllm",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        }
    if local:
        result["HF_HUB_OFFLINE"] = "1"
    if device == "cpu":
        threads = settings.vllm_threads or max(1, cores // 2)
        # Pinned threads of two processes would end up on the same core.
        result["VLLM_CPU_OMP_THREADS_BIND"] = "nobind"
        result["OMP_NUM_THREADS"] = str(threads)
    return result


def context_tokens(settings: Settings, base_config: Mapping[str, Any] | None) -> int:
    """What was asked for, or what the base model can: vLLM refuses to start on more."""
    limit = (base_config or {}).get("max_position_embeddings")
    return min(settings.max_model_len, int(limit)) if limit else settings.max_model_len


def read_base_config(base_model: str) -> dict[str, Any] | None:
    """`config.json` of a base model in a local directory; None for a hub id."""
    path = Path(base_model) / "config.json"
    if not path.is_file():
        return None
    config: dict[str, Any] = json.loads(path.read_text())
    return config


def find_device(settings: Settings) -> Device:
    """What was asked for, else what the installed vLLM was built for."""
    if settings.device != "auto":
        return settings.device
    try:
        version = metadata.version("vllm")
    except metadata.PackageNotFoundError:
        return "cpu"  # the CPU build is the distribution `vllm-cpu`
    return "cpu" if "cpu" in version else "cuda"


def count_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))


def main() -> NoReturn:
    settings = Settings()
    launch = build_launch(
        settings,
        device=find_device(settings),
        cores=count_cores(),
        base_config=read_base_config(settings.base_model),
        env=os.environ,
    )
    os.execve(launch.argv[0], launch.argv, launch.env)


if __name__ == "__main__":
    main()
