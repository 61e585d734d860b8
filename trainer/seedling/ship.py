"""Writes the folder that ships: config, weights in bf16, tokenizer, generation config."""

import json
import os
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from trainer.seedling.model import Seedling
from trainer.seedling.tokenizer import END, PAD, load_tokenizer, token_id


def export(model: Seedling, tokenizer_folder: Path, out: Path) -> int:
    """Returns the size of the weights in bytes. Each file is replaced whole."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(tokenizer_folder)
    pad, end = token_id(tokenizer, PAD), token_id(tokenizer, END)
    _write_json(out / "config.json", model.config.to_huggingface(pad, end))
    generation = {"eos_token_id": end, "pad_token_id": pad, "do_sample": True, "temperature": 0.7}
    _write_json(out / "generation_config.json", generation)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        _replace(tokenizer_folder / name, out / name)
    weights = {n: p.detach().to(torch.bfloat16).contiguous() for n, p in model.named_parameters()}
    part = out / "model.safetensors.part"
    save_file(weights, part, metadata={"format": "pt"})
    part.chmod(0o644)
    os.replace(part, out / "model.safetensors")
    return (out / "model.safetensors").stat().st_size


def _write_json(path: Path, value: object) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=2) + "\n")
    os.replace(part, path)


def _replace(source: Path, target: Path) -> None:
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    os.replace(part, target)


def copy_model(out: Path, target: Path) -> None:
    """The exported model and its report, from the working folder to where it ships."""
    target.mkdir(parents=True, exist_ok=True)
    for source in (*sorted((out / "model").iterdir()), out / "report.json", out / "REPORT.md"):
        _replace(source, target / source.name)
