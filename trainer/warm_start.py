"""Where a policy begins that goes on from the champion: at a copy of its adapter."""

from __future__ import annotations

import torch

from core.errors import BadConfig
from trainer.backbone import Backbone
from trainer.config import LoraConfig
from trainer.lora import Factors, Role


@torch.no_grad()
def copy_reference(backbone: Backbone, config: LoraConfig, seed: int) -> None:
    """The policy's adapter computes what the reference's does, in the run's own rank and scale.

    The run's further ranks keep their fresh A and B = 0, so they add nothing until they are
    trained. Raises BadConfig when the reference has a higher rank than the run.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, champion in backbone.factors(Role.REFERENCE).items():
        layer = backbone.layers[name]
        if Role.POLICY not in layer.factors:
            layer.factors[Role.POLICY] = layer.start(config.r, config.alpha, generator)
        _copy(champion, layer.factors[Role.POLICY])


def _copy(champion: Factors, policy: Factors) -> None:
    rank, room = champion.a.shape[0], policy.a.shape[0]
    if rank > room:
        raise BadConfig(
            f"the champion's adapter has rank {rank}, the run's lora.r is {room}; raise lora.r, or "
            "start at 'base'"
        )
    policy.a[:rank] = champion.a
    policy.b[:, :rank] = champion.b * (champion.scale / policy.scale)
