"""Batched answers with a key-value cache, seeded; temperature 0 is greedy.

The random numbers depend on seed, prompt and position only, never on the policy: two policies asked
with one seed see the same luck, and equal policies give equal answers.

Shapes: B prompts, P padded prompt length, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import DynamicCache

from trainer.backbone import Backbone
from trainer.rows import padded_length

_BATCH_TOKENS = 32 * 1024
"""Prompt and answer tokens, padded, whose keys and values are held at once."""


@dataclass(frozen=True, slots=True)
class Ask:
    prompt_ids: tuple[int, ...]
    temperature: float


@dataclass(frozen=True, slots=True)
class Sample:
    """`ids` ends with the stop token where the model `ended`. `margins`: best logit less the second
    best, in nats, for each token.
    """

    ids: tuple[int, ...]
    ended: bool
    margins: tuple[float, ...]


@torch.no_grad()
def generate(
    backbone: Backbone,
    asks: Sequence[Ask],
    max_new_tokens: int,
    seed: int,
    tick: Callable[[float], None],
) -> list[Sample]:
    """Answers in the order of `asks`, by the active role. `tick` hears the share done, often."""
    order = sorted(range(len(asks)), key=lambda index: len(asks[index].prompt_ids))
    found: dict[int, Sample] = {}
    for part in _parts(order, asks, max_new_tokens):
        base = len(found) / len(asks)
        share = len(part) / len(asks)

        def tick_part(done: float, base: float = base, share: float = share) -> None:
            tick(base + share * done)

        samples = _generate_part(
            backbone, [asks[i] for i in part], part, max_new_tokens, seed, tick_part
        )
        found.update(zip(part, samples, strict=True))
    return [found[index] for index in range(len(asks))]


def _parts(order: Sequence[int], asks: Sequence[Ask], new_tokens: int) -> list[list[int]]:
    parts: list[list[int]] = []
    for index in order:
        size = padded_length(len(asks[index].prompt_ids)) + new_tokens
        if parts and size * (len(parts[-1]) + 1) <= _BATCH_TOKENS:
            parts[-1].append(index)
        else:
            parts.append([index])
    return parts


def _generate_part(
    backbone: Backbone,
    asks: Sequence[Ask],
    numbers: Sequence[int],
    max_new_tokens: int,
    seed: int,
    tick: Callable[[float], None],
) -> list[Sample]:
    draw = _Draw(asks, numbers, seed, backbone)
    hidden_BH, cache, lengths_B, mask_BT = _prefill(backbone, asks, max_new_tokens)
    width = mask_BT.shape[-1] - max_new_tokens
    stops = torch.tensor(sorted(backbone.renderer.stop_ids), device=backbone.device)
    ended_B = torch.zeros(len(asks), dtype=torch.bool, device=backbone.device)
    tokens: list[torch.Tensor] = []
    margins: list[torch.Tensor] = []
    for step in range(max_new_tokens):
        logits_BV = (hidden_BH.to(backbone.head_VH.dtype) @ backbone.head_VH.t()).float()
        best_B2 = logits_BV.topk(2).values
        token_B = draw(logits_BV)
        tokens.append(token_B)
        margins.append(best_B2[:, 0] - best_B2[:, 1])
        ended_B = ended_B | torch.isin(token_B, stops)
        tick((step + 1) / max_new_tokens)
        if step + 1 == max_new_tokens or bool(ended_B.all()):
            break
        seen = mask_BT[..., : width + step + 1]
        hidden = backbone.hidden(token_B[:, None], (lengths_B + step)[:, None], seen, cache)
        hidden_BH = hidden[:, -1]
    stacked = torch.stack(tokens, 1).tolist()
    gaps = torch.stack(margins, 1).tolist()
    return [_cut(ids, gap, backbone) for ids, gap in zip(stacked, gaps, strict=True)]


def _prefill(
    backbone: Backbone, asks: Sequence[Ask], new_tokens: int
) -> tuple[torch.Tensor, DynamicCache, torch.Tensor, torch.Tensor]:
    """Prompts, padded on the left: last hidden state, cache, lengths, mask [B, 1, 1, P + new]."""
    lengths = [len(ask.prompt_ids) for ask in asks]
    width = padded_length(max(lengths))
    ids = np.zeros((len(asks), width), dtype=np.int64)
    for number, ask in enumerate(asks):
        ids[number, width - lengths[number] :] = ask.prompt_ids
    lengths_B = torch.tensor(lengths, device=backbone.device)
    columns = torch.arange(width, device=backbone.device)
    positions_BP = (columns - (width - lengths_B)[:, None]).clamp(min=0)
    real_BP = columns >= (width - lengths_B)[:, None]
    lowest = torch.finfo(backbone.dtype).min
    causal = torch.ones(width, width, dtype=torch.bool, device=backbone.device).tril()
    # Padding sees itself, so that no line of the softmax is empty.
    seen = real_BP[:, None, :] & causal | torch.eye(width, dtype=torch.bool, device=columns.device)
    mask = torch.zeros(seen.shape, dtype=backbone.dtype, device=backbone.device)
    mask = mask.masked_fill_(~seen, lowest)[:, None]
    cache = DynamicCache()
    ids_BP = torch.from_numpy(ids).to(backbone.device)
    hidden = backbone.hidden(ids_BP, positions_BP, mask, cache)
    later = torch.zeros(len(asks), width + new_tokens, dtype=backbone.dtype, device=columns.device)
    later[:, :width].masked_fill_(~real_BP, lowest)
    return hidden[:, -1], cache, lengths_B, later[:, None, None]


class _Draw:
    """Chooses a token per prompt: where a random number falls in the cumulative probabilities, or
    the likeliest.
    """

    def __init__(
        self, asks: Sequence[Ask], numbers: Sequence[int], seed: int, backbone: Backbone
    ) -> None:
        temperatures = torch.tensor([ask.temperature for ask in asks], device=backbone.device)
        self.greedy_B = temperatures == 0
        self.temperature_B1 = temperatures.masked_fill(self.greedy_B, 1.0)[:, None]
        self.generators = [np.random.default_rng((seed, number)) for number in numbers]

    def __call__(self, logits_BV: torch.Tensor) -> torch.Tensor:
        best_B = logits_BV.argmax(-1)
        if bool(self.greedy_B.all()):
            return best_B
        luck = torch.tensor([[g.random()] for g in self.generators], device=logits_BV.device)
        sums_BV = torch.softmax(logits_BV / self.temperature_B1, -1).cumsum(-1)
        # Of the sum, not of 1: rounding may leave the last sum a little below it.
        drawn_B = torch.searchsorted(sums_BV, luck.to(sums_BV) * sums_BV[:, -1:])[:, 0]
        drawn_B = drawn_B.clamp(max=logits_BV.shape[1] - 1)
        return torch.where(self.greedy_B, best_B, drawn_B)


def _cut(ids: list[int], margins: list[float], backbone: Backbone) -> Sample:
    for index, token in enumerate(ids):
        if token in backbone.renderer.stop_ids:
            return Sample(tuple(ids[: index + 1]), True, tuple(margins[: index + 1]))
    return Sample(tuple(ids), False, tuple(margins))
