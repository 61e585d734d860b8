"""Packed rows, chunked log-probabilities and the adapted layer equal their plain counterparts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from core.errors import BadConfig
from trainer import attention, logprobs
from trainer.backbone import Backbone, load_backbone
from trainer.config import parse_config
from trainer.data import Answer, Group, Pair
from trainer.logprobs import batch_logprobs
from trainer.lora import Factors, Role, apply_lora
from trainer.rows import join, join_short, pack_answers, pack_groups, padded_length


def random_answers(count: int, seed: int) -> tuple[list[int], list[list[int]]]:
    draw = random.Random(seed)
    lengths = [1, 3, 17, 40, 9][:count]
    return (
        [draw.randrange(4, 200) for _ in range(draw.randrange(2, 30))],
        [[draw.randrange(4, 200) for _ in range(length - 1)] + [0] for length in lengths],
    )


@torch.no_grad()
def naive_logprobs(backbone: Backbone, prompt: list[int], answer: list[int]) -> torch.Tensor:
    """One row [prompt, answer], plain causal attention, log_softmax over everything."""
    ids = torch.tensor([prompt + answer])
    size = ids.shape[1]
    mask = torch.full((1, 1, size, size), torch.finfo(torch.float32).min).triu(1)
    logits = backbone.model(
        input_ids=ids, position_ids=torch.arange(size)[None], attention_mask=mask
    ).logits
    logps = torch.log_softmax(logits[0, :-1], -1).gather(-1, ids[0, 1:, None])[:, 0]
    return logps[len(prompt) - 1 :]


@pytest.mark.parametrize("answers", [1, 2, 4, 5])
@pytest.mark.parametrize("role", [Role.BASE, Role.POLICY])
def test_packed_equals_alone(backbone: Backbone, answers: int, role: Role) -> None:
    """Several ragged rows in one padded batch, answers of 1 to 40 tokens."""
    asked = [random_answers(answers, seed) for seed in range(3)]
    rows = [pack_answers(i, prompt, found) for i, (prompt, found) in enumerate(asked)]
    batch = backbone.collate(rows)
    with backbone.role(role), torch.no_grad():
        packed = logprobs.batch_logprobs(backbone, batch)
        alone = [naive_logprobs(backbone, prompt, a) for prompt, found in asked for a in found]
    torch.testing.assert_close(packed, torch.cat(alone), atol=1e-5, rtol=0)
    sums = logprobs.sum_by_answer(packed, batch)
    torch.testing.assert_close(sums, torch.stack([a.sum() for a in alone]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("limit", [40, 150, 1000])
def test_joined_equals_alone(backbone: Backbone, limit: int) -> None:
    """Several prompts in a row, each with one or more answers: none sees another's."""
    asked = [random_answers(1 + seed % 3, seed) for seed in range(7)]
    every = [(prompt, answer) for prompt, found in asked for answer in found]
    names = iter(range(len(every)))
    rows = [
        pack_answers(0, prompt, found, tuple(float(next(names)) for _ in found))
        for prompt, found in asked
    ]
    joined = join_short(rows, limit)
    assert len(joined) == 1 if limit == 1000 else len(joined) > 1
    batch = backbone.collate(joined)
    with backbone.role(Role.POLICY), torch.no_grad():
        logps = logprobs.batch_logprobs(backbone, batch)
        for number, name in enumerate(batch.weights_M.int().tolist()):
            alone = naive_logprobs(backbone, *every[name])
            ours = logps[batch.answer_N == number]
            torch.testing.assert_close(ours, alone, atol=1e-5, rtol=0)
    assert sorted(batch.weights_M.tolist()) == list(range(len(every)))


