"""Gradients on every core: one thread, one bf16 replica and one micro-batch at a time.

Threads take micro-batches from a common list, so a core that others use slows only itself; a
matmul split over cores would wait for it. A micro-batch's activations fit a core's cache. The sum
runs in the order of the micro-batches, so the result does not depend on who did what.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

import torch
from torch import Tensor

from trainer.seedling.model import Seedling

_T = TypeVar("_T")
MicroBatch = tuple[Tensor, Tensor]
"""Token ids (b, T+1) and weights of the targets (b, T)."""


class Workers:
    def __init__(self, master: Seedling, threads: int) -> None:
        # One thread inside each operation: parallelism is over micro-batches.
        torch.set_num_threads(1)
        self.master = list(master.parameters())
        self.pool = ThreadPoolExecutor(threads)
        self.replicas: SimpleQueue[Seedling] = SimpleQueue()
        self.copies: list[list[Tensor]] = []
        for _ in range(threads):
            replica = Seedling(master.config, torch.bfloat16).to(torch.bfloat16)
            self.copies.append([p.data for p in replica.parameters()])
            self.replicas.put(replica)

    def map(self, work: Callable[..., _T], *items: list[_T] | list[Tensor] | list[int]) -> list[_T]:
        return list(self.pool.map(work, *items))

    def gradients(self, parts: list[MicroBatch], total_weight: float) -> float:
        """Sets .grad of the master's parameters; returns the loss over all parts."""
        for copy in self.copies:
            torch._foreach_copy_(copy, [p.data for p in self.master])
        results = list(self.pool.map(lambda part: self._one(part, total_weight), parts))
        grads = [grad for _, grad in results]
        list(self.pool.map(lambda i: self._sum(i, grads), range(len(self.master))))
        return sum(loss for loss, _ in results)

    def _one(self, part: MicroBatch, total_weight: float) -> tuple[float, tuple[Tensor, ...]]:
        replica = self.replicas.get()
        try:
            loss = replica.loss(*part) / total_weight
            grads = torch.autograd.grad(loss, list(replica.parameters()))
            return float(loss.detach()), grads
        finally:
            self.replicas.put(replica)

    def _sum(self, index: int, grads: list[tuple[Tensor, ...]]) -> None:
        total = grads[0][index].float()
        for more in grads[1:]:
            total.add_(more[index])
        self.master[index].grad = total

    def close(self) -> None:
        self.pool.shutdown()
