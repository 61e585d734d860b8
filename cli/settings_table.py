"""Every setting as a table. `python -m cli.settings_table > docs/settings.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from core.settings import Settings

HEAD: Final = """# Settings

Every process reads the same settings, from its environment and from `.env`. Made by
`python -m cli.settings_table > docs/settings.md` from `core/settings.py`; a test compares them.

| setting | default | what it does |
|---|---|---|
"""


def table() -> str:
    return HEAD + "".join(f"{row}\n" for row in _rows())


def _rows() -> Iterator[str]:
    prefix = Settings.model_config["env_prefix"]
    for name, field in Settings.model_fields.items():
        about = " ".join((field.description or "").split()).replace("|", "\\|")
        yield f"| `{prefix}{name.upper()}` | {_default(field)} | {about} |"


def _default(field: FieldInfo) -> str:
    """As one would write it in the environment; a secret has none."""
    value = field.default
    if isinstance(value, SecretStr) or value in ("", None):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`"


if __name__ == "__main__":
    sys.stdout.write(table())
