"""Muon for the matrices, AdamW for the embedding and the norms, and the WSD schedule.

Muon: momentum made orthogonal by Newton-Schulz (Jordan et al. 2024), scaled as in Moonlight.
Matrices of one shape are orthogonalised together.
"""

from collections import defaultdict
from concurrent.futures import Executor
from typing import Any

import torch
from torch import Tensor, nn

_STACK = 3
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonalise(stack: Tensor, steps: int = 5) -> Tensor:
    """(N, rows, cols) -> the same with singular values near 1, in bf16."""
    x = stack.bfloat16()
    wide = x.shape[-2] <= x.shape[-1]
    x = x if wide else x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = _A * x + (_B * a + _C * (a @ a)) @ x
    out: Tensor = x if wide else x.mT
    return out


class Muon:
    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.95,
                 weight_decay: float = 0.01) -> None:  # fmt: skip
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        shapes: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
        for p in parameters:
            shapes[p.shape].append(p)
        self.groups = [g[i : i + _STACK] for g in shapes.values() for i in range(0, len(g), _STACK)]
        self.buffers = [torch.zeros(len(g), *g[0].shape) for g in self.groups]

    def step(self, scale: float, pool: Executor) -> None:
        lr = self.lr * scale
        list(pool.map(lambda g, b: self._step_group(g, b, lr), self.groups, self.buffers))

    @torch.no_grad()
    def _step_group(self, group: list[nn.Parameter], buffer: Tensor, lr: float) -> None:
        grads = torch.stack([p.grad for p in group])  # type: ignore[misc]
        buffer.mul_(self.momentum).add_(grads, alpha=1 - self.momentum)
        update = orthogonalise(grads.lerp(buffer, self.momentum)).float()
        rows, cols = group[0].shape
        size = max(1.0, rows / cols) ** 0.5
        for p, u in zip(group, update, strict=True):
            p.mul_(1 - lr * self.weight_decay).add_(u, alpha=-lr * size)

    def state(self) -> list[Tensor]:
        return self.buffers

    def load(self, state: list[Tensor]) -> None:
        for mine, saved in zip(self.buffers, state, strict=True):
            mine.copy_(saved)


class Optimiser:
    """Both optimisers under one step and one state."""

    def __init__(self, model: nn.Module, muon_lr: float, adam_lr: float) -> None:
        named = list(model.named_parameters())
        matrices = [p for n, p in named if p.dim() == 2 and "embed" not in n]
        rest = [p for n, p in named if p.dim() != 2 or "embed" in n]
        self.muon = Muon(matrices, muon_lr)
        self.adam_lr = adam_lr
        self.adam = torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.95), weight_decay=0.01)

    def step(self, scale: float, pool: Executor) -> None:
        for group in self.adam.param_groups:
            group["lr"] = self.adam_lr * scale
        self.muon.step(scale, pool)
        self.adam.step()

    def state(self) -> dict[str, Any]:
        return {"muon": self.muon.state(), "adam": self.adam.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        self.muon.load(state["muon"])
        self.adam.load_state_dict(state["adam"])


def warmup_stable_decay(done: float, warmup: float, decay: float, floor: float = 0.02) -> float:
    """The learning rate's scale at `done` in 0..1 of the budget; `decay` is the last share."""
    if warmup and done < warmup:
        return max(done / warmup, 0.01)
    left = 1.0 - done
    return 1.0 if left >= decay else max(left / decay, floor)
