"""The frozen base cut over several processes, each of which keeps its part of every block.

PyTorch's fully_shard (FSDP2): a block's weights are gathered when it computes, forwards and
backwards, and let go after. So all processes must send as many batches through the model, in the
same order; one that has fewer sends some that count nothing. Input and output embedding and the
last norm stay whole, and so do the adapters, which are no parameters of the base.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from core.errors import BadConfig
from trainer import processes
from trainer.config import RunConfig

_LAUNCHED = "ACCELERATE_USE_FSDP"
_FIRST_LOADS = "FSDP_CPU_RAM_EFFICIENT_LOADING"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that go through the model together, by number; all that comes of them counts `share`
    times, 1 or 0.
    """

    indices: Sequence[int]
    share: float = 1.0


def is_wanted(run: RunConfig) -> bool:
    """Of one process the base is whole, whatever was asked for."""
    if processes.count() == 1 or run.sharding == "none":
        return False
    return run.sharding == "full" or os.environ.get(_LAUNCHED, "").lower() in ("1", "true")


@contextmanager
def all_load() -> Iterator[None]:
    """Inside, transformers gives every process the weights. Left to itself it gives them to the
    first only, where `accelerate launch --use_fsdp` says that Accelerator hands them on.
    """
    before = os.environ.get(_FIRST_LOADS)
    os.environ[_FIRST_LOADS] = "false"
    try:
        yield
    finally:
        del os.environ[_FIRST_LOADS]
        if before is not None:
            os.environ[_FIRST_LOADS] = before


def shard(model: Any, device: torch.device) -> None:
    """Cuts every block and moves it to the device, one after the other; the rest stays where it
    is. Raises BadConfig where the model does not say what its blocks are.
    """
    decoder = model.get_decoder()
    names = set(model._no_split_modules or ())
    blocks = [module for module in decoder.modules() if type(module).__name__ in names]
    if not blocks:
        raise BadConfig("run.sharding: the base model does not name its blocks; use 'none'")
    mesh = init_device_mesh(device.type, (processes.count(),))
    cut: set[nn.Parameter] = set()
    for block in blocks:
        fully_shard(block, mesh=mesh, reshard_after_forward=True)
        cut.update(block.parameters())
    # The whole decoder knows which block is next and gathers it ahead of time.
    fully_shard(decoder, mesh=mesh, ignored_params=set(decoder.parameters()) - cut)


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A weight with all processes' parts, which must all ask for it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def own_bytes(tensor: torch.Tensor) -> int:
    """Of the part that this process keeps."""
    return (tensor.to_local() if isinstance(tensor, DTensor) else tensor).nbytes


def level(parts: Sequence[Sequence[int]], spare: Sequence[int]) -> list[Part]:
    """`parts`, and `spare` so often that all processes have as many."""
    most = max(processes.gather(len(parts)))
    return [*map(Part, parts), *[Part(spare, 0.0)] * (most - len(parts))]
