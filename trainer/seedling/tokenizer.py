"""The seedling's tokenizer: byte-level BPE of 2,048 tokens, and its chat template.

A capitalised word, a digit or a quoted word never takes the space before it into its token: a name
is then the same tokens wherever it stands, and copying it is copying tokens.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from core.errors import BadConfig

PAD, END, SYSTEM, USER, ASSISTANT = (
    "<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>",
)  # fmt: skip
SPECIAL_TOKENS = (PAD, END, SYSTEM, USER, ASSISTANT)
VOCAB_SIZE = 2048
_WORDS = Regex(
    r"""'(?:s|t|re|ve|ll|d|m)\b|EUR|USD|JSON|": "|", "|": |\{"|"\}|\d|[A-Z]?[a-z]+|[A-Z]| [a-z]+"""
    r"""|\n+(?:- )?|^- |[.,:;!?]+ (?=[A-Z0-9"])|[^\sA-Za-z0-9]+|\s"""
)
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'system' or message['role'] == 'developer' -%}"
    "{{- '<|system|>' -}}"
    "{%- elif message['role'] == 'assistant' -%}"
    "{{- '<|assistant|>' -}}"
    "{%- else -%}"
    "{{- '<|user|>' -}}"
    "{%- endif -%}"
    "{{- message['content'] | trim -}}"
    "{{- '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(_WORDS, behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """tokenizer.json, and tokenizer_config.json with the chat template."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": None,
        "eos_token": END,
        "pad_token": PAD,
        "unk_token": None,
        "add_bos_token": False,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 1024,
        "extra_special_tokens": [SYSTEM, USER, ASSISTANT],
        "chat_template": CHAT_TEMPLATE,
    }
    text = json.dumps(config, indent=2, ensure_ascii=False)
    (folder / "tokenizer_config.json").write_text(text + "\n")


def token_id(tokenizer: Tokenizer, token: str) -> int:
    found = tokenizer.token_to_id(token)
    if found is None:
        raise BadConfig(f"expected a tokenizer with {token}; train it again")
    return found


def load_tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
