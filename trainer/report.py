"""What a run leaves for people: report.json, samples.jsonl, samples.md, curves.png and
model_card.md. Torch-free.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.config import Config, to_toml
from trainer.files import write_json

if TYPE_CHECKING:
    from trainer.evaluate import Evaluation, Shown
    from trainer.golden import GoldenFigures
    from trainer.monitor import StepMetrics
    from trainer.reward_figures import RewardFigures


_PANELS_A_LINE = 4
_SAMPLES = 20
"""In the report; all are in samples.jsonl."""


@dataclass(slots=True)
class Report:
    """Filled in as the run goes; written however it ends. Times in seconds."""

    method: str = ""
    run_id: str = ""
    status: str = "failed"
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    steps: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    base_hash: str | None = None
    """Of the base model's weight files, as responses name it."""
    base_hash_before: str | None = None
    """Of the weights in memory, in this run's precision; so `base_hash_after`."""
    base_hash_after: str | None = None
    evaluation: Evaluation | None = None
    reward: RewardFigures | None = None
    serve_reward: str = ""
    """Command that serves the reward model's raw scores."""
    seconds: dict[str, float] = field(default_factory=dict)
    processes: int = 1
    base_bytes: int = 0
    """Of the base weights, as many as the first process keeps."""
    peak_memory_bytes: int = 0
    tokens: int = 0

    def warn(self, text: str) -> None:
        """What a reader of the figures must know; said once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def kept(self) -> dict[str, Any]:
        """What a run that is taken up again does not find out anew."""
        return {
            "warnings": list(self.warnings),
            "reward": asdict(self.reward) if self.reward else None,
        }

    def take_up(self, kept: dict[str, Any]) -> None:
        """Goes on with what the interrupted run had `kept`."""
        # Imported here: it brings torch, which only a training process has.
        from trainer.reward_figures import read_figures

        self.warnings = list(dict.fromkeys([*kept["warnings"], *self.warnings]))
        self.reward = read_figures(kept["reward"]) if kept["reward"] else None

    def to_dict(self) -> dict[str, Any]:
        found = self.evaluation
        generation = found.generation if found else None
        reward = {"reward": asdict(self.reward)} if self.reward else {}
        return {
            "status": self.status,
            "error": self.error,
            "warnings": self.warnings,
            "method": self.method,
            "run_id": self.run_id,
            "steps": self.steps,
            "rows": self.rows,
            "base_hash": self.base_hash,
            "base_hash_before": self.base_hash_before,
            "base_hash_after": self.base_hash_after,
            "heldout": asdict(found.heldout) if found else None,
            "generation": asdict(generation) if generation else None,
            "golden": asdict(found.golden) if found else None,
            "samples": [_shown(sample) for sample in found.samples[:_SAMPLES]] if found else [],
            "before_after": [asdict(shown) for shown in found.before_after] if found else [],
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "processes": self.processes,
            "base_bytes": self.base_bytes,
            "peak_memory_bytes": self.peak_memory_bytes,
            "tokens": self.tokens,
            **reward,
        }


def write_report(output: Path, report: Report) -> None:
    write_json(output / "report.json", report.to_dict())


def _write_samples(output: Path, evaluation: Evaluation) -> None:
    """samples.jsonl: whole conversations with what champion and candidate say to them."""
    lines = (json.dumps(asdict(shown), ensure_ascii=False) for shown in evaluation.samples)
    (output / "samples.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _shown(sample: Shown) -> dict[str, str]:
    asked = sample.messages[-1]["content"]
    return {"prompt": asked, "champion": sample.champion, "candidate": sample.candidate}


def figures_of(evaluation: Evaluation) -> dict[str, float]:
    """The evaluation's main figures, flat, for TensorBoard."""
    values: dict[str, float | None] = {"heldout/accuracy": evaluation.heldout.accuracy}
    if evaluation.golden.n:
        values["golden/champion_pass"] = evaluation.golden.champion_pass
        values["golden/candidate_pass"] = evaluation.golden.candidate_pass
    if evaluation.generation:
        for name in ("win_rate", "kl_per_token", "length_ratio", "eos_rate", "empty_rate"):
            values[f"generation/{name}"] = getattr(evaluation.generation, name)
    return {name: value for name, value in values.items() if value is not None}


