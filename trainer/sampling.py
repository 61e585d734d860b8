"""Batched answers with a key-value cache, seeded; temperature 0 is greedy.

The random numbers depend on seed, prompt and position only, never on the policy: two policies asked
with one seed see the same luck, and equal policies give equal answers.

Shapes: B prompts in flight, P padded prompt length, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from transformers.cache_utils import Cache, DynamicLayer

from trainer import processes
from trainer.backbone import Backbone
from trainer.rows import padded_length

_BATCH_TOKENS = 16 * 1024
"""Prompt and answer tokens, padded, whose keys and values are held at once."""

_CROWDED = 0.8
"""Ended answers leave the batch when no more than this share of it is still being written."""


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
    places: Sequence[int] = (),
) -> list[Sample]:
    """Answers in the order of `asks`, by the active role. `tick` hears the share done, often.

    `places`: of asks that are a part of more, where each stands there, which decides its luck.
    """
    numbers = places or range(len(asks))
    order = sorted(range(len(asks)), key=lambda index: len(asks[index].prompt_ids))
    found: dict[int, Sample] = {}
    for part in _parts(order, asks, max_new_tokens):
        base = len(found) / len(asks)
        share = len(part) / len(asks)

        def tick_part(done: float, base: float = base, share: float = share) -> None:
            tick(base + share * done)

        flights = [_Flight(numbers[index], asks[index], seed) for index in part]
        _fly(backbone, flights, max_new_tokens, tick_part)
        found.update(zip(part, (flight.land() for flight in flights), strict=True))
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


@dataclass(slots=True)
class _Flight:
    """One answer being written."""

    number: int
    ask: Ask
    seed: int
    luck: np.random.Generator = field(init=False)
    ids: list[int] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    ended: bool = False

    def __post_init__(self) -> None:
        self.luck = np.random.default_rng((self.seed, self.number))

    def land(self) -> Sample:
        return Sample(tuple(self.ids), self.ended, tuple(self.margins))


def _fly(
    backbone: Backbone, flights: list[_Flight], new_tokens: int, tick: Callable[[float], None]
) -> None:
    """Writes all answers, a token each at a time; those that ended leave the batch by and by."""
    stops = backbone.renderer.stop_ids
    hidden_BH, cache, lengths_B, mask_BT = _prefill(backbone, flights, new_tokens)
    width = mask_BT.shape[-1] - new_tokens
    for step in range(new_tokens):
        logits_BV = (hidden_BH.to(backbone.head_VH.dtype) @ backbone.head_VH.t()).float()
        token_B = _draw(logits_BV, flights)
        if backbone.sharded:
            # Rounding must not end an answer in one process that goes on in another.
            token_B = processes.agree(token_B)
        _write(flights, logits_BV, token_B, stops)
        tick((step + 1) / new_tokens)
        alive = [index for index, flight in enumerate(flights) if not flight.ended]
        if not alive or step + 1 == new_tokens:
            return
        if len(alive) <= _CROWDED * len(flights):
            keep = torch.tensor(alive, device=backbone.device)
            flights = [flights[index] for index in alive]
            token_B, lengths_B, mask_BT = token_B[keep], lengths_B[keep], mask_BT[keep]
            cache.batch_select_indices(keep)
        seen = mask_BT[..., : width + step + 1]
        hidden = backbone.hidden(token_B[:, None], (lengths_B + step)[:, None], seen, cache)
        hidden_BH = hidden[:, -1]


def _write(
    flights: Sequence[_Flight],
    logits_BV: torch.Tensor,
    token_B: torch.Tensor,
    stops: frozenset[int],
) -> None:
    best_B2 = logits_BV.topk(2).values
    margins = (best_B2[:, 0] - best_B2[:, 1]).tolist()
    for flight, token, margin in zip(flights, token_B.tolist(), margins, strict=True):
        if not flight.ended:
            flight.ids.append(token)
            flight.margins.append(margin)
            flight.ended = token in stops


def _draw(logits_BV: torch.Tensor, flights: Sequence[_Flight]) -> torch.Tensor:
    """The likeliest token, or where a random number falls in the cumulative probabilities."""
    best_B = logits_BV.argmax(-1)
    temperature_B = torch.tensor([f.ask.temperature for f in flights], device=logits_BV.device)
    greedy_B = temperature_B == 0
    if bool(greedy_B.all()):
        return best_B
    luck_B1 = torch.tensor([[f.luck.random()] for f in flights], device=logits_BV.device)
    scaled_BV = logits_BV / temperature_B.masked_fill(greedy_B, 1.0)[:, None]
    sums_BV = torch.softmax(scaled_BV, -1).cumsum(-1)
    # Of the sum, not of 1: rounding may leave the last sum a little below it.
    drawn_B = torch.searchsorted(sums_BV, luck_B1.to(sums_BV) * sums_BV[:, -1:])[:, 0]
    return torch.where(greedy_B, best_B, drawn_B.clamp(max=logits_BV.shape[1] - 1))


def _prefill(
    backbone: Backbone, flights: Sequence[_Flight], new_tokens: int
) -> tuple[torch.Tensor, Cache, torch.Tensor, torch.Tensor]:
    """Prompts, padded on the left: last hidden state, cache, lengths, mask [B, 1, 1, P + new]."""
    device, dtype = backbone.device, backbone.dtype
    prompts = [flight.ask.prompt_ids for flight in flights]
    width = padded_length(max(len(prompt) for prompt in prompts))
    ids = np.zeros((len(prompts), width), dtype=np.int64)
    for number, prompt in enumerate(prompts):
        ids[number, width - len(prompt) :] = prompt
    lengths_B = torch.tensor([len(prompt) for prompt in prompts], device=device)
    starts_B1 = (width - lengths_B)[:, None]
    columns = torch.arange(width, device=device)
    real_BP = columns >= starts_B1
    causal = torch.ones(width, width, dtype=torch.bool, device=device).tril()
    # Padding sees itself, so that no line of the softmax is empty.
    seen = real_BP[:, None, :] & causal | torch.eye(width, dtype=torch.bool, device=device)
    lowest = torch.finfo(dtype).min
    mask = torch.zeros(seen.shape, dtype=dtype, device=device).masked_fill_(~seen, lowest)
    depth = backbone.model.config.get_text_config().num_hidden_layers
    cache = Cache(layers=[_RoomyLayer(width + new_tokens) for _ in range(depth)])
    hidden = backbone.hidden(
        torch.from_numpy(ids).to(device), (columns - starts_B1).clamp(min=0), mask[:, None], cache
    )
    later = torch.zeros(len(prompts), width + new_tokens, dtype=dtype, device=device)
    later[:, :width].masked_fill_(~real_BP, lowest)
    return hidden[:, -1], cache, lengths_B, later[:, None, None]


class _RoomyLayer(DynamicLayer):
    """Keys and values written into room made once: growing by a copy costs more than attention."""

    def __init__(self, room: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.room = room
        self.length = 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        self.all_keys = _make_room(key_states, self.room)
        self.all_values = _make_room(value_states, self.room)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[-2]
        self.all_keys[:, :, self.length : end] = key_states
        self.all_values[:, :, self.length : end] = value_states
        self.length = end
        return self.all_keys[:, :, :end], self.all_values[:, :, :end]

    def get_seq_length(self) -> int:
        return self.length

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.all_keys, self.all_values = self.all_keys[indices], self.all_values[indices]


def _make_room(states: torch.Tensor, room: int) -> torch.Tensor:
    batch, heads, _, width = states.shape
    return states.new_empty(batch, heads, room, width)
