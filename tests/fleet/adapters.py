"""Random adapters of the shipped model, strong enough that each answers in its own way, with the
probes that the trainer records. Loads torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from trainer.adapter_files import publish_adapter
from trainer.backbone import Backbone, load_backbone
from trainer.config import Config, DataConfig, RunConfig
from trainer.data import Prompt
from trainer.lora import Role
from trainer.probe import make_probes


def make_adapters(
    parent: Path, names: Sequence[str], model: str, asks: Sequence[list[dict[str, str]]]
) -> None:
    """Writes `parent/<name>` for each name; `asks` are the probes' prompts."""
    config = Config(
        run=RunConfig(output="", base_model=model, served_model_name=model, threads=1),
        data=DataConfig(path=""),
    )
    backbone = load_backbone(config)
    prompts = [Prompt(ask, tuple(backbone.renderer.prompt_ids(ask))) for ask in asks]
    for seed, name in enumerate(names):
        with torch.no_grad():
            _randomise(backbone, config, seed)
            probe = make_probes(backbone, prompts, lambda: None)
        publish_adapter(
            parent / name, backbone.adapter_file(Role.POLICY, config.lora), model, {"probe": probe}
        )


def _randomise(backbone: Backbone, config: Config, seed: int) -> None:
    backbone.start(Role.POLICY, config.lora, seed)
    generator = torch.Generator().manual_seed(seed)
    for factors in backbone.factors(Role.POLICY).values():
        factors.b.normal_(0, 0.3, generator=generator)
