"""How large everything is: the full recipe, and a quick one that proves the machinery only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a Llama on the seedling's tokenizer; names as in trainer/seedling/model.py."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts of one run. Tokens are real ones, padding left out."""

    small: Shape
    large: Shape
    rows: int
    """Of a pre-training batch, each up to `row_length` tokens."""
    row_length: int
    text_tokens: int
    """Of the text that both bases read, once."""
    demonstrations: int
    """Of the assistant that people give feedback on."""
    other_demonstrations: int
    """Of the other three together."""
    sft_epochs: float
    labellers: int
    held_out_labellers: int
    """Of them; they rank the held-out prompts and judge, and nobody learns from them."""
    ranked: int
    """Prompts whose answers are ranked, to learn from."""
    ranked_held_out: int
    reward_epochs: float
    dpo_epochs: float
    updates: int
    """Of PPO with KL, with replay and without."""
    free_updates: int
    """Of PPO without KL, which goes on until it is over-optimised."""
    update_prompts: int
    update_samples: int
    judged: int
    """Prompts on which policies are compared."""
    others: int
    """Prompts of each kind that no feedback was given on, for the alignment tax."""
    max_new_tokens: int


FULL = Sizes(
    small=Shape(128, 384, 4, 4, 2, 32),
    large=Shape(512, 1344, 7, 8, 4, 64),
    rows=12,
    row_length=256,
    text_tokens=1_400_000,
    demonstrations=8000,
    other_demonstrations=1800,
    sft_epochs=2,
    labellers=24,
    held_out_labellers=8,
    ranked=800,
    ranked_held_out=120,
    reward_epochs=2,
    dpo_epochs=2,
    updates=48,
    free_updates=40,
    update_prompts=32,
    update_samples=4,
    judged=400,
    others=6,
    max_new_tokens=80,
)

QUICK = Sizes(
    small=Shape(32, 96, 2, 2, 1, 16),
    large=Shape(192, 576, 4, 6, 3, 32),
    rows=8,
    row_length=128,
    text_tokens=12_000,
    demonstrations=24,
    other_demonstrations=24,
    sft_epochs=1,
    labellers=6,
    held_out_labellers=2,
    ranked=12,
    ranked_held_out=6,
    reward_epochs=1,
    dpo_epochs=1,
    updates=2,
    free_updates=2,
    update_prompts=4,
    update_samples=2,
    judged=60,
    others=1,
    max_new_tokens=12,
)
