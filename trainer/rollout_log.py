"""rollouts.jsonl of a PPO run: what the policy said in each update, and how it was scored.

A line is an answer: update, prompt (messages), answer (text), tokens, ended, score (the reward
model's, not limited).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from trainer.render import Renderer
from trainer.rollouts import Rollout

NAME = "rollouts.jsonl"


class RolloutLog:
    def __init__(self, output: Path, renderer: Renderer) -> None:
        self.path = output / NAME
        self.renderer = renderer

    def resume(self, update: int) -> None:
        """Forgets this update, later ones, and the half line that a killed process left."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            whole = [line for line in file if line.endswith("\n")]
        kept = [line for line in whole if json.loads(line)["update"] < update]
        self.path.write_text("".join(kept), encoding="utf-8")

    def add(self, update: int, rollouts: Sequence[Rollout], scores: Sequence[float]) -> None:
        """`scores`: of all answers in order."""
        asked = [(rollout.prompt, sample) for rollout in rollouts for sample in rollout.samples]
        with self.path.open("a", encoding="utf-8") as file:
            for (prompt, sample), score in zip(asked, scores, strict=True):
                row = {
                    "update": update,
                    "prompt": prompt.messages,
                    "answer": self.renderer.text(sample.ids),
                    "tokens": len(sample.ids),
                    "ended": sample.ended,
                    "score": score,
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
