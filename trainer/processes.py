"""Several processes that train one adapter: which one this is, and what all of them sum.

`accelerate launch` or `torchrun` start them and say through the environment (RANK, WORLD_SIZE,
LOCAL_RANK, MASTER_ADDR, MASTER_PORT) who is who; without them this process is alone. Every process
does the whole run, with the same seeds, on its share of each step's rows: the sum of the gradients
is the one that a single process would have found. Only gradients of the adapter and a few figures
travel. The first process writes what others read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import torch
from torch import distributed

from core.errors import ThumbwheelError
from trainer.config import Config

T = TypeVar("T")

_TAKEN_UP = ("checkpoints", "reward", "reward-run")
"""Of a run's output, what a resumed one reads."""

_PATIENCE = timedelta(minutes=10)
"""A process that waits longer for the others gives up."""


@contextmanager
def joined() -> Iterator[None]:
    """Inside, the processes of this run are connected."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    # Objects and waiting go over the CPU, also of a run that does not use the GPU there is.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield
    finally:
        distributed.destroy_process_group()


@contextmanager
def own_output(config: Config) -> Iterator[Config]:
    """The run as this process does it: what all but the first write is thrown away."""
    if is_first():
        wait()
        yield config
        return
    with TemporaryDirectory() as directory:
        for name in _TAKEN_UP:
            kept = Path(config.run.output) / name
            if kept.is_dir():
                shutil.copytree(kept, Path(directory) / name)
        wait()
        yield replace(config, run=replace(config.run, output=directory))


def count() -> int:
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    return distributed.get_rank() if distributed.is_initialized() else 0


def local_rank() -> int:
    """Of this machine's processes: the number of its GPU."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def is_first() -> bool:
    """Known from the environment, so also when the processes are not connected any more."""
    return int(os.environ.get("RANK", "0")) == 0


def mine(indices: Sequence[int]) -> list[int]:
    """This process's share of what all of them were given; none, where there are too few."""
    return list(indices[rank() :: count()])


def sum_gradients(parameters: Sequence[torch.Tensor]) -> None:
    """Every gradient becomes the sum over the processes; one message for all of them. A parameter
    that has none in any process keeps none: the optimiser leaves it alone, as in a single process.
    """
    if count() == 1:
        return
    grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    found = grads[0].new_tensor([p.grad is not None for p in parameters])
    flat = torch.cat([*(grad.flatten() for grad in grads), found])
    distributed.all_reduce(flat)
    *totals, found = flat.split([*(p.numel() for p in parameters), len(found)])
    for p, total, some in zip(parameters, totals, found.tolist(), strict=True):
        p.grad = total.view_as(p) if some else None


def sum_value(value: torch.Tensor) -> torch.Tensor:
    """A number summed over the processes, without a gradient."""
    value = value.detach().clone()
    if count() > 1:
        distributed.all_reduce(value)
    return value


def sum_figures(figures: Mapping[str, float]) -> dict[str, float]:
    """By name; a process that had no rows brings none."""
    everybody = gather(dict(figures))
    names = dict.fromkeys(name for one in everybody for name in one)
    return {name: sum(one.get(name, 0.0) for one in everybody) for name in names}


def gather(value: T) -> list[T]:
    """Every process's, in their order; it must be picklable."""
    if count() == 1:
        return [value]
    everybody: list[Any] = [None] * count()
    distributed.all_gather_object(everybody, value)
    return everybody


def settle(found: T, error: ThumbwheelError | None) -> list[T]:
    """What every process found. Where some have an error instead, all raise: their own, or the
    first of the others'.
    """
    everybody = gather((found, error))
    if error is not None:
        raise error
    for _, other in everybody:
        if other is not None:
            raise type(other)(f"another process of this run: {other.message}")
    return [each for each, _ in everybody]


def together(total: int, work: Callable[[list[int]], Sequence[T]]) -> list[T]:
    """What `work` makes of the numbers below `total`, in order. Every process does its share, all
    get all of it, and what is raised in one is raised in all.
    """
    own: list[T] = []
    error = None
    try:
        own.extend(work(mine(range(total))))
    except ThumbwheelError as raised:
        error = raised
    everybody = settle(own, error)
    return [everybody[number % count()][number // count()] for number in range(total)]


def from_first(work: Callable[[], T]) -> T:
    """What `work` makes in the first process; the others wait for it."""
    found = together(1, lambda own: [work() for _ in own])
    return found[0]


def agree(value: torch.Tensor) -> torch.Tensor:
    """The first process's, in all."""
    value = value.contiguous()
    distributed.broadcast(value, 0)
    return value


def wait() -> None:
    """Until all are here."""
    if count() > 1:
        distributed.barrier()
