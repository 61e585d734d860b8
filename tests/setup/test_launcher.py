"""vLLM's command line and environment, as a table of what each setting does to it."""

from __future__ import annotations

from typing import Any

import pytest

from core.settings import Settings
from server.fleet.launcher import LORA_TARGETS, Launch, build_launch


def launch(device: str = "cpu", cores: int = 2, config: Any = None, **changes: Any) -> Launch:
    env = changes.pop("env", {"PATH": "/bin"})
    settings = Settings(_env_file=None, **changes)
    return build_launch(settings, device=device, cores=cores, base_config=config, env=env)  # type: ignore[arg-type]


def flag(argv: list[str], name: str) -> list[str]:
    """The values after a flag, up to the next flag."""
    rest = argv[argv.index(name) + 1 :]
    end = next((i for i, word in enumerate(rest) if word.startswith("--")), len(rest))
    return rest[:end]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("--model", ["models/seedling"]),
        ("--served-model-name", ["base"]),
        ("--host", ["127.0.0.1"]),
        ("--port", ["8081"]),
        ("--api-server-count", ["1"]),
        ("--enable-lora", []),
        ("--max-loras", ["12"]),
        ("--max-cpu-loras", ["24"]),
        ("--max-lora-rank", ["8"]),
        ("--lora-target-modules", list(LORA_TARGETS)),
        ("--logprobs-mode", ["processed_logprobs"]),
        ("--scheduling-policy", ["priority"]),
        (
            "--structured-outputs-config",
            ['{"backend": "xgrammar", "disable_any_whitespace": true}'],
        ),
        ("--shutdown-timeout", ["30"]),
    ],
)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_flags_on_every_device(device: str, name: str, values: list[str]) -> None:
    assert flag(launch(device).argv, name) == values


def test_of_several_machines_the_first_answers_and_the_others_follow() -> None:
    first = launch("cuda", vllm_nodes=2, vllm_master="10.0.0.1").argv
    other = launch("cuda", vllm_nodes=2, vllm_master="10.0.0.1", vllm_node_rank=1).argv
    assert first[1:3] == ["-m", "vllm.entrypoints.openai.api_server"]
    assert other[1:5] == ["-m", "vllm.entrypoints.cli.main", "serve", "models/seedling"]
    assert "--headless" in other
    assert "--model" not in other
    assert [flag(argv, "--api-server-count") for argv in (first, other)] == [["1"], ["0"]]
    assert [flag(argv, "--node-rank") for argv in (first, other)] == [["0"], ["1"]]
    for argv in (first, other):
        assert flag(argv, "--nnodes") == ["2"]
        assert flag(argv, "--master-addr") == ["10.0.0.1"]
    assert "--nnodes" not in launch("cuda").argv


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("--block-size", ["32"]),
        ("--max-num-batched-tokens", ["1024"]),
        ("--no-enable-chunked-prefill", []),
        ("--kv-cache-memory-bytes", ["268435456"]),
    ],
)
def test_flags_of_the_cpu_alone(name: str, values: list[str]) -> None:
    assert flag(launch("cpu").argv, name) == values
    assert name not in launch("cuda").argv


@pytest.mark.parametrize(
    ("asked", "config", "given"),
    [
        (1024, None, "1024"),
        (1024, {"max_position_embeddings": 512}, "512"),
        (256, {"max_position_embeddings": 512}, "256"),
        (1024, {"model_type": "mamba"}, "1024"),
    ],
)
def test_context_never_exceeds_what_the_base_can(
    asked: int, config: dict[str, Any] | None, given: str
) -> None:
    assert flag(launch(config=config, max_model_len=asked).argv, "--max-model-len") == [given]


@pytest.mark.parametrize(
    ("cores", "asked", "threads"), [(1, 0, "1"), (2, 0, "1"), (8, 0, "4"), (8, 3, "3")]
)
def test_cpu_threads_leave_room_for_the_others(cores: int, asked: int, threads: str) -> None:
    env = launch(cores=cores, vllm_threads=asked).env
    assert env["OMP_NUM_THREADS"] == threads
    assert env["VLLM_CPU_OMP_THREADS_BIND"] == "nobind"


def test_gpu_threads_are_left_alone() -> None:
    assert not {"OMP_NUM_THREADS", "VLLM_CPU_OMP_THREADS_BIND"} & launch("cuda").env.keys()


@pytest.mark.parametrize(
    ("config", "offline"), [({"max_position_embeddings": 512}, "1"), (None, None)]
)
def test_a_local_base_is_never_looked_up_on_a_hub(
    config: dict[str, Any] | None, offline: str | None
) -> None:
    assert launch(config=config).env.get("HF_HUB_OFFLINE") == offline


def test_environment_opens_what_the_agent_needs_and_nothing_else() -> None:
    env = launch(
        env={
            "PATH": "/bin",
            "VLLM_SERVER_DEV_MODE": "1",
            "VLLM_LORA_RESOLVER_CACHE_DIR": "/somewhere",
        }
    ).env
    assert env["PATH"] == "/bin"
    assert env["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == "1"
    assert env["VLLM_NO_USAGE_STATS"] == env["DO_NOT_TRACK"] == "1"
    assert not any(name.startswith(("VLLM_SERVER_DEV", "VLLM_LORA_RESOLVER")) for name in env)


@pytest.mark.parametrize("url", ["http://collector:4318", "http://collector:4318/"])
def test_traces_are_sent_where_the_settings_say(url: str) -> None:
    told = launch(otlp_url=url)
    assert flag(told.argv, "--otlp-traces-endpoint") == ["http://collector:4318/v1/traces"]
    assert told.env["OTEL_SERVICE_NAME"] == "thumbwheel-vllm"
    assert told.env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] == "http/protobuf"


def test_without_a_collector_nothing_is_traced() -> None:
    told = launch()
    assert "--otlp-traces-endpoint" not in told.argv
    assert not [name for name in told.env if name.startswith("OTEL_")]


def test_more_flags_are_read_as_a_shell_would() -> None:
    argv = launch(vllm_args="--tensor-parallel-size 4 --chat-template 'my template.jinja'").argv
    assert argv[-4:] == ["--tensor-parallel-size", "4", "--chat-template", "my template.jinja"]