def reward_figures_of(found: RewardFigures) -> dict[str, float]:
    """The reward model's main figures, flat, for TensorBoard."""
    names = ("accuracy", "length_baseline", "nll", "calibration_error", "disagreement")
    values = {f"reward/{name}": getattr(found, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def draw_curves(metrics: Sequence[StepMetrics], path: Path) -> None:
    # Imported here: it takes a moment that only a finished run has to spend.
    from matplotlib.figure import Figure

    panels = [*(metrics[0].figures if metrics else ["loss"]), "grad_norm", "lr"]
    steps = [m.step for m in metrics]
    lines = -(-len(panels) // _PANELS_A_LINE)
    figure = Figure(figsize=(3 * _PANELS_A_LINE, 2.5 * lines), layout="constrained")
    grid = figure.subplots(lines, _PANELS_A_LINE, squeeze=False).flat
    for axes, name in zip(grid, panels, strict=False):
        axes.plot(steps, [m.flat()[name] for m in metrics])
        axes.set_title(name)
        axes.set_xlabel("step")
    figure.savefig(path, dpi=100)


def write_reward_card(output: Path, config: Config, report: Report) -> None:
    parts = [
        f"# Reward model of run {report.run_id or output.name}",
        f"LoRA adapters with a score head (rank {config.lora.r}, members: {config.reward.ensemble})"
        f" for `{config.run.served_model_name}`; {report.steps} steps on a snapshot of "
        f"{_snapshot_text(report.rows)}.",
        *(f"> {warning}" for warning in report.warnings),
        *(_reward_parts(report.reward) if report.reward else []),
        "## What the figures cannot show",
        "A reward model is sure of what people voted on. Of answers unlike those it knows little, "
        "and a policy that is trained against it will find them: watch the members' disagreement.",
        "## Serving it",
        f"```sh\n{report.serve_reward}\n```",
        'POST /classify `{"model": "reward", "input": [token ids of prompt and answer, its end '
        'included], "use_activation": false}` gives a member\'s raw score r (`reward-2`: the '
        "second's). The reward is the members' mean of (gain r + bias) / spread, as reward.json "
        "has them.",
        *_last_parts(config, report),
    ]
    _write_parts(output / "model_card.md", parts)


def _reward_parts(found: RewardFigures) -> list[str]:
    scale = found.scale
    rows = [
        ("held-out pairs", f"{found.n}"),
        ("accuracy", _interval(found.accuracy, found.accuracy_low, found.accuracy_high)),
        ("each member's", ", ".join(map(_number, found.members)) or _number(None)),
        ("length alone would have", _number(found.length_baseline)),
        ("nats a vote (a coin has 0.693)", _number(found.nll)),
        ("calibration error", _number(found.calibration_error)),
        ("the members' disagreement", _number(found.disagreement)),
        ("scale taken from", f"{scale.answers} {scale.source}"),
        ("correlation of score and length there", _number(scale.length_correlation)),
    ]
    buckets = [
        (f"{b.low:.1f} to {b.high:.1f}", f"{b.n}", _number(b.foretold), _number(b.accuracy))
        for b in found.calibration
        if b.n
    ]
    tables = [_table(("figure", "value"), rows)]
    if buckets:
        tables += ["Calibration", _table(("foretold", "pairs", "mean", "came true"), buckets)]
    return ["## Reward model", *tables]


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(names)} |", "|---" * len(names) + "|", *lines])


def write_card(output: Path, config: Config, report: Report) -> None:
    found = report.evaluation
    parts = [
        f"# Adapter of run {report.run_id or output.name}",
        f"A LoRA adapter (rank {config.lora.r}) for `{config.run.served_model_name}`, trained with "
        f"{config.run.method.upper()}, {report.steps} steps, on a snapshot of "
        f"{_snapshot_text(report.rows)}. Reference: "
        f"{'the adapter it was to replace' if config.reference.adapter else 'the bare base'}.",
        *(f"> {warning}" for warning in report.warnings),
    ]
    if found:
        _write_samples(output, found)
        parts += ["## Figures", _figures_table(found)]
        parts += ["## Golden set", _golden_text(found.golden)]
    if report.reward:
        parts += _reward_parts(report.reward)
    parts += [
        "## What the figures cannot show",
        "The win rate comes from a small judge fitted to the votes themselves: it sees style and "
        "coarse content, not truth. Held-out accuracy is of the policy's implicit reward, not of "
        "what it says. The golden set sees only what it checks.",
        *_last_parts(config, report),
    ]
    _write_parts(output / "model_card.md", parts)
    if found:
        # Beside the card: what people said does not leave with the adapter.
        texts = (_sample_text(**_shown(sample)) for sample in found.samples[:5])
        _write_parts(output / "samples.md", ["# Samples", *texts])


def _last_parts(config: Config, report: Report) -> list[str]:
    return [
        "## Configuration",
        f"```toml\n{to_toml(config)}```",
        f"Base model's weight files: `{report.base_hash}`; its weights in memory before and after "
        f"the run: `{report.base_hash_before}`, `{report.base_hash_after}`.",
    ]


def _write_parts(path: Path, parts: Sequence[str]) -> None:
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _snapshot_text(rows: dict[str, int]) -> str:
    names = {"train": "preference pairs", "thumbs": "thumbs", "demonstrations": "demonstrations"}
    return ", ".join(f"{rows[key]} {name}" for key, name in names.items() if rows.get(key))


def _figures_table(found: Evaluation) -> str:
    held, generation = found.heldout, found.generation
    sides = (
        ("held-out votes", held),
        ("of people it did not learn from", held.by_person),
        ("newer ones of people it learned from", held.by_time),
    )
    rows = [
        (
            f"{what}: accuracy on {side.n}, and of length alone",
            f"{_interval(side.accuracy, side.accuracy_low, side.accuracy_high)}, "
            f"{_number(side.length_baseline)}",
        )
        for what, side in sides
    ]
    if generation:
        g, judge = generation, generation.judge
        rows += [
            ("win rate over the champion", _interval(g.win_rate, g.win_rate_low, g.win_rate_high)),
            ("prompts, ties", f"{g.n}, {g.ties}"),
            (
                "judge",
                f"fitted on {judge.fitted_on} votes ({judge.n}), "
                f"cross-validated accuracy {_number(judge.cv_accuracy)}",
            ),
            (
                "tokens an answer, champion and candidate",
                f"{g.mean_tokens_champion:.1f}, {g.mean_tokens_candidate:.1f}",
            ),
            ("KL per token, per answer", f"{g.kl_per_token:.4f}, {g.kl_per_sequence:.2f}"),
            ("from the base", f"{g.kl_base_per_token:.4f}, {g.kl_base_per_sequence:.2f}"),
            ("answers that end, are empty", f"{g.eos_rate:.2f}, {g.empty_rate:.2f}"),
        ]
    return _table(("figure", "value"), rows)


def _golden_text(golden: GoldenFigures) -> str:
    if not golden.n:
        return "None was given."
    lines = [
        f"{golden.n} prompts: champion {_number(golden.champion_pass)}, "
        f"candidate {_number(golden.candidate_pass)}."
    ]
    lines += [f"- {r.name}: {'; '.join(r.failed)}" for r in golden.regressions[:10]]
    rows = [
        (name, f"{c.n}", f"{c.champion_pass:.3f}", f"{c.candidate_pass:.3f}", f"{c.lost}")
        for name, c in golden.categories.items()
    ]
    return "\n".join(lines) + "\n\n" + _table(("", "n", "champion", "candidate", "lost"), rows)


def _sample_text(prompt: str, champion: str, candidate: str) -> str:
    quoted = [
        "\n".join(f"> {line}" for line in f"**{who}:** {text}".splitlines())
        for who, text in (("asked", prompt), ("champion", champion), ("candidate", candidate))
    ]
    return "\n>\n".join(quoted)


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{_number(value)} (95 %: {_number(low)} to {_number(high)})"
