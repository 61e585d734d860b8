"""A run's state between two steps, one file, replaced by rename. The newest one counts.

Holds what cannot be worked out again: what is trained, the optimiser, the random state and what the
objective wants kept. The order of the data follows from seed and step.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import BadConfig
from trainer.report import Report


@dataclass(frozen=True, slots=True)
class Checkpoint:
    step: int
    tokens: int
    seconds: float
    parameters: list[torch.Tensor]
    optimizer: dict[str, Any]
    random: torch.Tensor
    objective: dict[str, torch.Tensor]


class Checkpoints:
    def __init__(self, directory: Path, fits: str, report: Report) -> None:
        """`fits` names the configuration, the data and the base that they belong to. What `report`
        cannot find out again is saved and loaded with them.
        """
        self.directory = directory
        self.fits = fits
        self.report = report

    def save(self, checkpoint: Checkpoint) -> Path:
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / f"step-{checkpoint.step:06d}.pt"
        partial = path.with_name(f".{path.name}.partial")
        state = {name: getattr(checkpoint, name) for name in Checkpoint.__dataclass_fields__}
        state |= {"fits": self.fits, "report": self.report.kept()}
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        for old in self._paths():
            if old != path:
                old.unlink()
        return path

    def load(self) -> Checkpoint | None:
        """The newest, or None. Raises BadConfig when it belongs to another run."""
        paths = self._paths()
        if not paths:
            return None
        state = torch.load(paths[-1], weights_only=True, map_location="cpu")
        if state.pop("fits") != self.fits:
            raise BadConfig(
                f"{paths[-1]} was made with another configuration, data or base model; "
                "run without --resume or into another output directory"
            )
        self.report.take_up(state.pop("report"))
        return Checkpoint(**state)

    def clear(self) -> None:
        for path in self._paths():
            path.unlink()

    def _paths(self) -> list[Path]:
        return sorted(self.directory.glob("step-*.pt"))
