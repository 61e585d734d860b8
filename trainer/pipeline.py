"""One run from files to files: load, reference, train, publish, evaluate, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from core.errors import BadConfig, RunFailed
from trainer.adapter_files import publish_adapter
from trainer.backbone import Backbone, load_backbone
from trainer.checkpoint import Checkpoints
from trainer.config import Config
from trainer.data import Limits, Preferences, Prompt, load_preferences, load_prompts
from trainer.dpo import DpoTrainer, check_start, row_logprobs
from trainer.evaluate import evaluate, longer_share
from trainer.golden import GoldenItem, load_golden
from trainer.guard import Guard, peak_memory_bytes
from trainer.lora import Role
from trainer.monitor import Monitor
from trainer.probe import make_probes
from trainer.report import Report, draw_curves, figures_of, write_card
from trainer.rows import Row, pack_groups

_FEW_PAIRS = 16
_ONE_SIDED = 0.95


@dataclass(frozen=True, slots=True)
class Data:
    train: Preferences
    heldout: Preferences
    prompts: list[Prompt]
    golden: list[GoldenItem]


def run_dpo(config: Config, guard: Guard, report: Report, resume: bool) -> None:
    """Fills in `report` as it goes. Raises core.errors' and trainer.errors' errors."""
    output = Path(config.run.output)
    monitor = Monitor(output)
    clock = Clock(report)
    try:
        with clock("load"):
            monitor.progress("load", 0.0, "base model and data")
            torch.set_num_threads(config.run.threads)
            torch.manual_seed(config.run.seed)
            backbone = load_backbone(config)
            data = load_data(config, backbone)
            report.base_hash_before = backbone.base_hash()
            describe_data(data, report)
        with clock("train"):
            rows = pack_groups(data.train.groups, backbone.max_length)
            _train(config, backbone, data, rows, guard, monitor, report, resume)
            _publish(config, backbone, data, guard, output)
        with clock("evaluate"):
            _evaluate(config, backbone, data, guard, monitor, report)
            report.base_hash_after = backbone.base_hash()
        if report.base_hash_after != report.base_hash_before:
            raise RunFailed("the base weights changed during the run; its adapter is worthless")
        monitor.progress("report", 0.0, "curves and model card")
        draw_curves(monitor.metrics, output / "curves.png")
        write_card(output, config, report)
        monitor.progress("report", 1.0, "done")
    finally:
        report.peak_memory_bytes = peak_memory_bytes()
        monitor.close()


class Clock:
    """Books the seconds of each part into the report, also when the part fails."""

    def __init__(self, report: Report) -> None:
        self.report = report

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.report.seconds[part] = time.monotonic() - began


def load_data(config: Config, backbone: Backbone) -> Data:
    """Raises BadConfig when there is nothing to learn from."""
    renderer = backbone.renderer
    limits = Limits(backbone.max_length, backbone.vocabulary)
    path = Path(config.data.path)
    is_snapshot = path.is_dir()
    train_path = path / "train.parquet" if is_snapshot else path
    heldout_path = path / "heldout.parquet" if is_snapshot else Path(config.data.heldout)
    has_heldout = heldout_path.is_file() if is_snapshot else bool(config.data.heldout)
    train = load_preferences(train_path, renderer, limits)
    heldout = load_preferences(heldout_path, renderer, limits) if has_heldout else Preferences()
    if not train.groups:
        raise BadConfig(
            f"{train_path} has no usable pair: {train.dropped_identical} had two identical "
            f"answers, {train.dropped_too_long} were longer than {limits.max_length} tokens"
        )
    golden = config.evaluate.golden
    return Data(
        train,
        heldout,
        _load_prompts(config, path / "prompts.jsonl", (heldout, train), backbone, limits),
        load_golden(Path(golden), renderer, limits, train.system()) if golden else [],
    )


def _load_prompts(
    config: Config,
    path: Path,
    others: Sequence[Preferences],
    backbone: Backbone,
    limits: Limits,
) -> list[Prompt]:
    """The snapshot's evaluation prompts; without them held-out prompts, then training ones."""
    most = config.evaluate.prompts
    if path.is_file():
        return load_prompts(path, backbone.renderer, limits, most)
    found = {
        group.prompt_ids: Prompt(group.prompt, group.prompt_ids)
        for preferences in others
        for group in preferences.groups
    }
    return list(found.values())[:most]