def test_joined_rows_are_numbered_through() -> None:
    pairs = [Pair(1, 0, 0.5)]
    answers = [Answer((7, 8, 0), "a"), Answer((9, 0), "b")]
    (paired,) = pack_groups([Group("g", [], (1, 2, 3), answers, pairs)], max_tokens=100)
    single = pack_answers(4, [5, 6], [[4, 0]], (2.0,))
    row = join([single, paired])
    assert row.ids.tolist() == [5, 6, 4, 1, 2, 3, 9, 7, 8]
    assert row.positions.tolist() == [0, 1, 2, 0, 1, 2, 3, 3, 4]
    assert row.prompts.tolist() == [0, 0, 0, 2, 2, 2, 2, 2, 2]
    assert row.segments.tolist() == [0, 0, 1, 2, 2, 2, 3, 4, 4]
    assert row.targets.tolist() == [4, 0, 9, 0, 7, 8, 0]
    assert row.predict_at.tolist() == [1, 2, 5, 6, 5, 7, 8]
    assert row.target_answer.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert (row.answers, row.pairs, row.weights) == ((0, 1, 0), ((1, 2),), (2.0, 0.5))


def test_joining_leaves_little_padding() -> None:
    draw = random.Random(1)
    rows = [pack_answers(i, [1] * draw.randrange(5, 200), [[2, 0]]) for i in range(64)]
    rows.append(pack_answers(64, [1] * 600, [[2, 0]]))
    joined = join_short(rows, 512)
    assert sorted(map(len, joined))[-2] <= 512, "only the row that is longer alone is longer"
    used, padded = sum(map(len, rows)), sum(padded_length(len(row)) for row in joined)
    assert used == sum(map(len, joined))
    assert padded < 1.06 * used


def test_a_row_shares_its_prompt_and_keeps_every_pair() -> None:
    answers = [Answer((7, 8, 0), "a"), Answer((9, 0), "b"), Answer((5, 0), "c")]
    pairs = [Pair(1, 0, 1.0), Pair(1, 2, 0.5), Pair(0, 2, 2.0)]
    (row,) = pack_groups([Group("g", [], (1, 2, 3), answers, pairs)], max_tokens=100)
    # The prompt once, then each answer without its last token; order of first use.
    assert row.ids.tolist() == [1, 2, 3, 9, 7, 8, 5]
    assert row.positions.tolist() == [0, 1, 2, 3, 3, 4, 3]
    assert row.targets.tolist() == [9, 0, 7, 8, 0, 5, 0]
    assert row.predict_at.tolist() == [2, 3, 2, 4, 5, 2, 6]
    assert [(row.answers[w], row.answers[x]) for w, x in row.pairs] == [(1, 0), (1, 2), (0, 2)]
    assert row.weights == (1.0, 0.5, 2.0)


def test_a_group_too_long_for_one_row_gets_several() -> None:
    answers = [Answer(tuple([i] * 10), str(i)) for i in range(4)]
    pairs = [Pair(0, 1, 1.0), Pair(2, 3, 1.0), Pair(0, 3, 1.0)]
    rows = pack_groups([Group("g", [], (1, 2), answers, pairs)], max_tokens=25)
    named = [(row.answers[w], row.answers[x]) for row in rows for w, x in row.pairs]
    assert named == [(0, 1), (2, 3), (0, 3)]
    assert [len(row) for row in rows] == [20, 20, 20]


def test_logprobs_and_gradient_equal_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logprobs, "_CHUNK", 7)
    torch.manual_seed(0)
    hidden = torch.randn(40, 16, requires_grad=True)
    plain = hidden.detach().clone().requires_grad_()
    head, targets, upstream = torch.randn(50, 16), torch.randint(0, 50, (40,)), torch.randn(40)

    ours = logprobs.token_logprobs(hidden, head, targets)
    naive = torch.log_softmax(plain @ head.t(), -1).gather(-1, targets[:, None])[:, 0]
    torch.testing.assert_close(ours, naive, atol=1e-5, rtol=0)
    (ours * upstream).sum().backward()
    (naive * upstream).sum().backward()
    torch.testing.assert_close(hidden.grad, plain.grad, atol=1e-5, rtol=0)


