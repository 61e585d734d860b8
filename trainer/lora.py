"""The adapted linear layer: one frozen weight, several low-rank adapters, one of them active.

y = x W^T + bias + (alpha / r) (x A^T) B^T. The base weight is never written. Forward and backward
are written out, because on CPU the many small operations of the automatic ones cost as much as the
base model's own (half the step of a 5 M parameter model).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear


class Role(StrEnum):
    """Whose eyes the backbone looks through."""

    BASE = "base"
    POLICY = "policy"
    REFERENCE = "reference"
    REWARD = "reward"
    REWARD_2 = "reward_2"
    REWARD_3 = "reward_3"
    REWARD_4 = "reward_4"
    VALUE = "value"


@dataclass(slots=True)
class Switch:
    """Shared by all layers of a backbone: the active role."""

    role: Role = Role.BASE


@dataclass(frozen=True, slots=True)
class Factors:
    """One adapter at one layer: a [r, in], b [out, r], kept in fp32."""

    a: torch.Tensor
    b: torch.Tensor
    scale: float


class LoraLinear(nn.Module):
    def __init__(self, base: nn.Linear, switch: Switch) -> None:
        super().__init__()
        self.base = base
        self.switch = switch
        self.factors: dict[Role, Factors] = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        factors = self.factors.get(self.switch.role)
        if factors is None:
            return linear(x, self.base.weight, self.base.bias)
        return apply_lora(x, self.base.weight, self.base.bias, factors)

    def start(self, r: int, alpha: float, generator: torch.Generator) -> Factors:
        """A fresh adapter, as PEFT makes it: A uniform (Kaiming), B zero: it adds nothing."""
        bound = 1 / math.sqrt(self.base.in_features)
        a = torch.empty(r, self.base.in_features).uniform_(-bound, bound, generator=generator)
        b = torch.zeros(self.base.out_features, r)
        device = self.base.weight.device
        return Factors(
            a.to(device).requires_grad_(), b.to(device).requires_grad_(), scale=alpha / r
        )


def apply_lora(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, factors: Factors
) -> torch.Tensor:
    if not torch.is_grad_enabled():
        return _product(x.reshape(-1, x.shape[-1]), weight, bias, factors)[0].view(
            *x.shape[:-1], -1
        )
    out = _LoraProduct.apply(x, weight, bias, factors.a, factors.b, factors.scale)  # type: ignore[no-untyped-call]
    assert isinstance(out, torch.Tensor)
    return out


def _product(
    flat: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, factors: Factors
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The layer's output, and what its gradient needs: x A^T, A and B in the dtype of x."""
    a, b = factors.a.to(flat.dtype), factors.b.to(flat.dtype)
    inner = flat @ a.t()
    out = linear(flat, weight, bias).addmm_(inner, b.t(), alpha=factors.scale)
    return out, inner, a, b


class _LoraProduct(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        a: torch.Tensor,
        b: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        flat = x.reshape(-1, x.shape[-1])
        out, inner, a_cast, b_cast = _product(flat, weight, bias, Factors(a, b, scale))
        ctx.save_for_backward(flat, inner, weight, a_cast, b_cast)
        ctx.scale, ctx.shape, ctx.factor_dtype = scale, x.shape, a.dtype
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        flat, inner, weight, a, b = ctx.saved_tensors
        grad = grads[0].reshape(-1, grads[0].shape[-1])
        grad_inner = grad @ b
        grad_a = (grad_inner.t() @ flat).to(ctx.factor_dtype).mul_(ctx.scale)
        grad_b = (grad.t() @ inner).to(ctx.factor_dtype).mul_(ctx.scale)
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = (grad @ weight).addmm_(grad_inner, a, alpha=ctx.scale).view(ctx.shape)
        return grad_x, None, None, grad_a, grad_b, None
