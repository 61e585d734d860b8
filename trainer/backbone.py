"""One frozen base model that every role looks through: bare, as the policy, as the reference.

Loads the base once, puts adapters on its linear layers, switches roles, and can prove that the base
was not changed. Never merges an adapter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
import transformers
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.errors import BadConfig
from trainer import attention, processes, sharding
from trainer.adapter_files import AdapterFile, read_adapter
from trainer.attention import Mask
from trainer.config import Config, LoraConfig, RunConfig
from trainer.lora import Factors, LoraLinear, Role, Switch
from trainer.render import Renderer
from trainer.rows import Batch, Row, collate
from trainer.sharding import Part

T = TypeVar("T")

_SMALL_HEAD = 16 * 2**20
"""Elements up to which the output layer is also kept in fp32: bf16 logits err by hundredths of a
nat, and for a small vocabulary the exact ones cost nothing.
"""


@dataclass(frozen=True, slots=True)
class Backbone:
    """The model with its roles. `head_VH` turns hidden states into logits."""

    model: Any
    layers: dict[str, LoraLinear]
    switch: Switch
    base: dict[str, torch.Tensor]
    head_VH: torch.Tensor
    renderer: Renderer
    max_length: int
    sharded: bool = False
    flex: bool = False

    @property
    def dtype(self) -> torch.dtype:
        return next(iter(self.base.values())).dtype

    @property
    def device(self) -> torch.device:
        return self.head_VH.device

    @property
    def vocabulary(self) -> int:
        return self.head_VH.shape[0]

    @contextmanager
    def role(self, role: Role) -> Iterator[None]:
        """Everything inside sees the base through this role's adapter."""
        before, self.switch.role = self.switch.role, role
        try:
            yield
        finally:
            self.switch.role = before

    def hidden(
        self,
        ids_BS: torch.Tensor,
        positions_BS: torch.Tensor,
        mask: Mask,
        cache: Any = None,
    ) -> torch.Tensor:
        """Final hidden states [B, S, H]; a mask that is a tensor is added to the scores,
        [B, 1, S, keys].
        """
        out = self.model.get_decoder()(
            input_ids=ids_BS,
            position_ids=positions_BS,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=cache is not None,
        )
        hidden: torch.Tensor = out.last_hidden_state
        return hidden

    def collate(self, rows: Sequence[Row], share: float = 1.0) -> Batch:
        """Rows as tensors where the model is, with the mask that its attention wants. Weights and
        tokens count `share` times.
        """
        return collate(rows, self.device, self._mask, share)

    def _mask(self, segments_BS: torch.Tensor, prompts_BS: torch.Tensor) -> Mask:
        if self.flex:
            return attention.block_mask(segments_BS, prompts_BS)
        return attention.additive_mask(segments_BS, prompts_BS, self.dtype)

    def level(self, parts: Sequence[Sequence[int]], spare: Sequence[int]) -> list[Part]:
        """`parts` of a step as they go through the model. Of a sharded base all processes must
        send as many: some that have fewer send `spare`, which counts nothing.
        """
        return sharding.level(parts, spare) if self.sharded else [*map(Part, parts)]

    def share_out(self, total: int, work: Callable[[list[int]], Sequence[T]]) -> list[T]:
        """As processes.together. Of a sharded base every process does all of it, since it takes
        all of them to compute anything.
        """
        if self.sharded:
            return list(work(list(range(total))))
        return processes.together(total, work)

    def start(self, role: Role, config: LoraConfig, seed: int) -> None:
        """A fresh adapter for a role: it equals the bare base until it is trained."""
        generator = torch.Generator().manual_seed(seed)
        for name, layer in self.layers.items():
            if name.rpartition(".")[2] in config.targets:
                layer.factors[role] = layer.start(config.r, config.alpha, generator)

    def load(self, role: Role, directory: Path) -> None:
        """Gives a role a saved adapter, frozen. Raises BadConfig when it does not fit this base."""
        self.attach(role, read_adapter(directory), directory)

    def attach(self, role: Role, adapter: AdapterFile, directory: Path) -> None:
        """Gives a role these factors, frozen. Raises BadConfig when they do not fit this base."""
        for name, (a, b) in adapter.layers.items():
            layer = self.layers.get(name)
            shape = layer and (layer.base.out_features, layer.base.in_features)
            if layer is None or shape != (b.shape[0], a.shape[1]):
                raise BadConfig(f"{directory} does not fit the base model: layer {name}")
            scale = adapter.alpha / adapter.r
            layer.factors[role] = Factors(
                a.float().to(self.device), b.float().to(self.device), scale
            )

    def factors(self, role: Role) -> dict[str, Factors]:
        """A role's factors by layer name."""
        roles = {name: layer.factors.get(role) for name, layer in self.layers.items()}
        return {name: factors for name, factors in roles.items() if factors is not None}

    def parameters(self, role: Role) -> list[torch.Tensor]:
        return [tensor for f in self.factors(role).values() for tensor in (f.a, f.b)]

    def adapter_file(self, role: Role, config: LoraConfig) -> AdapterFile:
        layers = {name: (f.a, f.b) for name, f in self.factors(role).items()}
        return AdapterFile(alpha=config.alpha, r=config.r, layers=layers)

    def base_hash(self) -> str:
        """sha256 of the base weights as they are in memory now; of a sharded base, all processes
        must ask for it.
        """
        digest = hashlib.sha256()
        for name, tensor in self.base.items():
            digest.update(name.encode())
            full = sharding.whole(tensor.detach())
            digest.update(full.cpu().contiguous().view(torch.uint8).numpy().data)
        return digest.hexdigest()

    def base_bytes(self) -> int:
        """Of the base weights that this process keeps."""
        return sum(map(sharding.own_bytes, self.base.values()))


