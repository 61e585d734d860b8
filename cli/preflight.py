"""What must be true before anything is started, and ending what an earlier, killed `up` left."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path
from typing import Final

import psutil

from cli.parts import redis_address
from cli.probes import probe_redis
from cli.runfiles import RunFiles, end_group
from core.assistants import load_assistants
from core.errors import BadConfig, Conflict
from core.settings import Settings

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
SHIPPED_MODELS: Final = "models"
END_PATIENCE_S: Final = 10.0


def local_base(settings: Settings) -> Path | None:
    """Where the base model's files should lie; None when it is the id of one on the hub."""
    base = Path(settings.base_model)
    is_id = settings.base_model.count("/") == 1 and base.parts[0] != SHIPPED_MODELS
    return None if is_id and not base.exists() else base


def check_declared(settings: Settings) -> None:
    """Raises BadConfig when the base model or the assistants cannot be what they should be."""
    load_assistants(settings.assistants_file)
    base = local_base(settings)
    if base is not None and not (base / "config.json").is_file():
        raise BadConfig(
            f"{base} holds no base model (config.json is missing): set THUMBWHEEL_BASE_MODEL to "
            "a Hugging Face model directory or hub id, or restore the shipped one"
        )


def needs_own_redis(settings: Settings) -> bool:
    """False when THUMBWHEEL_REDIS_URL names a server that answers and can be trusted with votes.

    Raises Conflict when it names one that cannot be used, or when the default port is taken.
    """
    host, port = redis_address(settings)
    named = "redis_url" in settings.model_fields_set
    if not named or (host in LOOPBACK and not is_taken("127.0.0.1", port)):
        return True
    trouble = asyncio.run(probe_redis(settings.redis_url))
    if trouble:
        raise Conflict(f"THUMBWHEEL_REDIS_URL: {host}:{port} cannot be used: {trouble.why}")
    return False


def check_ports(settings: Settings, *, own_redis: bool) -> None:
    """Raises Conflict naming every port that is taken, by whom, and the setting to change."""
    wanted = [
        (settings.host, settings.port, "the API", "THUMBWHEEL_PORT"),
        (settings.vllm_host, settings.vllm_port, "vLLM", "THUMBWHEEL_VLLM_PORT"),
    ]
    if own_redis:
        host, port = redis_address(settings)
        wanted.append((host, port, "Redis", "THUMBWHEEL_REDIS_URL"))
    taken = [
        f"port {port} for {what} is taken{_by_whom(port)}: free it or set {setting}"
        for host, port, what, setting in wanted
        if is_taken(host, port)
    ]
    if taken:
        raise Conflict("\n".join(taken))


def is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the servers bind: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _by_whom(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr and connection.laddr.port == port
            if here and connection.status == psutil.CONN_LISTEN and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} ({connection.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return ""
    return ""


def end_leftovers(files: RunFiles) -> list[str]:
    """Ends parts whose supervisor was killed; returns their names."""
    found = files.leftovers()
    for process in found.values():
        process.send_signal(signal.SIGTERM)
    _, stubborn = psutil.wait_procs(list(found.values()), timeout=END_PATIENCE_S)
    for process in found.values():
        # Its helpers too: they share its group, and the leader may already be gone.
        end_group(process.pid, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=END_PATIENCE_S)
    for name in found:
        files.remove_pid(name)
    return list(found)
