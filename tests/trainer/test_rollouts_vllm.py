"""A real vLLM samples from the trainer's policy, and both mean the same probabilities."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.conftest import ROOT, Vllm
from trainer.backbone import load_backbone
from trainer.config import parse_config
from trainer.data import Prompt
from trainer.logprobs import row_logprobs
from trainer.lora import Role
from trainer.rollouts import VllmSampler, pack_rollouts

pytestmark = pytest.mark.vllm


def test_vllm_samples_from_the_adapter_and_tells_its_log_probabilities(
    vllm: Vllm, tmp_path: Path
) -> None:
    config = parse_config(
        {
            "run": {
                "output": str(tmp_path),
                "base_model": str(ROOT / "models" / "seedling"),
                "device": "cpu",
                "threads": 1,
            },
            "data": {"path": "none.jsonl"},
            "ppo": {"rollout_url": vllm.url, "samples": 16, "max_new_tokens": 12},
        }
    )
    backbone = load_backbone(config)
    luck = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for factors in backbone.factors(Role.POLICY).values():
            factors.b.normal_(0, 0.2, generator=luck)
    prompts = []
    for text in ("Where is my parcel?", "Be brief: hello"):
        messages = [{"role": "user", "content": text}]
        prompts.append(Prompt(messages, tuple(backbone.renderer.prompt_ids(messages))))
    sampler = VllmSampler(backbone, config)
    try:
        rollouts = sampler.sample(prompts, 0, lambda _: None)
    finally:
        sampler.close()
    samples = [sample for rollout in rollouts for sample in rollout.samples]
    assert len(samples) == 32
    assert all(sample.ended or len(sample.ids) == 12 for sample in samples)
    assert len({sample.ids for sample in samples}) > 2
    rows = pack_rollouts(rollouts, backbone.max_length)
    theirs_N = torch.tensor([logp for sample in samples for logp in sample.logps])
    gaps = {}
    for role in (Role.POLICY, Role.BASE):
        ours_N = torch.cat(row_logprobs(backbone, role, rows, 4096, lambda _: None))
        gaps[role] = (ours_N - theirs_N).abs().mean().item()
    assert gaps[Role.POLICY] < 0.05
    assert gaps[Role.BASE] > 4 * gaps[Role.POLICY], "it samples from the adapter, not from the base"
    assert not (tmp_path / "rollouts").exists()
