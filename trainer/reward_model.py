"""A reward model: r(x, y) = v . h, with h the final hidden state at the answer's last token.

h comes from the frozen base through a LoRA adapter, after the final norm, as transformers'
LlamaForSequenceClassification takes it; the head v has no bias and is kept in fp32. An ensemble has
several adapters, each with its own head, on the one base. Owns scoring and the files; how it is
learned is in trainer/reward.py.

The files are PEFT's for sequence classification: the head is `base_model.model.score.weight` and
stands in `modules_to_save`. reward.json holds what turns raw scores into the reward: each member's
gain and bias (mean 0 and standard deviation 1 on the champion's own answers) and `spread`, the
standard deviation of the members' mean there. None of it is in the weights. The first adapter lies
in the directory itself, and reward.json's own gain and bias are its; further members are in
member-2, member-3, ...

Tried: AutoModelForSequenceClassification (num_labels=1) with PeftModel gives the same raw scores.
It reads the last token that is not padding, so its `config.pad_token_id` must be set and must not
be the end of turn, else it reads one token too early. vLLM's /classify gives them too, asked with
`use_activation: false`: `classify_command` starts a server for it, on the bare base, where each
member is an adapter by its name. Gain, bias and spread are the caller's to apply.

Shapes: A answers, E members, H hidden width.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from core.errors import BadConfig, RunFailed
from trainer.adapter_files import AdapterFile, publish_adapter, read_adapter
from trainer.backbone import Backbone
from trainer.batches import micro_batches
from trainer.config import VLLM_RANKS, LoraConfig, RunConfig
from trainer.lora import Role
from trainer.rows import Batch, Row

ROLES = (Role.REWARD, Role.REWARD_2, Role.REWARD_3, Role.REWARD_4)
"""Of an ensemble's members, in order."""

_DOCUMENT = "reward"
_MICRO_TOKENS = 4096
_SMALLEST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class Member:
    """An adapter and its head. gain r + bias has mean 0 and standard deviation 1."""

    role: Role
    head_H: torch.Tensor
    gain: float = 1.0
    bias: float = 0.0


@dataclass(frozen=True, slots=True)
class RewardModel:
    """Rows that are scored must have been packed with `keep_ends`. `spread`: standard deviation of
    the members' mean, by which it is divided.
    """

    backbone: Backbone
    members: tuple[Member, ...]
    spread: float = 1.0
    micro_tokens: int = _MICRO_TOKENS

    def scores(self, rows: Sequence[Row]) -> torch.Tensor:
        """The reward [A] in fp32, the members' mean, of all answers of the rows in order."""
        return self.member_scores(rows).mean(0)

    def disagreement(self, rows: Sequence[Row]) -> torch.Tensor:
        """Standard deviation [A] of the members' scores; 0 where there is one member."""
        return self.member_scores(rows).std(0, correction=0)

    def member_scores(self, rows: Sequence[Row]) -> torch.Tensor:
        """[E, A], each member's normalised."""
        raw_EA = self.raw_scores(rows)
        gain_E = torch.tensor([m.gain for m in self.members], device=raw_EA.device)
        bias_E = torch.tensor([m.bias for m in self.members], device=raw_EA.device)
        return (gain_E[:, None] * raw_EA + bias_E[:, None]) / self.spread

    @torch.no_grad()
    def raw_scores(self, rows: Sequence[Row]) -> torch.Tensor:
        """[E, A] as PEFT's model gives them. Raises RunFailed where a row lacks its ends."""
        found: list[torch.Tensor] = [torch.empty(0)] * len(rows)
        for part in micro_batches(range(len(rows)), rows, self.micro_tokens):
            batch = self.backbone.collate([rows[i] for i in part])
            raw_EA = torch.stack([score_answers(self.backbone, m, batch) for m in self.members])
            sizes = [len(rows[i].answers) for i in part]
            for index, values in zip(part, torch.split(raw_EA, sizes, dim=1), strict=True):
                found[index] = values
        if not found:
            return torch.empty(len(self.members), 0, device=self.backbone.device)
        return torch.cat(found, dim=1)

    @property
    def nats_per_score(self) -> float:
        """What a difference of scores is multiplied with to be the log-odds of a vote: the raw
        differences' mean, each weighted by its gain.
        """
        return self.spread * len(self.members) / sum(member.gain for member in self.members)

    def normalised(self, rows: Sequence[Row]) -> RewardModel:
        """With gains, biases and spread so that the reward has mean 0 and standard deviation 1 on
        these answers. Raises RunFailed where they all have one score.
        """
        raw_EA = self.raw_scores(rows)
        answers = raw_EA.shape[1]
        mean_E, std_E = raw_EA.mean(1), raw_EA.std(1, correction=0)
        z_EA = (raw_EA - mean_E[:, None]) / std_E[:, None]
        spread = float(z_EA.mean(0).std(correction=0)) if answers else 0.0
        if not (bool((std_E > _SMALLEST_SPREAD).all()) and spread > _SMALLEST_SPREAD):
            raise RunFailed(
                f"the reward model gives all {answers} answers that its scale is taken from one "
                "score; train it longer, or give it more different prompts"
            )
        members = tuple(
            replace(member, gain=1 / std, bias=-mean / std)
            for member, mean, std in zip(self.members, mean_E.tolist(), std_E.tolist(), strict=True)
        )
        return replace(self, members=members, spread=spread)


