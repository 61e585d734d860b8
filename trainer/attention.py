"""Attention under an explicit additive mask, as the packed rows need it.

On CPU the flash kernel's backward costs more than writing softmax(q k^T) v out, as long as rows are
short; elsewhere PyTorch's own kernel is used. Registered with transformers under `NAME`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "thumbwheel"

_LONGEST_EXPLICIT = 512
"""Above this many keys the score matrix costs more than the flash kernel saves."""


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor,
    scaling: float,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """[B, heads, S, D] and [B, kv heads, T, D] to [B, S, heads, D]; mask [B, 1, S, T] is added."""
    if query.is_cuda or key.shape[2] > _LONGEST_EXPLICIT:
        out = scaled_dot_product_attention(
            query, key, value, attn_mask=attention_mask, scale=scaling, enable_gqa=True
        )
    else:
        out = _attend_explicitly(query, key, value, attention_mask, scaling)
    return out.transpose(1, 2).contiguous(), None


def _attend_explicitly(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    # Heads that share keys are stacked along the rows, so keys and values are never repeated.
    batch, heads, rows, width = query.shape
    shared = key.shape[1]
    stacked = (query * scaling).reshape(batch, shared, heads // shared * rows, width)
    scores = (stacked @ key.transpose(-1, -2)).view(batch, shared, heads // shared, rows, -1)
    weights = torch.softmax(scores + mask[:, :, None], dim=-1)
    out = weights.view(batch, shared, heads // shared * rows, -1) @ value
    return out.view(batch, heads, rows, width)


AttentionInterface.register(NAME, attend)