def load_backbone(config: Config) -> Backbone:
    """Raises BadConfig when the base model cannot be read or cannot be trained this way."""
    # Weights load in a moment and what transformers would say of them is not this run's progress.
    transformers.utils.logging.disable_progress_bar()
    device = _device(config.run)
    _check_attention(config.run, device)
    sharded = sharding.is_wanted(config.run)
    model, tokenizer = _load(config.run, device, sharded)
    switch = Switch()
    base = dict(model.named_parameters())
    layers = _adapt_layers(model, switch, _target_names(config))
    stop = model.generation_config.eos_token_id if model.generation_config else None
    stop_ids = stop if isinstance(stop, list) else [] if stop is None else [stop]
    head = model.get_output_embeddings()
    limit = getattr(model.config, "max_position_embeddings", None) or tokenizer.model_max_length
    backbone = Backbone(
        model=model,
        layers=layers,
        switch=switch,
        base=base,
        head_VH=head.weight.float() if head.weight.numel() <= _SMALL_HEAD else head.weight,
        renderer=Renderer(tokenizer, stop_ids),
        max_length=min(limit, config.data.max_length or limit),
        sharded=sharded,
        flex=config.run.attention == "flex",
    )
    _check_head(backbone)
    if config.reference.adapter:
        backbone.load(Role.REFERENCE, Path(config.reference.adapter))
    backbone.start(Role.POLICY, config.lora, config.run.seed)
    return backbone


def _load(run: RunConfig, device: torch.device, sharded: bool) -> tuple[Any, Any]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(run.base_model)
        with sharding.all_load():
            model = AutoModelForCausalLM.from_pretrained(run.base_model, dtype=_dtype(run, device))
    except (OSError, ValueError) as error:
        raise BadConfig(f"run.base_model: cannot load {run.base_model}: {error}") from error
    model.set_attn_implementation(attention.NAME)
    model.requires_grad_(False).train(False)
    if sharded:
        sharding.shard(model, device)
    nn.Module.to(model, device)
    return model, tokenizer


def _device(run: RunConfig) -> torch.device:
    if run.device == "cuda" and not torch.cuda.is_available():
        raise BadConfig("run.device: cuda was asked for, but there is no usable GPU")
    use_gpu = run.device != "cpu" and torch.cuda.is_available()
    if not use_gpu:
        return torch.device("cpu")
    device = torch.device("cuda", processes.local_rank())
    torch.cuda.set_device(device)
    return device


def _check_attention(run: RunConfig, device: torch.device) -> None:
    if run.attention == "flex" and device.type != "cuda":
        raise BadConfig("run.attention: FlexAttention learns on CUDA only; use 'sdpa'")


def _dtype(run: RunConfig, device: torch.device) -> torch.dtype:
    if run.dtype != "auto":
        return torch.bfloat16 if run.dtype == "bfloat16" else torch.float32
    native = device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if native else torch.float32


def _target_names(config: Config) -> set[str]:
    """Of the linear layers that the run's own adapter or one that it reads is on."""
    read = []
    if config.reference.adapter:
        read.append(read_adapter(Path(config.reference.adapter)))
    if config.run.method == "ppo" and config.ppo.reward:
        read.append(read_adapter(Path(config.ppo.reward), reward=True))
    layers = [name for adapter in read for name in adapter.layers]
    return {*config.lora.targets, *(name.rpartition(".")[2] for name in layers)}


def _adapt_layers(model: nn.Module, switch: Switch, names: set[str]) -> dict[str, LoraLinear]:
    found = {}
    for name, module in list(model.named_modules()):
        parent, _, leaf = name.rpartition(".")
        if leaf in names and isinstance(module, nn.Linear):
            found[name] = LoraLinear(module, switch)
            setattr(model.get_submodule(parent), leaf, found[name])
    missing = names - {name.rpartition(".")[2] for name in found}
    if missing:
        raise BadConfig(f"lora.targets: the base model has no linear {', '.join(sorted(missing))}")
    return found


@torch.no_grad()
def _check_head(backbone: Backbone) -> None:
    """The log-probabilities here are of hidden states times the output weight and nothing else."""
    ids = torch.arange(min(8, backbone.vocabulary), device=backbone.device)[None]
    positions = torch.arange(ids.shape[1], device=backbone.device)[None]
    mask = torch.full((1, 1, *ids.shape, ids.shape[1]), torch.finfo(backbone.dtype).min).triu(1)
    mask = mask.view(1, 1, ids.shape[1], -1).to(backbone.device, backbone.dtype)
    hidden = backbone.hidden(ids, positions, mask)
    ours = hidden.to(backbone.head_VH.dtype) @ backbone.head_VH.t()
    theirs = backbone.model(input_ids=ids, position_ids=positions, attention_mask=mask).logits
    if not torch.allclose(ours.float(), theirs.float(), rtol=0.05, atol=0.25):
        raise BadConfig(
            "the base model changes its logits after the output layer (a cap, a scale or a bias), "
            "which this trainer does not do; use another base model"
        )
