"""Adapters on disk, in PEFT's format and within vLLM's rules (no bias, no DoRA, no saved module but
a reward's score head).

Published by one rename, so that a reader finds a whole adapter or none.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from core.errors import BadConfig
from trainer.files import fsync

_PREFIX = "base_model.model."
_SCORE = f"{_PREFIX}score.weight"
_WEIGHTS = "adapter_model.safetensors"
_CONFIG = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class AdapterFile:
    """`layers`: name of the linear layer in the model -> (A [r, in], B [out, r]). `score`: the head
    [1, H] that makes it a reward adapter (SEQ_CLS).
    """

    alpha: float
    r: int
    layers: dict[str, tuple[torch.Tensor, torch.Tensor]]
    score: torch.Tensor | None = None


def publish_adapter(
    directory: Path,
    adapter: AdapterFile,
    base_name: str,
    extra: Mapping[str, Any],
    inside: Mapping[str, AdapterFile] = MappingProxyType({}),
) -> None:
    """Writes `directory` whole: weights, configuration, each of `extra` as NAME.json, and each of
    `inside` as an adapter's directory in it.
    """
    partial = directory.with_name(f".{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _write(partial, adapter, base_name, extra)
    for name, other in inside.items():
        (partial / name).mkdir()
        _write(partial / name, other, base_name, {})
    for path in (*partial.rglob("*"), partial):
        # Weights are written for their owner alone; a server may be somebody else.
        path.chmod(0o755 if path.is_dir() else 0o644)
        fsync(path)
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)
    fsync(directory.parent)


def _write(directory: Path, adapter: AdapterFile, base_name: str, extra: Mapping[str, Any]) -> None:
    tensors = {}
    for name, (a, b) in adapter.layers.items():
        tensors[f"{_PREFIX}{name}.lora_A.weight"] = _plain(a)
        tensors[f"{_PREFIX}{name}.lora_B.weight"] = _plain(b)
    if adapter.score is not None:
        tensors[_SCORE] = _plain(adapter.score)
    save_file(tensors, directory / _WEIGHTS, metadata={"format": "pt"})
    documents = {_CONFIG: _peft_config(adapter, base_name)}
    documents |= {f"{name}.json": value for name, value in extra.items()}
    for name, value in documents.items():
        (directory / name).write_text(json.dumps(value, indent=2) + "\n")


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().float().cpu().contiguous()


def read_adapter(directory: Path, reward: bool = False) -> AdapterFile:
    """Raises BadConfig when it is not a plain LoRA adapter in PEFT's format, or has a score head
    where none is wanted, or none where `reward` wants one.
    """
    try:
        config = json.loads((directory / _CONFIG).read_text())
        tensors = load_file(directory / _WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise BadConfig(f"expected a PEFT adapter in {directory}: {error}") from error
    plain = config.get("peft_type") == "LORA" and not any(
        config.get(key) for key in ("use_dora", "use_rslora", "rank_pattern")
    )
    if not plain or config.get("bias", "none") != "none":
        raise BadConfig(f"{directory} is not a plain LoRA adapter (no bias, DoRA or rsLoRA)")
    score = tensors.pop(_SCORE, None)
    if bool(config.get("modules_to_save")) != reward or (score is not None) != reward:
        wanted = "a reward adapter with its score head" if reward else "a plain policy adapter"
        raise BadConfig(f"{directory} is not {wanted}")
    names = [key.removesuffix(".lora_A.weight") for key in tensors if ".lora_A." in key]
    layers = {
        name.removeprefix(_PREFIX): (
            tensors.pop(f"{name}.lora_A.weight"),
            tensors.pop(f"{name}.lora_B.weight", torch.empty(0)),
        )
        for name in names
    }
    if tensors or not layers or any(b.numel() == 0 for _, b in layers.values()):
        raise BadConfig(f"{directory} holds unexpected tensors: {', '.join(tensors) or 'none'}")
    return AdapterFile(float(config["lora_alpha"]), int(config["r"]), layers, score)


def _peft_config(adapter: AdapterFile, base_name: str) -> dict[str, Any]:
    alpha = int(adapter.alpha) if adapter.alpha == int(adapter.alpha) else adapter.alpha
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM" if adapter.score is None else "SEQ_CLS",
        "base_model_name_or_path": base_name,
        "inference_mode": True,
        "r": adapter.r,
        "lora_alpha": alpha,
        "target_modules": sorted({name.rpartition(".")[2] for name in adapter.layers}),
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "modules_to_save": None if adapter.score is None else ["score"],
        "use_dora": False,
        "use_rslora": False,
        "init_lora_weights": True,
    }
