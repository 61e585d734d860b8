"""Log-probabilities of answers, computed only where an answer's token is predicted.

log p(y) = h.W[y] - logsumexp(h.W), in chunks, with the sum in fp32. The gradient
d log p / d h = W[y] - softmax(h.W) W is formed in the forward, while the logits are at hand, so no
logits are kept. Exact, not an approximation.

Shapes: N scored tokens, A answers, V vocabulary, H hidden width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from trainer.backbone import Backbone
from trainer.batches import micro_batches
from trainer.errors import Diverged
from trainer.lora import Role
from trainer.rows import Batch, Row

_CHUNK = 256
_START_TOLERANCE = 1e-4


def token_logprobs(
    hidden_NH: torch.Tensor, head_VH: torch.Tensor, y_N: torch.Tensor
) -> torch.Tensor:
    """[N] in fp32, differentiable in the hidden states (the head is frozen)."""
    out = _TokenLogProbs.apply(hidden_NH, head_VH, y_N)  # type: ignore[no-untyped-call]
    assert isinstance(out, torch.Tensor)
    return out


class _TokenLogProbs(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden_NH: torch.Tensor, head_VH: torch.Tensor, y_N: torch.Tensor
    ) -> torch.Tensor:
        logps_N = torch.empty(len(y_N), dtype=torch.float32, device=hidden_NH.device)
        wants_grad = ctx.needs_input_grad[0]
        grad_NH = torch.empty_like(hidden_NH) if wants_grad else None
        for start in range(0, len(y_N), _CHUNK):
            part = slice(start, start + _CHUNK)
            y = y_N[part, None]
            logits = (hidden_NH[part].to(head_VH.dtype) @ head_VH.t()).float()
            norm = torch.logsumexp(logits, dim=-1, keepdim=True)
            logps_N[part] = (logits.gather(-1, y) - norm)[:, 0]
            if grad_NH is not None:
                p = logits.sub_(norm).exp_().to(head_VH.dtype)
                grad_NH[part] = (head_VH[y_N[part]] - p @ head_VH).to(hidden_NH.dtype)
        if grad_NH is not None:
            ctx.save_for_backward(grad_NH)
        return logps_N

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (grad_NH,) = ctx.saved_tensors
        return (grads[0][:, None] * grad_NH).to(grad_NH.dtype), None, None


def batch_logprobs(backbone: Backbone, batch: Batch) -> torch.Tensor:
    """Log-probability [N] of every answer token of a batch, as the active role sees it."""
    return token_logprobs(answer_hidden(backbone, batch), backbone.head_VH, batch.targets_N)


def answer_hidden(backbone: Backbone, batch: Batch) -> torch.Tensor:
    """[N, H]: the hidden state that each answer token is predicted from."""
    hidden_BSH = backbone.hidden(batch.ids_BS, batch.positions_BS, batch.mask_BSS)
    return hidden_BSH.flatten(0, 1).index_select(0, batch.predict_at_N)


def sum_by_answer(values_N: torch.Tensor, batch: Batch) -> torch.Tensor:
    """[A]: the sum over each answer's tokens."""
    zeros_A = torch.zeros(batch.answers, dtype=values_N.dtype, device=values_N.device)
    return zeros_A.index_add(0, batch.answer_N, values_N)


@torch.no_grad()
def row_logprobs(
    backbone: Backbone,
    role: Role,
    rows: Sequence[Row],
    micro_tokens: int,
    report: Callable[[float], None],
) -> list[torch.Tensor]:
    """Answer-token log-probabilities of every row, in the rows' order. `report` hears the share."""
    out: list[torch.Tensor] = [torch.empty(0)] * len(rows)
    done = 0
    for part in micro_batches(range(len(rows)), rows, micro_tokens):
        batch = backbone.collate([rows[i] for i in part])
        with backbone.role(role):
            logps_N = batch_logprobs(backbone, batch)
        sizes = [len(rows[i].targets) for i in part]
        for index, logps in zip(part, torch.split(logps_N, sizes), strict=True):
            out[index] = logps
        done += len(part)
        report(done / len(rows))
    return out


@torch.no_grad()
def check_start(backbone: Backbone, rows: Sequence[Row]) -> None:
    """A fresh policy is the bare base. Raises Diverged when it is not: the roles are mixed up."""
    batch = backbone.collate(rows)
    with backbone.role(Role.BASE):
        base_N = batch_logprobs(backbone, batch)
    with backbone.role(Role.POLICY):
        policy_N = batch_logprobs(backbone, batch)
    gap = (sum_by_answer(policy_N, batch) - sum_by_answer(base_N, batch)).abs().max().item()
    if not gap < _START_TOLERANCE:
        raise Diverged(f"the untrained policy differs from its base by {gap:.2g} nats an answer")
