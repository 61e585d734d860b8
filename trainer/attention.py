"""Attention as the packed rows need it, and its masks: who sees whom.

On CPU the flash kernel's backward costs more than writing softmax(q k^T) v out, as long as rows are
short; elsewhere PyTorch's own kernel is used. Both add an explicit mask to the scores. On CUDA
FlexAttention (`run.attention = "flex"`) skips the blocks that nobody sees, which of a row with many
answers are most. The same numbers all three ways. Registered with transformers under `NAME`.

Shapes: B rows, S queries, T keys, D width of a head.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "thumbwheel"
Mask = torch.Tensor | BlockMask
MakeMask = Callable[[torch.Tensor, torch.Tensor], Mask]
"""Of every token's segment and its prompt's segment, both [B, S]."""

_LONGEST_EXPLICIT = 512
"""Above this many keys the score matrix costs more than the flash kernel saves."""


def attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: Mask,
    scaling: float,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """[B, heads, S, D] and [B, kv heads, T, D] to [B, S, heads, D]; a mask [B, 1, S, T] that is a
    tensor is added.
    """
    out: torch.Tensor
    flex: Any
    if isinstance(attention_mask, BlockMask):
        flex = _compiled_flex() if query.is_cuda else flex_attention
        out = flex(query, key, value, block_mask=attention_mask, scale=scaling, enable_gqa=True)
    elif query.is_cuda or key.shape[2] > _LONGEST_EXPLICIT:
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


def additive_mask(
    segments_BS: torch.Tensor, prompts_BS: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """0 where a token may look, the lowest number where not; [B, 1, S, S].

    Causal, and across segments only from an answer back to its prompt's. Padding is a segment of
    its own, so that no line of the softmax is empty.
    """
    size = segments_BS.shape[1]
    same = segments_BS[:, :, None] == segments_BS[:, None, :]
    prompt = prompts_BS[:, :, None] == segments_BS[:, None, :]
    causal = torch.ones(size, size, dtype=torch.bool, device=segments_BS.device).tril()
    seen = ((same | prompt) & causal)[:, None]
    mask = torch.zeros(seen.shape, dtype=dtype, device=segments_BS.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)


def block_mask(segments_BS: torch.Tensor, prompts_BS: torch.Tensor) -> BlockMask:
    """The same rule for FlexAttention."""

    def sees(
        row: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor
    ) -> torch.Tensor:
        looked_at = segments_BS[row, key]
        own = segments_BS[row, query] == looked_at
        return (query >= key) & (own | (prompts_BS[row, query] == looked_at))

    rows, size = segments_BS.shape
    return create_block_mask(sees, rows, None, size, size, device=str(segments_BS.device))


@cache
def _compiled_flex() -> Callable[..., Any]:
    # Only compiled is it a kernel; lengths differ from batch to batch.
    compiled: Callable[..., Any] = torch.compile(flex_attention, dynamic=True)
    return compiled


AttentionInterface.register(NAME, attend)
