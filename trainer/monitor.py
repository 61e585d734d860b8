"""What a run says while it works: progress.json, metrics.jsonl and TensorBoard events.

A metrics line has step, steps, lr, grad_norm, tokens_per_s, eta_s, phase, and beside them the
method's own figures, loss among them.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tensorboardX import SummaryWriter

from core import spans
from trainer.files import write_json

logger = logging.getLogger(__name__)

PHASES = {
    "load": (0.0, 0.05),
    "reference": (0.05, 0.1),
    "train": (0.1, 0.7),
    "evaluate": (0.7, 0.97),
    "report": (0.97, 1.0),
}
"""Phase -> the share of the whole run it begins and ends at, as a small model's runs take them."""

_INTERVAL_S = 0.5
_COMMON = ("step", "steps", "lr", "grad_norm", "tokens_per_s", "eta_s", "phase")


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One optimiser step. `figures` are the method's own: `loss`, and what its file says."""

    step: int
    steps: int
    lr: float
    grad_norm: float
    tokens_per_s: float
    eta_s: float
    figures: dict[str, float]
    phase: str = "train"

    def flat(self) -> dict[str, Any]:
        """One level, as a line of metrics.jsonl has it."""
        values = {name: getattr(self, name) for name in _COMMON}
        return {**values, **self.figures}


def _from_flat(values: dict[str, Any]) -> StepMetrics:
    figures = {name: value for name, value in values.items() if name not in _COMMON}
    return StepMetrics(**{name: values[name] for name in _COMMON}, figures=figures)


class Monitor:
    def __init__(self, output: Path) -> None:
        self.output = output
        self.metrics: list[StepMetrics] = []
        self._path = output / "metrics.jsonl"
        self._written = 0.0
        self._phase = ""
        self._phase_started = time.monotonic()
        self._events: SummaryWriter | None = None

    def resume(self, step: int) -> None:
        """Forgets what was written after `step`; 0 forgets all."""
        self.metrics = [m for m in read_metrics(self._path) if m.step <= step]
        lines = [json.dumps(m.flat()) + "\n" for m in self.metrics]
        self._path.write_text("".join(lines))
        self._events = SummaryWriter(str(self.output / "tensorboard"), purge_step=step + 1)

    def step(self, metrics: StepMetrics) -> None:
        self.metrics.append(metrics)
        values = metrics.flat()
        with self._path.open("a") as file:
            file.write(json.dumps(values) + "\n")
        if self._events is not None:
            for name in (*metrics.figures, "lr", "grad_norm", "tokens_per_s"):
                self._events.add_scalar(f"train/{name}", values[name], metrics.step)
        message = f"step {metrics.step} of {metrics.steps}, loss {metrics.figures['loss']:.3f}"
        share, eta_s = metrics.step / metrics.steps, metrics.eta_s
        self.progress("train", share, message, eta_s, {"step": metrics.step, **metrics.figures})

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Figures of the evaluation, for TensorBoard."""
        if self._events is not None:
            for name, value in values.items():
                self._events.add_scalar(name, value, step)

    def progress(
        self,
        phase: str,
        share: float,
        message: str,
        eta_s: float | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> None:
        """`share` is of the phase, 0 to 1; `eta_s` is to the end of the phase; `figures` are a
        step's. At most twice a second, but every change of phase.
        """
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._phase_started, self._written = phase, now, 0.0
            spans.event(phase)
        if now - self._written < _INTERVAL_S and share < 1:
            return
        if eta_s is None and share > 0:
            eta_s = (now - self._phase_started) * (1 - share) / share
        self._written = now
        begin, end = PHASES[phase]
        state: dict[str, Any] = {
            "phase": phase,
            "fraction": round(begin + (end - begin) * share, 4),
            "eta_s": None if eta_s is None else round(eta_s, 1),
            "message": message,
        }
        if figures:
            state["figures"] = dict(figures)
        write_json(self.output / "progress.json", state)
        logger.info("%s %3.0f%%  %s", phase, share * 100, message)

    def close(self) -> None:
        if self._events is not None:
            self._events.close()


def read_metrics(path: Path) -> list[StepMetrics]:
    """A half-written last line, left by a killed process, is left out."""
    if not path.exists():
        return []
    lines = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [_from_flat(json.loads(line)) for line in lines]