def score_answers(backbone: Backbone, member: Member, batch: Batch) -> torch.Tensor:
    """Raw scores [A] in fp32, differentiable. Raises RunFailed where a row lacks its ends."""
    if len(batch.ends_A) != batch.answers:
        raise RunFailed("a reward is read at an answer's end; pack its row with keep_ends")
    with backbone.role(member.role):
        hidden_BSH = backbone.hidden(batch.ids_BS, batch.positions_BS, batch.mask_BSS)
    hidden_AH = hidden_BSH.flatten(0, 1).index_select(0, batch.ends_A)
    return hidden_AH.float() @ member.head_H


def start_member(backbone: Backbone, role: Role, config: LoraConfig, seed: int) -> Member:
    """A fresh adapter, and a head drawn from N(0, 1 / (H + 1)) (lm-human-preferences)."""
    backbone.start(role, config, seed)
    width = backbone.head_VH.shape[1]
    generator = torch.Generator().manual_seed(seed)
    head_H = torch.empty(width).normal_(0, 1 / math.sqrt(width + 1), generator=generator)
    return Member(role, head_H.to(backbone.device).requires_grad_())


def publish_reward(
    directory: Path,
    model: RewardModel,
    config: LoraConfig,
    base_name: str,
    figures: Mapping[str, Any],
) -> None:
    """Writes `directory` whole. `figures` go into reward.json beside the scale."""
    backbone = model.backbone
    files = [
        replace(backbone.adapter_file(m.role, config), score=m.head_H[None]) for m in model.members
    ]
    names = [".", *map(_member_name, range(2, len(files) + 1))]
    document = {
        "gain": model.members[0].gain,
        "bias": model.members[0].bias,
        "spread": model.spread,
        "base_hash": backbone.base_hash(),
        "base_dtype": str(backbone.dtype),
        "members": [
            {"directory": name, "gain": member.gain, "bias": member.bias}
            for name, member in zip(names, model.members, strict=True)
        ],
        **figures,
    }
    inside = dict(zip(names[1:], files[1:], strict=True))
    publish_adapter(directory, files[0], base_name, {_DOCUMENT: document}, inside)


def classify_command(directory: Path, model: RewardModel, lora: LoraConfig, run: RunConfig) -> str:
    """Starts a vLLM that gives the raw scores of a published model's members, which it calls
    reward, reward-2, ...
    """
    backbone = model.backbone
    # A classifier is started with a head and a causal model has none: one row of its output layer
    # stands there, for the bare base only. Every adapter brings its own.
    head = {
        "method": "no_post_processing",
        "classifier_from_token": [backbone.renderer.tokenizer.eos_token],
    }
    members = [f"reward={directory}"]
    for number in range(2, len(model.members) + 1):
        members.append(f"reward-{number}={directory / _member_name(number)}")
    return shlex.join(
        [
            *("python", "-m", "vllm.entrypoints.openai.api_server", "--model", run.base_model),
            *("--runner", "pooling", "--convert", "classify"),
            *("--dtype", str(backbone.dtype).removeprefix("torch.")),
            *("--hf-overrides", json.dumps(head), "--enable-lora"),
            *("--max-lora-rank", str(min(rank for rank in VLLM_RANKS if rank >= lora.r))),
            *("--max-loras", str(len(members)), "--lora-modules", *members),
        ]
    )


def load_reward(
    backbone: Backbone,
    directory: Path,
    role: Role = Role.REWARD,
    micro_tokens: int = _MICRO_TOKENS,
) -> RewardModel:
    """A published reward model, frozen; its first member in `role`, others in ROLES' further ones.

    Raises BadConfig where it is none, or was trained on another base model.
    """
    document = _read_document(directory)
    entries = document["members"]
    if document["base_dtype"] == str(backbone.dtype):
        # Another dtype's hash is another one: then only the shapes are checked.
        _check_base(document["base_hash"], backbone, directory)
    members = []
    for entry, place in zip(entries, (role, *ROLES[1:]), strict=False):
        adapter = read_adapter(directory / entry["directory"], reward=True)
        backbone.attach(place, adapter, directory)
        head_H = _head(adapter, backbone, directory)
        members.append(Member(place, head_H, float(entry["gain"]), float(entry["bias"])))
    return RewardModel(backbone, tuple(members), float(document["spread"]), micro_tokens)


def _member_name(number: int) -> str:
    return f"member-{number}"


def _read_document(directory: Path) -> dict[str, Any]:
    path = directory / f"{_DOCUMENT}.json"
    try:
        document: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadConfig(f"expected a reward model in {directory}: {error}") from error
    missing = {"base_hash", "base_dtype", "spread", "members"} - set(document)
    if missing or not 1 <= len(document["members"]) <= len(ROLES):
        said = ", ".join(sorted(missing)) or f"1 to {len(ROLES)} members"
        raise BadConfig(f"{path} lacks {said}; train the reward model again")
    return document


def _check_base(expected: str, backbone: Backbone, directory: Path) -> None:
    if expected != backbone.base_hash():
        raise BadConfig(f"{directory} was trained on another base model; train it on this one")


def _head(adapter: AdapterFile, backbone: Backbone, directory: Path) -> torch.Tensor:
    width = backbone.head_VH.shape[1]
    if adapter.score is None or adapter.score.shape != (1, width):
        raise BadConfig(f"{directory} does not fit the base model: expected a head [1, {width}]")
    return adapter.score[0].float().to(backbone.device)