@pytest.mark.parametrize("with_bias", [True, False])
def test_adapted_layer_and_its_gradients_equal_autograd(with_bias: bool) -> None:
    torch.manual_seed(0)
    weight, bias = torch.randn(6, 5), torch.randn(6) if with_bias else None
    leaves = [torch.randn(2, 3, 5), torch.randn(4, 5), torch.randn(6, 4)]
    x, a, b = (leaf.clone().requires_grad_() for leaf in leaves)
    x2, a2, b2 = (leaf.clone().requires_grad_() for leaf in leaves)
    upstream = torch.randn(2, 3, 6)

    ours = apply_lora(x, weight, bias, Factors(a, b, 0.7))
    naive = torch.nn.functional.linear(x2, weight, bias) + 0.7 * (x2 @ a2.t()) @ b2.t()
    torch.testing.assert_close(ours, naive, atol=1e-5, rtol=0)
    with torch.no_grad():
        torch.testing.assert_close(apply_lora(x, weight, bias, Factors(a, b, 0.7)), ours)
    ours.backward(upstream)
    naive.backward(upstream)
    for mine, theirs in ((x, x2), (a, a2), (b, b2)):
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-5, rtol=0)


@pytest.mark.parametrize("keys", [12, 600])
def test_attention_equals_pytorch(keys: int) -> None:
    """Short rows are written out, long ones use PyTorch's kernel; heads share keys."""
    torch.manual_seed(0)
    query = torch.randn(2, 4, keys, 8)
    key, value = torch.randn(2, 2, keys, 8), torch.randn(2, 2, keys, 8)
    mask = torch.zeros(2, 1, keys, keys).masked_fill_(
        torch.ones(keys, keys, dtype=torch.bool).triu(1), torch.finfo(torch.float32).min
    )
    ours, _ = attention.attend(torch.nn.Identity(), query, key, value, mask, scaling=0.3)
    theirs = scaled_dot_product_attention(
        query, key, value, attn_mask=mask, scale=0.3, enable_gqa=True
    )
    torch.testing.assert_close(ours, theirs.transpose(1, 2), atol=1e-5, rtol=0)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@torch.no_grad()
def test_flex_attention_sees_the_same(backbone: Backbone) -> None:
    """Joined rows with several answers, and padding. Its backward is CUDA's only."""
    joined = join([pack_answers(0, [5, 6], [[7, 0], [8, 9, 0]]), pack_answers(1, [4], [[3, 0]])])
    rows = [joined, pack_answers(2, list(range(4, 140)), [[7, 8, 0], [9, 0]])]
    batch, flexible = backbone.collate(rows), replace(backbone, flex=True).collate(rows)
    assert isinstance(flexible.mask_BSS, attention.BlockMask)
    with backbone.role(Role.POLICY):
        ours, flex = batch_logprobs(backbone, batch), batch_logprobs(backbone, flexible)
    torch.testing.assert_close(flex, ours, atol=1e-5, rtol=0)


def test_flex_attention_wants_cuda(make_tables: Callable[..., dict[str, Any]]) -> None:
    tables = make_tables(run={"attention": "flex", "device": "cpu"})
    with pytest.raises(BadConfig, match=r"run\.attention: FlexAttention learns on CUDA only"):
        load_backbone(parse_config(tables))


def test_padding_is_finite(backbone: Backbone) -> None:
    rows = [pack_answers(0, [5], [[0]]), pack_answers(1, list(range(4, 60)), [[7, 0], [8, 9, 0]])]
    batch = backbone.collate(rows)
    hidden = backbone.hidden(batch.ids_BS, batch.positions_BS, batch.mask_BSS)
    assert torch.isfinite(hidden).all()
    assert np.array_equal(batch.lengths_A.numpy(), [1, 2, 3])
