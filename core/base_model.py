"""Which base model it is, told by its files: hashes of its weights and of its chat template.
Reads the files once and loads no model.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from core.artifacts import file_sha256
from core.errors import NotFound
from core.records import BaseFiles

WEIGHTS: Final = ("*.safetensors", "*.bin", "*.pt")
"""The first kind there is counts: others are the same weights once more."""
TEMPLATE: Final = "chat_template.jinja"
TOKENIZER: Final = "tokenizer_config.json"


def describe_base(base_model: str) -> BaseFiles:
    """Of a directory or of a hub id that was downloaded. Takes a second for one or two GB: call
    from a thread.

    `weights` is the sha256 over the sorted weight files' names and sha256, `template` that of the
    chat template's text. Raises NotFound where there are no weights.
    """
    directory = _find(base_model)
    template = _read_template(directory)
    return BaseFiles(
        weights=_hash_weights(directory),
        template=hashlib.sha256(template.encode()).hexdigest(),
    )


def template_hash(files: BaseFiles, system_prompt: str) -> str:
    """What makes a chat into a prompt, beside what is said in it: sha256 over the chat template's
    hash and the assistant's system prompt. Another one of either gives another hash; "" where the
    template is not known.
    """
    if not files.template:
        return ""
    return hashlib.sha256(f"{files.template}\n{system_prompt}".encode()).hexdigest()


def _find(base_model: str) -> Path:
    directory = Path(base_model)
    if directory.is_dir():
        return directory
    import huggingface_hub  # takes a while, and a local directory does not need it

    try:
        return Path(huggingface_hub.snapshot_download(base_model, local_files_only=True))
    except (OSError, ValueError) as error:
        raise NotFound(
            f"The base model {base_model!r} is neither a directory nor a downloaded hub id"
        ) from error


def _hash_weights(directory: Path) -> str:
    digest = hashlib.sha256()
    for path in _weight_files(directory):
        digest.update(f"{path.name}\0{file_sha256(path)}\n".encode())
    return digest.hexdigest()


def _weight_files(directory: Path) -> list[Path]:
    for kind in WEIGHTS:
        if found := sorted(directory.glob(kind)):
            return found
    raise NotFound(f"{directory} holds no weights ({', '.join(WEIGHTS)})")


def _read_template(directory: Path) -> str:
    """Empty where there is none; several by name are told as JSON."""
    if (directory / TEMPLATE).is_file():
        return (directory / TEMPLATE).read_text(encoding="utf-8")
    if not (directory / TOKENIZER).is_file():
        return ""
    said: Any = json.loads((directory / TOKENIZER).read_bytes()).get("chat_template") or ""
    return said if isinstance(said, str) else json.dumps(said, sort_keys=True)
