"""The seedling's network: a Llama with explicit attention, written for training on a CPU.

Parameter names are Hugging Face's, so that the state dict is the checkpoint. Shapes: B rows,
T positions, C hidden, H heads, K key/value heads, D head size, V vocabulary.
"""

from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class ModelConfig:
    vocab_size: int = 2048
    hidden_size: int = 256
    intermediate_size: int = 768
    num_hidden_layers: int = 6
    num_attention_heads: int = 8
    num_key_value_heads: int = 4
    head_dim: int = 32
    max_position_embeddings: int = 1024
    rope_theta: float = 10_000.0
    rms_norm_eps: float = 1e-5
    initializer_range: float = 0.02

    def to_huggingface(self, pad: int, end: int) -> dict[str, Any]:
        """config.json as transformers and vLLM read it."""
        fields = asdict(self)
        theta = fields.pop("rope_theta")
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            **fields,
            "rope_theta": theta,
            "rope_parameters": {"rope_type": "default", "rope_theta": theta},
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "attention_dropout": 0.0,
            "tie_word_embeddings": True,
            "use_cache": True,
            "bos_token_id": None,
            "eos_token_id": end,
            "pad_token_id": pad,
            "dtype": "bfloat16",
        }


class RMSNorm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)
        return (wide * self.weight.float()).to(x.dtype)


def rope_tables(config: ModelConfig, length: int) -> tuple[Tensor, Tensor]:
    half = torch.arange(0, config.head_dim, 2).float() / config.head_dim
    angles = torch.arange(length).float()[:, None] / config.rope_theta ** half[None, :]
    both = torch.cat((angles, angles), dim=-1)
    return both.cos(), both.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-b, a), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, self.kv = config.num_attention_heads, config.num_key_value_heads
        self.size = config.head_dim
        hidden = config.hidden_size
        self.q_proj = nn.Linear(hidden, self.heads * self.size, bias=False)
        self.k_proj = nn.Linear(hidden, self.kv * self.size, bias=False)
        self.v_proj = nn.Linear(hidden, self.kv * self.size, bias=False)
        self.o_proj = nn.Linear(self.heads * self.size, hidden, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        b, t, _ = x.shape
        q = self.q_proj(x).view(b, t, self.heads, self.size).transpose(1, 2)
        k = self.k_proj(x).view(b, t, self.kv, self.size).transpose(1, 2)
        v = self.v_proj(x).view(b, t, self.kv, self.size).transpose(1, 2)
        q, k = rotate(q, cos, sin) * self.size**-0.5, rotate(k, cos, sin)
        # Query heads that share a key head are laid along the rows, so one matmul serves them.
        group = self.heads // self.kv
        q = q.reshape(b, self.kv, group * t, self.size)
        scores = (q @ k.transpose(-1, -2)).view(b, self.kv, group, t, t) + mask
        weights = scores.softmax(-1).view(b, self.kv, group * t, t)
        y = (weights @ v).view(b, self.heads, t, self.size)
        out: Tensor = self.o_proj(y.transpose(1, 2).reshape(b, t, -1))
        return out


class MLP(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Layer(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = MLP(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Backbone(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)


class Seedling(nn.Module):
    """The head is the embedding. `dtype` is that of the tables; parameters are cast by .to()."""

    def __init__(self, config: ModelConfig, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.config = config
        self.dtype = dtype
        self.model = Backbone(config)
        cos, sin = rope_tables(config, config.max_position_embeddings)
        self.register_buffer("cos", cos.to(dtype), persistent=False)
        self.register_buffer("sin", sin.to(dtype), persistent=False)
        self.masks: dict[int, Tensor] = {}
        self._initialise()

    def _initialise(self) -> None:
        deep = (2 * self.config.num_hidden_layers) ** -0.5
        for name, p in self.named_parameters():
            if p.dim() == 2:
                scale = deep if name.endswith(("o_proj.weight", "down_proj.weight")) else 1.0
                nn.init.normal_(p, std=self.config.initializer_range * scale)

    def _mask(self, length: int) -> Tensor:
        if length not in self.masks:
            full = torch.full((length, length), float("-inf"), dtype=self.dtype)
            self.masks[length] = full.triu(1)
        return self.masks[length]

    def layers(self) -> list[Layer]:
        return [cast(Layer, layer) for layer in self.model.layers]

    def rope(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        cos, sin = cast(Tensor, self.cos), cast(Tensor, self.sin)
        return cos[start:stop], sin[start:stop]

    def hidden(self, ids: Tensor) -> Tensor:
        """(B, T) token ids -> (B, T, C), normed and ready for the head."""
        t = ids.shape[1]
        cos, sin = self.rope(0, t)
        x = self.model.embed_tokens(ids)
        for layer in self.layers():
            x = layer(x, cos, sin, self._mask(t))
        out: Tensor = self.model.norm(x)
        return out

    def logits(self, hidden: Tensor) -> Tensor:
        return (hidden @ self.model.embed_tokens.weight.T).float()

    def loss(self, ids: Tensor, weights: Tensor) -> Tensor:
        """Weighted sum of next-token cross entropies. ids (B, T+1), weights (B, T)."""
        hidden = self.hidden(ids[:, :-1])
        targets, scale = ids[:, 1:].reshape(-1), weights.reshape(-1)
        keep = scale > 0
        logits = self.logits(hidden.reshape(-1, hidden.shape[-1])[keep])
        losses = F.cross_entropy(logits, targets[keep], reduction="none")
        kept = scale[keep]
        return (losses * kept).sum()
