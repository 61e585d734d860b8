"""Cached, padded, shrinking batches say what one prompt alone would have said."""

from __future__ import annotations

import pytest
import torch

from trainer import sampling
from trainer.backbone import Backbone
from trainer.data import Prompt
from trainer.lora import Role
from trainer.probe import make_probes
from trainer.sampling import Ask, generate

PROMPTS = [(5, 6, 7), tuple(range(10, 60)), (9,), (100, 101, 102, 103)]


def ignore(share: float) -> None:
    assert 0 <= share <= 1


@torch.no_grad()
def naive_greedy(backbone: Backbone, prompt: tuple[int, ...], tokens: int) -> list[int]:
    """The whole sequence again for every token, no cache, no padding."""
    ids = list(prompt)
    for _ in range(tokens):
        size = len(ids)
        mask = torch.full((1, 1, size, size), torch.finfo(torch.float32).min).triu(1)
        positions = torch.arange(size)[None]
        hidden = backbone.hidden(torch.tensor([ids]), positions, mask)
        ids.append(int((hidden[0, -1] @ backbone.head_VH.t()).argmax()))
        if ids[-1] in backbone.renderer.stop_ids:
            break
    return ids[len(prompt) :]


@pytest.mark.parametrize("role", [Role.BASE, Role.POLICY])
def test_greedy_equals_the_naive_loop(backbone: Backbone, role: Role) -> None:
    asks = [Ask(prompt, 0.0) for prompt in PROMPTS]
    with backbone.role(role):
        samples = generate(backbone, asks, 12, seed=0, tick=ignore)
        naive = [naive_greedy(backbone, prompt, 12) for prompt in PROMPTS]
    assert [list(sample.ids) for sample in samples] == naive
    assert all(len(sample.margins) == len(sample.ids) for sample in samples)


def test_answers_end_at_a_stop_and_leave_the_batch(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter of the vocabulary stops, so that answers end at different times; a batch that is
    cut up otherwise, and one that never shrinks, give the same answers.
    """
    monkeypatch.setattr(backbone.renderer, "stop_ids", frozenset(range(0, 260, 4)))
    asks = [Ask(prompt, 1.0) for prompt in PROMPTS * 4]
    shrinking = generate(backbone, asks, 20, seed=5, tick=ignore)
    monkeypatch.setattr(sampling, "_CROWDED", 0.0)
    whole = generate(backbone, asks, 20, seed=5, tick=ignore)
    monkeypatch.setattr(sampling, "_BATCH_TOKENS", 1)
    single = generate(backbone, asks, 20, seed=5, tick=ignore)
    assert [s.ids for s in whole] == [s.ids for s in shrinking] == [s.ids for s in single]
    assert len({len(sample.ids) for sample in shrinking}) > 2
    for sample in shrinking:
        stops = [token % 4 == 0 for token in sample.ids]
        assert sum(stops) == sample.ended
        assert stops[-1] == sample.ended


def test_sampling_follows_the_model_and_the_seed(backbone: Backbone) -> None:
    asks = [Ask(PROMPTS[0], 1.0)] * 2000
    firsts = [sample.ids[0] for sample in generate(backbone, asks, 1, seed=0, tick=ignore)]
    again = [sample.ids[0] for sample in generate(backbone, asks, 1, seed=0, tick=ignore)]
    other = [sample.ids[0] for sample in generate(backbone, asks, 1, seed=1, tick=ignore)]
    assert firsts == again
    assert firsts != other
    ids = torch.tensor([PROMPTS[0]])
    mask = torch.full((1, 1, 3, 3), torch.finfo(torch.float32).min).triu(1)
    with torch.no_grad():
        hidden = backbone.hidden(ids, torch.arange(3)[None], mask)
        p = torch.softmax(hidden[0, -1] @ backbone.head_VH.t(), -1)
    seen = torch.bincount(torch.tensor(firsts), minlength=len(p)) / len(firsts)
    assert (seen - p).abs().max() < 0.04


def test_probes_tell_the_adapter_from_the_bare_base(backbone: Backbone) -> None:
    prompts = [Prompt([], ids) for ids in PROMPTS]
    probes = make_probes(backbone, prompts, lambda: None)["probes"]
    assert len(probes) == 4
    assert any(probe["expected_ids"] != probe["base_ids"] for probe in probes)
    for probe in probes:
        assert 1 <= len(probe["expected_ids"]) <= 8
        assert len(probe["margins"]) == len(probe["expected_ids"])
        assert all(margin >= 0 for margin in probe["margins"])
        with backbone.role(Role.POLICY):
            naive = naive_greedy(backbone, tuple(probe["prompt_ids"]), len(probe["expected_ids"]))
        assert naive == probe["expected_ids"]
