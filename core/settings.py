"""Settings of every process, from `THUMBWHEEL_*` and `.env`. Built once at a process's edge and
passed in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="THUMBWHEEL_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    # -- what is served --
    base_model: str = "models/seedling"
    """Directory or hub id of the frozen base model; vLLM serves it and adapters name it."""
    assistants_file: Path = Path("assistants.toml")
    """Declares the assistants."""

    # -- where things are --
    state_dir: Path = Path("var")
    """Local state: Redis data, logs, pids, artifacts, run directories."""
    artifacts_url: str = ""
    """The artifact store: a directory or a bucket (`s3://bucket/folder`, `gs://bucket/folder`);
    empty: `<state_dir>/artifacts`.
    """
    redis_url: str = "redis://127.0.0.1:6390/0"
    """Feedback log and registry."""
    broker_url: str = ""
    """Celery's broker; empty: the same server as redis_url, database 1."""
    host: str = "127.0.0.1"
    """Where the API listens."""
    port: int = 8080
    """The API's port."""
    vllm_host: str = "127.0.0.1"
    """Where the local vLLM listens; loopback, because its admin routes have no key."""
    vllm_port: int = 8081
    """The local vLLM's port."""
    vllm_urls: str = ""
    """Comma-separated upstreams served without an agent (base model only), beside replicas that
    agents report.
    """

    # -- the engine --
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Which vLLM build's flags to use."""
    vllm_threads: int = Field(default=0, ge=0)
    """OpenMP threads of vLLM on CPU; 0: half of the cores, at least one."""
    max_model_len: int = Field(default=1024, ge=128)
    """Longest prompt and answer together, in tokens."""
    max_loras: int = Field(default=12, ge=2)
    """Distinct adapters vLLM can run in one step: champion, previous and candidate of four
    assistants.
    """
    max_cpu_loras: int = Field(default=24, ge=2)
    """Adapters vLLM keeps in memory; at least max_loras."""
    max_lora_rank: Annotated[Literal[1, 8, 16, 32, 64, 128, 256], BeforeValidator(int)] = 8
    """Largest adapter rank; vLLM's buffers and CPU kernels cost this much for every adapter."""
    kv_cache_bytes: int = Field(default=256 * 2**20, ge=2**20)
    """Key-value cache on CPU, in bytes."""
    max_num_seqs: int = Field(default=64, ge=1)
    """Requests vLLM runs at once; the rest wait in its queue."""
    vllm_nodes: int = Field(default=1, ge=1)
    """Machines that one vLLM spans; each starts the launcher, and sees the agent's directory of
    adapters.
    """
    vllm_node_rank: int = Field(default=0, ge=0)
    """Which of them this is; the first, 0, answers."""
    vllm_master: str = ""
    """Address of the first, for the others."""
    vllm_args: str = ""
    """More flags for vLLM, written as in a shell: `--tensor-parallel-size 4 --dtype float16`."""

    # -- the server --
    connect_timeout_s: float = 2.0
    """To reach vLLM."""
    stall_timeout_s: float = 60.0
    """Longest silence of vLLM in a stream before it counts as dead."""
    shutdown_grace_s: int = 30
    """How long open streams may go on after SIGTERM."""
    resume_grace_s: float = 15.0
    """How long answers of a conversation or side by side go on when their reader left, so that they
    can be resumed.
    """
    max_body_bytes: int = 1 << 20
    """Largest request body, and largest row of an imported file."""
    max_import_bytes: int = 1 << 30
    """Largest file that is imported at once."""
    max_candidates: int = 8
    """Most answers side by side in one comparison."""

    # -- access --
    api_key: SecretStr = SecretStr("")
    """The key that `thumbwheel` commands show to the server."""
    admin_key: SecretStr = SecretStr("")
    """A key with every scope that the server knows beside those in Redis, for a first start; at
    least 32 random characters.
    """
    session_secret: SecretStr = SecretStr("")
    """Signs browsers' cookies; empty: made once and kept in Redis."""
    trusted_proxies: str = ""
    """Comma-separated addresses or networks of proxies whose X-Forwarded-For, X-Forwarded-Proto and
    sso_header are believed.
    """
    sso_header: str = ""
    """Header in which a proxy names the person it has signed in (`X-Forwarded-User`); empty: none.
    Needs trusted_proxies or sso_secret, or both, which are then both asked for.
    """
    sso_secret: SecretStr = SecretStr("")
    """What the proxy proves itself with, in X-Thumbwheel-Proxy-Secret."""
    sso_scopes: str = "chat feedback"
    """Scopes of everybody whom the proxy names."""
    sso_grants: dict[str, str] = {}
    """More scopes of some of them, as JSON: `{"eva@example.org": "operate"}`."""
    cors_origins: str = ""
    """Comma-separated origins (`https://app.example.org`) whose pages may call the API; empty:
    none but our own.
    """
    open_metrics: bool = False
    """Lets everybody read /metrics, which needs `view` otherwise."""
    person_requests_per_minute: int = Field(default=0, ge=0)
    """Of one person, in bursts of as many; 0: no limit."""
    person_tokens_per_day: int = Field(default=0, ge=0)
    """Prompt and answer tokens of one person within 24 hours of the first; 0: no limit."""
    person_streams: int = Field(default=0, ge=0)
    """Answers of one person being generated at once, each of several choices and of those side by
    side for one; 0: no limit.
    """
    key_requests_per_minute: int = Field(default=0, ge=0)
    """As for a person, of one API key that says nothing else; 0: no limit."""
    key_tokens_per_day: int = Field(default=0, ge=0)
    """As for a person, of one API key that says nothing else; 0: no limit."""
    key_streams: int = Field(default=0, ge=0)
    """As for a person, of one API key that says nothing else; 0: no limit."""
    max_open_requests: int = Field(default=4096, ge=1)
    """Requests one API process answers at once; more get 503."""

    # -- the agent --
    replica: str = Field(default="", pattern=r"^[A-Za-z0-9._:-]*$")
    """Name of this vLLM in reports and directories; empty: `<vllm_host>:<vllm_port>`."""
    replica_url: str = ""
    """Where servers reach this vLLM, when not under vllm_host (which the agent uses)."""
    front_host: str = "127.0.0.1"
    """Where the agent's front listens, when there is one."""
    front_port: int = 0
    """Where the agent passes on requests to its vLLM, without what administers it, and answers
    probes; 0: nowhere.
    """
    agent_interval_s: float = 0.25
    """Between two looks at the desired set."""
    replica_ttl_s: float = 5.0
    """A replica that has not reported for this long gets no requests."""
    unload_after_s: float = 60.0
    """How long a version stays loaded after the last reason for it went away."""

    # -- the worker --
    tick_interval_s: float = 1.0
    """Between two looks at what is due."""
    lease_s: float = 20.0
    """A run whose owner has not been heard of for this long may be taken over."""
    max_attempts: int = 3
    """A run that dies this often is given up."""
    run_max_seconds: float = 1800.0
    """Time budget of one training child."""
    run_max_memory_gib: float = 8.0
    """Memory budget of one training child."""
    trainer_threads: int = Field(default=0, ge=0)
    """Threads of the training child on CPU; 0: all cores but those of vLLM, at least one."""
    trainer_command: str = ""
    """How the training child is started, written as in a shell (`accelerate launch -m trainer`);
    empty: this Python's `-m trainer`.
    """
    fleet_rollouts: bool = True
    """PPO samples from a vLLM that sees the runs' directories and lets the trainer load adapters;
    false: the trainer samples for itself.
    """
    alive_file: str = ""
    """Touched by a worker or beat as long as it works, for probes; empty: none."""
    trainer_nice: int = Field(default=10, ge=0, le=19)
    """Niceness of the training child: chat goes first."""
    load_timeout_s: float = 120.0
    """How long every replica may take to load and verify a new version."""
    judge_url: str = ""
    """OpenAI-compatible endpoint (`https://host/v1`) of a language model that judges answers, for
    assistants whose gate has llm_judge. It is sent what people asked and what was answered.
    """
    judge_model: str = ""
    """The model asked there."""
    judge_key: SecretStr = SecretStr("")
    """Its API key; empty: none is sent."""

    archive_from: int = Field(default=20_000, ge=1)
    """An assistant's log in Redis that has more entries than this is archived to the artifact
    store.
    """
    archive_keep: int = Field(default=5_000, ge=1)
    """The newest entries, which archiving leaves in Redis; figures over the newest 5,000 are quick
    from there.
    """

    snapshot_opinions: int = Field(default=50_000, ge=1)
    """The newest opinions, which a run learns from; its worker needs about 10 KiB for each."""

    log_level: str = "INFO"
    """Python's level names."""
    log_format: Literal["json", "text"] = "json"
    """One JSON object a line, or lines for people to read."""
    log_texts: bool = False
    """Whether logs may have what people asked and were answered, and errors' own words, which may
    quote it.
    """
    otlp_url: str = ""
    """Where traces go: an OpenTelemetry collector's OTLP over HTTP (`http://host:4318`); empty:
    nowhere.
    """

    @property
    def artifacts(self) -> str:
        return self.artifacts_url or str((self.state_dir / "artifacts").absolute())

    @property
    def runs_dir(self) -> Path:
        return self.state_dir / "runs"

    @property
    def broker(self) -> str:
        return self.broker_url or urlsplit(self.redis_url)._replace(path="/1").geturl()

    @property
    def vllm_url(self) -> str:
        return f"http://{self.vllm_host}:{self.vllm_port}"

    @property
    def replica_id(self) -> str:
        return self.replica or f"{self.vllm_host}:{self.vllm_port}"

    @property
    def static_urls(self) -> list[str]:
        return [u.strip().rstrip("/") for u in self.vllm_urls.split(",") if u.strip()]

    @property
    def origins(self) -> list[str]:
        return [o.strip().rstrip("/") for o in self.cors_origins.split(",") if o.strip()]
