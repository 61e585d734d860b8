"""Adapters on disk, in PEFT's format and within vLLM's rules (no bias, no DoRA, no saved modules).

Published by one rename, so that a reader finds a whole adapter or none.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from core.errors import BadConfig
from trainer.files import fsync

_PREFIX = "base_model.model."
_WEIGHTS = "adapter_model.safetensors"
_CONFIG = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class AdapterFile:
    """`layers`: name of the linear layer in the model -> (A [r, in], B [out, r])."""

    alpha: float
    r: int
    layers: dict[str, tuple[torch.Tensor, torch.Tensor]]


def publish_adapter(
    directory: Path, adapter: AdapterFile, base_name: str, extra: Mapping[str, Any]
) -> None:
    """Writes `directory` whole: weights, configuration, and each of `extra` as NAME.json."""
    partial = directory.with_name(f".{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    tensors = {}
    for name, (a, b) in adapter.layers.items():
        tensors[f"{_PREFIX}{name}.lora_A.weight"] = a.detach().float().cpu().contiguous()
        tensors[f"{_PREFIX}{name}.lora_B.weight"] = b.detach().float().cpu().contiguous()
    save_file(tensors, partial / _WEIGHTS, metadata={"format": "pt"})
    documents = {_CONFIG: _peft_config(adapter, base_name)}
    documents |= {f"{name}.json": value for name, value in extra.items()}
    for name, value in documents.items():
        (partial / name).write_text(json.dumps(value, indent=2) + "\n")
    for path in (*partial.iterdir(), partial):
        # Weights are written for their owner alone; a server may be somebody else.
        path.chmod(0o755 if path.is_dir() else 0o644)
        fsync(path)
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)
    fsync(directory.parent)


def read_adapter(directory: Path) -> AdapterFile:
    """Raises BadConfig when it is not a plain LoRA adapter in PEFT's format."""
    try:
        config = json.loads((directory / _CONFIG).read_text())
        tensors = load_file(directory / _WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise BadConfig(f"expected a PEFT adapter in {directory}: {error}") from error
    plain = config.get("peft_type") == "LORA" and not any(
        config.get(key) for key in ("use_dora", "use_rslora", "modules_to_save", "rank_pattern")
    )
    if not plain or config.get("bias", "none") != "none":
        raise BadConfig(f"{directory} is not a plain LoRA adapter (no bias, DoRA or rsLoRA)")
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
    return AdapterFile(alpha=float(config["lora_alpha"]), r=int(config["r"]), layers=layers)


def _peft_config(adapter: AdapterFile, base_name: str) -> dict[str, Any]:
    alpha = int(adapter.alpha) if adapter.alpha == int(adapter.alpha) else adapter.alpha
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_name,
        "inference_mode": True,
        "r": adapter.r,
        "lora_alpha": alpha,
        "target_modules": sorted({name.rpartition(".")[2] for name in adapter.layers}),
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "modules_to_save": None,
        "use_dora": False,
        "use_rslora": False,
        "init_lora_weights": True,
    }
