"""What `thumbwheel doctor` looks at on the machine itself: each check says what it found and, when
that is wrong, how to mend it.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

import psutil
from packaging.requirements import Requirement

from cli.parts import redis_address
from cli.preflight import LOOPBACK, check_ports, local_base
from core.assistants import load_assistants
from core.errors import ThumbwheelError
from core.local import find_binary, has_waitaof
from core.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
GIB: Final = 2**30
LEAST_DISK_BYTES: Final = 2 * GIB
LEAST_MEMORY_BYTES: Final = 3 * GIB
"""vLLM, the workers and one training child on the shipped model."""
Verdict = Literal["ok", "off", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`off` is what is not running now, though nothing is wrong with it."""

    what: str
    verdict: Verdict
    found: str
    mend: str = ""


def check_python(_settings: Settings) -> Finding:
    found = sys.version.split()[0]
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        return Finding("Python", "ok", found)
    return Finding("Python", "bad", found, "make setup PYTHON=python3.11")


def check_packages(_settings: Settings) -> Finding:
    """Compares what is installed with the lock that fits the installed vLLM."""
    folder = ROOT / "requirements"
    if not folder.is_dir():
        return Finding("packages", "ok", "installed without its lock files: nothing to compare")
    gpu = _installed("vllm") is not None
    files = ["gpu.txt"] if gpu else ["torch-cpu.txt", "cpu.txt"]
    pins = [pin for name in files for pin in read_pins(folder / name)]
    wrong = [
        f"{pin.name} {_installed(pin.name) or 'missing'} (wants {pin.specifier})"
        for pin in pins
        if not pin.specifier.contains(_installed(pin.name) or "0", prereleases=True)
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return Finding(
            "packages", "bad", "; ".join(wrong[:3]) + more, "rm .venv/.stamp; make setup"
        )
    return Finding("packages", "ok", f"{len(pins)} as locked")


def read_pins(lock: Path) -> Iterator[Requirement]:
    """The pins of a lock file that apply to this machine."""
    for line in lock.read_text().splitlines():
        text = re.sub(r"\s+#.*$|^#.*$", "", line).strip()
        if text:
            pin = Requirement(text)
            if pin.marker is None or pin.marker.evaluate():
                yield pin


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def check_disk(settings: Settings) -> Finding:
    place = next(
        p
        for p in [settings.state_dir.absolute(), *settings.state_dir.absolute().parents]
        if p.exists()
    )
    free = psutil.disk_usage(str(place)).free
    found = f"{free / GIB:.1f} GiB free at {place}"
    if free >= LEAST_DISK_BYTES:
        return Finding("disk", "ok", found)
    return Finding("disk", "bad", found, "free some, or set THUMBWHEEL_STATE_DIR to a larger disk")


def check_memory(settings: Settings) -> Finding:
    free = psutil.virtual_memory().available
    found = f"{free / GIB:.1f} GiB available"
    if free >= LEAST_MEMORY_BYTES:
        return Finding("memory", "ok", found)
    cache = settings.kv_cache_bytes / GIB
    return Finding(
        "memory",
        "bad",
        found,
        f"free some, or lower THUMBWHEEL_KV_CACHE_BYTES (now {cache:.2f} GiB)",
    )


def check_redis_server(settings: Settings) -> Finding:
    """The server `up` would start; of no interest where Redis is elsewhere."""
    if redis_address(settings)[0] not in LOOPBACK:
        return Finding("Redis server", "ok", "elsewhere, as THUMBWHEEL_REDIS_URL says")
    try:
        binary = find_binary()
    except ThumbwheelError as error:
        return Finding("Redis server", "bad", error.message, "make setup")
    how = "confirms each write (WAITAOF)" if has_waitaof(binary) else "syncs every write"
    return Finding("Redis server", "ok", f"{binary.name}: {how}")


def check_assistants(settings: Settings) -> Finding:
    try:
        assistants = load_assistants(settings.assistants_file)
    except ThumbwheelError as error:
        return Finding("assistants", "bad", error.message, f"mend {settings.assistants_file}")
    return Finding("assistants", "ok", ", ".join(assistants.names))


def check_base_model(settings: Settings) -> Finding:
    """The files vLLM will read, without loading them."""
    base = local_base(settings)
    if base is None:
        return Finding("base model", "ok", f"{settings.base_model} from the hub, not looked at")
    problems = [
        f"{name} is missing"
        for name in ("config.json", "tokenizer.json")
        if not (base / name).is_file()
    ]
    weights = sorted(base.glob("*.safetensors"))
    problems += ["no *.safetensors"] if not weights else []
    problems += [problem for path in weights if (problem := _read_header(path))]
    if problems:
        return Finding(
            "base model",
            "bad",
            f"{base}: {', '.join(problems)}",
            "git checkout models/seedling, or set THUMBWHEEL_BASE_MODEL",
        )
    size_mb = sum(path.stat().st_size for path in weights) / 1e6
    return Finding("base model", "ok", f"{base}, {size_mb:.1f} MB of weights")


def _read_header(weights: Path) -> str:
    """What is wrong with a safetensors file, by its header alone: 8 bytes of length, then JSON
    whose last offset must be the end of the file.
    """
    with weights.open("rb") as file:
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        except (struct.error, ValueError, OverflowError, MemoryError):
            return f"{weights.name} is not a safetensors file (is it a Git LFS pointer?)"
    header.pop("__metadata__", None)
    end = 8 + length + max((entry["data_offsets"][1] for entry in header.values()), default=0)
    size = weights.stat().st_size
    return "" if size == end else f"{weights.name} has {size} bytes instead of {end}"


def check_free_ports(settings: Settings) -> Finding:
    """Asked only while nothing of ours runs."""
    try:
        check_ports(settings, own_redis="redis_url" not in settings.model_fields_set)
    except ThumbwheelError as error:
        return Finding("ports", "bad", error.message, "free them, or choose others")
    return Finding("ports", "ok", f"{settings.port} and {settings.vllm_port} are free")


MACHINE_CHECKS: Final[list[Callable[[Settings], Finding]]] = [
    check_python,
    check_packages,
    check_disk,
    check_memory,
    check_redis_server,
    check_base_model,
    check_assistants,
]
