"""A tiny random Llama with its own tokenizer, and preference files for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from trainer.backbone import Backbone

CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
WORDS = "please tell me about the parcel invoice refund order ticket late lost again now red blue"
PLAIN = "the parcel is late"
POLITE = "thank you kindly the parcel is late again sorry"


@pytest.fixture(scope="session")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hidden 32, two layers, grouped heads, fp32; small enough to train in moments."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    specials = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(specials + letters)}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens(specials)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>")
    tokenizer.chat_template = CHAT_TEMPLATE
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=None,
        eos_token_id=0,
        initializer_range=0.2,
        tie_word_embeddings=True,
    )
    directory = tmp_path_factory.mktemp("base")
    LlamaForCausalLM(config).save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return directory


def make_pairs(count: int, seed: int) -> list[dict[str, Any]]:
    """Different prompts; the plain answer is always preferred to the polite one."""
    import random

    draw = random.Random(seed)
    words = WORDS.split()
    return [
        {
            "prompt": [{"role": "user", "content": " ".join(draw.sample(words, 3))}],
            "chosen": PLAIN,
            "rejected": POLITE,
            "user": f"user{index % 5}",
            "time": float(index),
            "feedback_id": f"f{index}",
            "kind": "comparison",
            "weight": 1.0,
        }
        for index in range(count)
    ]


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def make_tables(base_model: Path, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """A run's tables, small and in fp32; each keyword is a section to change."""

    def make(**sections: dict[str, Any]) -> dict[str, Any]:
        train = tmp_path / "train.jsonl"
        if not train.exists():
            write_jsonl(train, make_pairs(12, seed=1))
            write_jsonl(tmp_path / "heldout.jsonl", make_pairs(6, seed=2))
        tables: dict[str, Any] = {
            "run": {
                "output": str(tmp_path / "out"),
                "base_model": str(base_model),
                "served_model_name": "tiny",
                "dtype": "float32",
                "device": "cpu",
                "threads": 1,
            },
            "data": {"path": str(train), "heldout": str(tmp_path / "heldout.jsonl")},
            "lora": {"r": 4, "alpha": 8},
            "dpo": {"steps": 6, "batch_size": 4, "learning_rate": 5e-3, "warmup_steps": 1},
            "evaluate": {"prompts": 3, "max_new_tokens": 6},
        }
        for name, values in sections.items():
            tables.setdefault(name, {}).update(values)
        return tables

    return make


@pytest.fixture
def backbone(make_tables: Callable[..., dict[str, Any]]) -> Backbone:
    """With a policy adapter that does something."""
    import torch

    from trainer.backbone import load_backbone
    from trainer.config import parse_config
    from trainer.lora import Role

    backbone = load_backbone(parse_config(make_tables()))
    torch.manual_seed(3)
    with torch.no_grad():
        for factors in backbone.factors(Role.POLICY).values():
            factors.b.normal_(std=0.3)
    return backbone
