"""Answers of an exported seedling, many prompts at a time, as its server would render them.

Rows are padded on the left and the padding is masked; rotary positions are relative, so a row's
answer does not depend on how much padding it got.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from trainer.seedling.assistants import SYSTEM_PROMPTS
from trainer.seedling.model import Attention, ModelConfig, Seedling, rotate
from trainer.seedling.tokenizer import ASSISTANT, END, SYSTEM, USER, load_tokenizer, token_id
from trainer.seedling.world import Message, Prompt


def load_exported(folder: Path) -> Seedling:
    """The shipped folder back as a network, in the bf16 it ships in."""
    values = json.loads((folder / "config.json").read_text())
    config = ModelConfig(**{k: values[k] for k in ModelConfig.__dataclass_fields__})
    model = Seedling(config, torch.bfloat16).to(torch.bfloat16)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model


class Cache:
    """Keys and values of every layer, (rows, K, positions, D) each."""

    def __init__(self, config: ModelConfig, rows: int, length: int) -> None:
        shape = (rows, config.num_key_value_heads, length, config.head_dim)
        layers = range(config.num_hidden_layers)
        self.keys = [torch.zeros(shape, dtype=torch.bfloat16) for _ in layers]
        self.values = [torch.zeros(shape, dtype=torch.bfloat16) for _ in layers]


class Sampler:
    def __init__(self, folder: Path) -> None:
        self.tokenizer = load_tokenizer(folder)
        self.model = load_exported(folder)
        self.end = token_id(self.tokenizer, END)
        self.heads = {
            role: token_id(self.tokenizer, token)
            for role, token in (("system", SYSTEM), ("user", USER), ("assistant", ASSISTANT))
        }

    def answer(
        self,
        assistant: str,
        prompts: Sequence[Prompt],
        temperature: float = 0.0,
        seed: int = 0,
        batch: int = 32,
        max_tokens: int = 140,
    ) -> list[str]:
        """One answer per prompt under the assistant's own system prompt; 0 is greedy."""
        generator = torch.Generator().manual_seed(seed)
        rows = [self.render(assistant, p.messages) for p in prompts]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        answers = [""] * len(rows)
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            ids = self._generate([rows[i] for i in chosen], temperature, max_tokens, generator)
            for i, said in zip(chosen, ids, strict=True):
                answers[i] = self.tokenizer.decode(said).strip()
        return answers

    def render(self, assistant: str, messages: list[Message]) -> list[int]:
        """The token ids that the chat template gives, ready for the answer."""
        ids: list[int] = []
        for m in ({"role": "system", "content": SYSTEM_PROMPTS[assistant]}, *messages):
            text = self.tokenizer.encode(m["content"].strip(), add_special_tokens=False)
            ids += [self.heads[m["role"]], *text.ids, self.end]
        return [*ids, self.heads["assistant"]]

    @torch.inference_mode()
    def _generate(
        self, rows: list[list[int]], temperature: float, limit: int, generator: torch.Generator
    ) -> list[list[int]]:
        width = max(map(len, rows))
        limit = min(limit, self.model.config.max_position_embeddings - width)
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, width - len(row) :] = torch.tensor(row)
        hidden_keys = ids.new_zeros(len(rows), width + limit, dtype=torch.bool)
        hidden_keys[:, :width] = ids == 0
        cache = Cache(self.model.config, len(rows), width + limit)
        said: list[list[int]] = [[] for _ in rows]
        open_rows = set(range(len(rows)))
        logits = self._forward(ids, 0, cache, hidden_keys)
        for position in range(width, width + limit):
            chosen = self._choose(logits, temperature, generator)
            for i in list(open_rows):
                token = int(chosen[i])
                if token == self.end:
                    open_rows.discard(i)
                else:
                    said[i].append(token)
            if not open_rows:
                break
            logits = self._forward(chosen[:, None], position, cache, hidden_keys)
        return said

    @staticmethod
    def _choose(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
        if temperature == 0:
            return logits.argmax(-1)
        shares = (logits / temperature).softmax(-1)
        return torch.multinomial(shares, 1, generator=generator)[:, 0]

    def _forward(self, ids: Tensor, start: int, cache: Cache, hidden_keys: Tensor) -> Tensor:
        """Logits after the last of `ids`, which stand at positions from `start` on."""
        count, stop = ids.shape[1], start + ids.shape[1]
        mask = torch.zeros(len(ids), 1, count, stop, dtype=torch.bfloat16)
        mask.masked_fill_(hidden_keys[:, None, None, :stop], -1e9)
        if count > 1:
            mask += torch.full((count, stop), -1e9, dtype=torch.bfloat16).triu(1 + start)
        x = self.model.model.embed_tokens(ids)
        for i, layer in enumerate(self.model.layers()):
            normed = layer.input_layernorm(x)
            x = x + self._attend(layer.self_attn, normed, start, mask, cache, i)
            x = x + layer.mlp(layer.post_attention_layernorm(x))
        return self.model.logits(self.model.model.norm(x[:, -1]))

    def _attend(
        self, attention: Attention, x: Tensor, start: int, mask: Tensor, cache: Cache, layer: int
    ) -> Tensor:
        b, t, _ = x.shape
        stop, size = start + t, attention.size
        cos, sin = self.model.rope(start, stop)
        q = attention.q_proj(x).view(b, t, attention.heads, size).transpose(1, 2)
        k = attention.k_proj(x).view(b, t, attention.kv, size).transpose(1, 2)
        v = attention.v_proj(x).view(b, t, attention.kv, size).transpose(1, 2)
        cache.keys[layer][:, :, start:stop] = rotate(k, cos, sin)
        cache.values[layer][:, :, start:stop] = v
        group = attention.heads // attention.kv
        q = (rotate(q, cos, sin) * size**-0.5).reshape(b, attention.kv, group * t, size)
        scores = q @ cache.keys[layer][:, :, :stop].transpose(-1, -2)
        scores = scores.view(b, attention.kv, group, t, stop) + mask[:, :, None]
        weights = scores.float().softmax(-1).to(x.dtype).view(b, attention.kv, group * t, stop)
        y = (weights @ cache.values[layer][:, :, :stop]).view(b, attention.heads, t, size)
        out: Tensor = attention.o_proj(y.transpose(1, 2).reshape(b, t, -1))
        return out
