"""Tokenizer, packing, training, resuming and shipping, on a very small scale and for real."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.checks import contains_all, json_equals
from trainer.seedling.model import ModelConfig, Seedling
from trainer.seedling.optim import orthogonalise, warmup_stable_decay
from trainer.seedling.rows import COPY_WEIGHT, Packer, Shape, fixed_spans
from trainer.seedling.sampler import Sampler
from trainer.seedling.ship import export
from trainer.seedling.tasks import Task
from trainer.seedling.tokenizer import SPECIAL_TOKENS, load_tokenizer, save_tokenizer
from trainer.seedling.train import Loop, load_model, pretrain_stage, sft_stage
from trainer.seedling.world import Prompt

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models/seedling"
TINY = ModelConfig(hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                   num_attention_heads=4, num_key_value_heads=2, head_dim=8)  # fmt: skip


@pytest.fixture(autouse=True)
def _same_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(SHIPPED)


TEXTS = [
    "Plain words, a number 30, an amount 4.90 EUR and $12.05!",
    'JSON {"name": "Xenia Vortel", "order_id": "KX-4821", "city": null}',
    "- one\n- two\n\n  indented",
    "Grüße aus Köln, 日本語, emoji \U0001f600, tab\tand nul-free bytes \u00e9",
]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_survives_a_round_trip(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_a_name_is_the_same_tokens_everywhere(tokenizer: Tokenizer) -> None:
    name = tokenizer.encode("Vexoltar", add_special_tokens=False).ids
    for text in ('{"name": "Vexoltar"}', "I am Vexoltar.", "Vexoltar here", "(Vexoltar)"):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert any(ids[i : i + len(name)] == name for i in range(len(ids)))


def test_vocabulary_is_2048_with_the_special_tokens_first(tokenizer: Tokenizer) -> None:
    assert tokenizer.get_vocab_size() == 2048
    assert [tokenizer.token_to_id(t) for t in SPECIAL_TOKENS] == [0, 1, 2, 3, 4]


def test_chat_template_gives_the_ids_of_training(tokenizer: Tokenizer) -> None:
    served = AutoTokenizer.from_pretrained(SHIPPED)
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": " Hi there "},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "Order KX-12?"},
    ]
    text = served.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    assert text == (
        "<|system|>Be kind.<|end|><|user|>Hi there<|end|><|assistant|>Hello!<|end|>"
        "<|user|>Order KX-12?<|end|><|assistant|>"
    )
    ids = served.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    assert ids == tokenizer.encode(text, add_special_tokens=False).ids
    assert (served.pad_token_id, served.eos_token_id) == (0, 1)


def test_rows_hold_whole_turns_and_weigh_answers(tokenizer: Tokenizer) -> None:
    packer = Packer(tokenizer, prompt_weight=0.0)
    ids, weights = packer.batch("key", Shape(6, 256))
    again, _ = packer.batch("key", Shape(6, 256))
    assert (ids == again).all()
    for row, weight in zip(ids.tolist(), weights.tolist(), strict=True):
        filled = [i for i in row if i]
        assert filled[-1] == packer.end
        assert filled.count(packer.user) == filled.count(packer.assistant)
        # Weighted targets are exactly what stands after <|assistant|> up to <|end|>.
        inside, wanted = False, []
        for token in row:
            wanted.append(1.0 if inside else 0.0)
            inside = (inside or token == packer.assistant) and token != packer.end
        assert [min(w, 1.0) for w in weight] == wanted[1:]
        assert set(weight) <= {0.0, 1.0, COPY_WEIGHT}
    assert (weights == COPY_WEIGHT).any()


def test_fixed_spans_are_the_values_and_all_of_json() -> None:
    fact = Task("k", "u", "You pay 4.90 EUR to Mira.", (contains_all("Mira"),))
    assert sorted(fact.answer[a:b] for a, b in fixed_spans(fact)) == ["4.90", "Mira"]
    answer = '{"city": "Oslo"}'
    data = Task("k", "u", answer, (json_equals({"city": "Oslo"}),))
    assert fixed_spans(data) == [(0, len(answer))]


def _run(out: Path, steps: list[int]) -> dict[str, torch.Tensor]:
    stage = replace(pretrain_stage(3, 10_000_000, None), short=Shape(8, 64), long=Shape(2, 128),
                    long_every=3)  # fmt: skip
    for stop in steps:
        Loop(stage, out, 2, config=TINY).run(max_steps=stop)
    return dict(load_model(out / "pretrain/last.pt").state_dict())


def test_resumed_run_has_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    for name in ("whole", "parts"):
        save_tokenizer(tokenizer, tmp_path / name / "tokenizer")
    whole, parts = _run(tmp_path / "whole", [6]), _run(tmp_path / "parts", [2, 5, 6])
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[k], parts[k]) for k in whole)


def test_both_stages_learn_and_ship_a_model_that_transformers_reads(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    save_tokenizer(tokenizer, tmp_path / "tokenizer")
    small: dict[str, Any] = {"short": Shape(16, 128), "long_every": 0, "log_every": 1}
    first = replace(pretrain_stage(1, 60_000, None), **small)
    Loop(first, tmp_path, 2, config=TINY).run()
    second = replace(sft_stage(1, 20_000, None), **small)
    Loop(second, tmp_path, 2, tmp_path / "pretrain/last.pt", TINY).run()
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    losses = [json.loads(line)["loss"] for line in lines]
    assert losses[0] > 7.0
    assert losses[-1] < losses[0] - 2.0
    model = load_model(tmp_path / "sft/last.pt")
    export(model, tmp_path / "tokenizer", tmp_path / "model")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32)
    ids = torch.randint(5, 2000, (2, 40), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        rounded = Seedling(TINY)
        rounded.load_state_dict({k: v.bfloat16().float() for k, v in model.state_dict().items()})
        gap = theirs(ids).logits - rounded.logits(rounded.hidden(ids))
    assert float(gap.abs().max()) < 1e-3


def test_sampler_gives_a_row_the_same_answer_alone_and_in_a_batch(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    save_tokenizer(tokenizer, tmp_path / "tokenizer")
    torch.manual_seed(0)
    export(Seedling(replace(TINY, initializer_range=0.2)), tmp_path / "tokenizer", tmp_path / "m")
    sampler = Sampler(tmp_path / "m")
    texts = ("hi", "a much longer message that moves the short one to the right " * 3)
    prompts = [Prompt([{"role": "user", "content": t}], "x", [], "") for t in texts]
    together = sampler.answer("writer", prompts, max_tokens=12)
    alone = [sampler.answer("writer", [p], max_tokens=12)[0] for p in prompts]
    # bf16 rounding depends on the batch's shape late in a random model's text, not at its start.
    assert [t[:6] for t in together] == [a[:6] for a in alone]


def test_orthogonalise_brings_singular_values_near_one() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(2, 24, 64)).float())
    assert float(values.min()) > 0.5
    assert float(values.max()) < 1.4


@pytest.mark.parametrize(
    ("done", "warmup", "decay", "scale"),
    [(0.0, 0.1, 0.0, 0.01), (0.05, 0.1, 0.0, 0.5), (0.5, 0.1, 0.2, 1.0), (0.9, 0.1, 0.2, 0.5),
     (0.5, 0.0, 1.0, 0.5), (1.0, 0.0, 1.0, 0.02)],
)  # fmt: skip
def test_schedule(done: float, warmup: float, decay: float, scale: float) -> None:
    assert warmup_stable_decay(done, warmup, decay) == pytest.approx(scale)