def describe_data(data: Data, report: Report) -> None:
    """Counts, and warnings about data that a reader of the figures must know of."""
    train, heldout = data.train, data.heldout
    report.rows = {
        "train": train.pairs,
        "heldout": heldout.pairs,
        "groups": len(train.groups),
        "dropped_too_long": train.dropped_too_long + heldout.dropped_too_long,
        "dropped_identical": train.dropped_identical + heldout.dropped_identical,
    }
    if train.pairs < _FEW_PAIRS:
        report.warnings.append(f"only {train.pairs} training pairs: expect little, or noise")
    if not heldout.groups:
        report.warnings.append("no held-out votes: held-out accuracy was not measured")
    if not data.prompts:
        report.warnings.append("no evaluation prompts: nothing was sampled")
    longer = longer_share(train)
    if train.pairs > 1 and not 1 - _ONE_SIDED < longer < _ONE_SIDED:
        side = "longer" if longer > 0.5 else "shorter"
        share = max(longer, 1 - longer)
        report.warnings.append(
            f"the {side} answer was chosen in {share:.0%} of the training pairs: length is most of "
            "what can be learned"
        )
    if len(train.users) == 1 and train.pairs > 1 and "" not in train.users:
        report.warnings.append("all training votes are one person's")


def _train(
    config: Config,
    backbone: Backbone,
    data: Data,
    rows: Sequence[Row],
    guard: Guard,
    monitor: Monitor,
    report: Report,
    resume: bool,
) -> None:
    fits = f"{config.digest()} {data.train.digest()} {report.base_hash_before}"
    checkpoints = Checkpoints(Path(config.run.output) / "checkpoints", fits)
    if not resume:
        checkpoints.clear()
    saved = checkpoints.load()
    monitor.resume(saved.step if saved else 0)
    if saved:
        sizes = [len(row.targets) for row in rows]
        reference = list(torch.split(saved.reference_N.to(backbone.device), sizes))
    else:
        check_start(backbone, rows[: config.dpo.batch_pairs])
        reference = _reference(config, backbone, rows, guard, monitor)
    trainer = DpoTrainer(backbone, rows, reference, config.dpo, config.run.seed)
    if saved:
        trainer.restore(saved)
    try:
        trainer.train(guard, monitor, checkpoints, config.run.checkpoint_every_s)
    finally:
        report.steps, report.tokens = trainer.next_step, trainer.tokens


def _reference(
    config: Config, backbone: Backbone, rows: Sequence[Row], guard: Guard, monitor: Monitor
) -> list[torch.Tensor]:
    def tick(share: float) -> None:
        guard.check()
        monitor.progress("reference", share, "log-probabilities of the reference")

    return row_logprobs(backbone, Role.REFERENCE, rows, config.dpo.micro_tokens, tick)


def _publish(config: Config, backbone: Backbone, data: Data, guard: Guard, output: Path) -> None:
    prompts = data.prompts or [Prompt(g.prompt, g.prompt_ids) for g in data.train.groups]
    probe = make_probes(backbone, prompts, guard.check)
    adapter = backbone.policy_file(config.lora)
    publish_adapter(output / "adapter", adapter, config.run.served_model_name, {"probe": probe})


def _evaluate(
    config: Config,
    backbone: Backbone,
    data: Data,
    guard: Guard,
    monitor: Monitor,
    report: Report,
) -> None:
    def tick(share: float, message: str) -> None:
        guard.check()
        monitor.progress("evaluate", share, message)

    report.evaluation = evaluate(
        backbone, config, data.train, data.heldout, data.prompts, data.golden, tick
    )
    monitor.scalars(figures_of(report.evaluation), report.steps)
