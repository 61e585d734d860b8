"""A person's own editor, on a text."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from core.errors import BadConfig


def edit_text(text: str) -> str:
    """What $VISUAL, else $EDITOR, else vi makes of it. Raises BadConfig when that does not work."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.txt"
        path.write_text(text + "\n", encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise BadConfig(
                f"The editor did not work ({error}); name another in $EDITOR, or write the text"
                " behind /edit"
            ) from error
        return path.read_text(encoding="utf-8").strip()
