"""What is learned from, random ids of given lengths, and by what, a model of random weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arms import Ids
from trainer.batches import epoch_batches
from trainer.data import Answer, Group, Pair
from trainer.rows import pack_groups

SPREAD = 0.5
"""Standard deviation of the logarithm of lengths."""
LONGEST = 8192
"""Tokens that the model reads."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Mean lengths in tokens: prompts, chosen and rejected answers; rows of a step, fewer of the
    long ones, for TRL's sake.
    """

    name: str
    prompt: int
    chosen: int
    rejected: int
    rows: int


SHAPES = (
    Shape("chat", 104, 40, 39, 8),
    Shape("short prompt, long answer", 32, 200, 200, 2),
    Shape("long prompt, short answer", 400, 40, 40, 4),
)


@dataclass(frozen=True, slots=True)
class Size:
    """Of the model."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    mlp: int
    vocabulary: int


MODEL = Size(hidden=512, layers=8, heads=8, kv_heads=2, mlp=1536, vocabulary=151_936)
TINY = Size(hidden=32, layers=1, heads=2, kv_heads=1, mlp=64, vocabulary=512)


def draw_pairs(shape: Shape, count: int, vocabulary: int) -> list[Ids]:
    """Random ids with log-normal lengths, in the order of our trainer's steps."""
    draw = random.Random(0)

    def ids(mean: int) -> list[int]:
        length = draw.lognormvariate(-(SPREAD**2) / 2, SPREAD) * mean
        return [draw.randrange(2, vocabulary) for _ in range(max(2, round(length)))]

    pairs = [(ids(shape.prompt), ids(shape.chosen), ids(shape.rejected)) for _ in range(count)]
    plan = epoch_batches(pack_groups(as_groups(pairs), LONGEST), shape.rows, seed=0, epoch=0)
    return [pairs[index] for batch in plan for index in batch]


def as_groups(pairs: Sequence[Ids]) -> list[Group]:
    """One element a pair."""
    return [
        Group("", [], tuple(x), [Answer(tuple(y), "") for y in answers], [Pair(0, 1, 1.0)])
        for x, *answers in pairs
    ]


def make_model(directory: Path, size: Size) -> None:
    """Random weights in fp32, and a tokenizer that no arm uses but both trainers ask for."""
    import torch
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=size.vocabulary,
            hidden_size=size.hidden,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            num_key_value_heads=size.kv_heads,
            intermediate_size=size.mlp,
            max_position_embeddings=LONGEST,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=0,
        )
    ).save_pretrained(directory)
    words = Tokenizer(models.WordLevel({"<|end|>": 0, "<|pad|>": 1}, unk_token="<|pad|>"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token="<|end|>", pad_token="<|pad|>"
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    tokenizer.save_pretrained(directory)
