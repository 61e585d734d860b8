"""Probes: short greedy answers by which a server proves that it really applies an adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trainer.backbone import Backbone
from trainer.data import Prompt
from trainer.lora import Role
from trainer.sampling import Ask, Sample, generate

_PROBES = 4
_TOKENS = 8
_FEWEST = 4
_CANDIDATES = 24
_SAFE_MARGIN = 0.5
"""Nats between the best and the second token that another machine's rounding will not turn."""


def make_probes(
    backbone: Backbone, prompts: Sequence[Prompt], tick: Callable[[], None]
) -> dict[str, Any]:
    """Up to four of the first prompts, those first where policy and bare base say different things
    with safe margins. `base_ids` is what a server says that does not apply the adapter.
    """
    asks = [Ask(prompt.ids, 0.0) for prompt in prompts[:_CANDIDATES]]
    samples: dict[Role, list[Sample]] = {}
    for role in (Role.POLICY, Role.BASE):
        with backbone.role(role):
            samples[role] = generate(backbone, asks, _TOKENS, 0, lambda _: tick())
    triples = [
        (ask, _trim(policy), base)
        for ask, policy, base in zip(asks, samples[Role.POLICY], samples[Role.BASE], strict=True)
    ]
    triples.sort(key=lambda t: (not _differs(t[1], t[2]), -min(t[1].margins)))
    return {
        "probes": [
            {
                "prompt_ids": list(ask.prompt_ids),
                "expected_ids": list(policy.ids),
                "margins": [round(margin, 4) for margin in policy.margins],
                "base_ids": list(base.ids[: len(policy.ids)]),
            }
            for ask, policy, base in triples[:_PROBES]
        ]
    }


def _trim(sample: Sample) -> Sample:
    """As many tokens as are safe, but at least four (or all, where the answer is shorter)."""
    unsafe = [i for i, margin in enumerate(sample.margins) if margin < _SAFE_MARGIN]
    keep = max(_FEWEST, next((i for i in unsafe if i >= _FEWEST), len(sample.ids)))
    return Sample(sample.ids[:keep], sample.ended, sample.margins[:keep])


def _differs(policy: Sample, base: Sample) -> bool:
    return policy.ids != base.ids[: len(policy.ids)]
