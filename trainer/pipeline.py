"""One run from files to files: load, reference, train, publish, evaluate, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from core.base_model import describe_base
from core.errors import BadConfig, RunFailed
from trainer import dpo, kto, ppo, processes, reward, sft
from trainer.adapter_files import publish_adapter
from trainer.backbone import Backbone, load_backbone
from trainer.completions import Completions, load_completions
from trainer.config import Config
from trainer.data import (
    Limits,
    Preferences,
    Prompt,
    common_system,
    load_preferences,
    load_prompts,
)
from trainer.evaluate import Votes, evaluate
from trainer.golden import load_golden
from trainer.guard import Guard, peak_memory_bytes
from trainer.heldout import longer_share
from trainer.job import Data, Job, open_checkpoints
from trainer.lora import Role
from trainer.monitor import Monitor
from trainer.probe import make_probes
from trainer.report import Report, draw_curves, figures_of, write_card, write_reward_card

_FILES = ("train", "heldout", "thumbs", "thumbs_heldout", "demonstrations")
_FEW_PAIRS = 16
_ONE_SIDED = 0.95


@dataclass(frozen=True, slots=True)
class Method:
    """`train` learns, `publish` and `evaluate` deal with what it made, `card` describes it."""

    train: Callable[[Job], None]
    publish: Callable[[Job], None]
    evaluate: Callable[[Job], None]
    card: Callable[[Path, Config, Report], None] = write_card


def run(config: Config, guard: Guard, report: Report, resume: bool) -> None:
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
            report.base_hash = processes.from_first(
                lambda: describe_base(config.run.base_model).weights
            )
            report.base_hash_before = backbone.base_hash()
            report.processes = processes.count()
            report.base_bytes = backbone.base_bytes()
            describe_data(data, report)
        with clock("train"):
            job = _open_job(config, backbone, data, guard, monitor, report, resume)
            method = METHODS[config.run.method]
            method.train(job)
            method.publish(job)
        with clock("evaluate"):
            method.evaluate(job)
            report.base_hash_after = backbone.base_hash()
        if report.base_hash_after != report.base_hash_before:
            raise RunFailed("the base weights changed during the run; its adapter is worthless")
        monitor.progress("report", 0.0, "curves and model card")
        draw_curves(monitor.metrics, output / "curves.png")
        method.card(output, config, report)
        monitor.progress("report", 1.0, "done")
    finally:
        report.peak_memory_bytes = peak_memory_bytes()
        monitor.close()


def _open_job(
    config: Config,
    backbone: Backbone,
    data: Data,
    guard: Guard,
    monitor: Monitor,
    report: Report,
    resume: bool,
) -> Job:
    base_hash = report.base_hash_before or ""
    checkpoints = open_checkpoints(config, data, base_hash, report, resume)
    saved = checkpoints.load()
    monitor.resume(saved.step if saved else 0)
    return Job(config, backbone, data, guard, monitor, report, checkpoints, saved, resume)


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
    """All of a snapshot directory, or the one file as what the method learns from.

    Raises BadConfig when a row makes no sense or there is nothing at all.
    """
    renderer = backbone.renderer
    limits = Limits(backbone.max_length, backbone.vocabulary)
    path = Path(config.data.path)
    files = _snapshot_files(path) if path.is_dir() else _single_files(config, path)
    if not files:
        raise BadConfig(f"{path} holds none of {', '.join(_FILES)}")

    def preferences(name: str) -> Preferences:
        return load_preferences(files[name], renderer, limits) if name in files else Preferences()

    def completions(name: str) -> Completions:
        return load_completions(files[name], renderer, limits) if name in files else Completions()

    if config.run.method == "ppo" and config.ppo.replay:
        files["replay"] = Path(config.ppo.replay)
    train, heldout = preferences("train"), preferences("heldout")
    thumbs, demonstrations = completions("thumbs"), completions("demonstrations")
    asked = _asked((heldout, train), (thumbs, demonstrations))
    return Data(
        train,
        heldout,
        thumbs,
        completions("thumbs_heldout"),
        demonstrations,
        completions("replay"),
        _load_prompts(config, path / "prompts.jsonl", asked, backbone, limits),
        load_golden(config.evaluate.golden, renderer, limits, common_system(asked)),
    )


def _asked(votes: Sequence[Preferences], answers: Sequence[Completions]) -> list[Prompt]:
    """Every prompt of the data once, held-out ones first."""
    found = [
        *(Prompt(g.prompt, g.prompt_ids) for v in votes for g in v.groups),
        *(Prompt(c.prompt, c.prompt_ids) for a in answers for c in a.items),
    ]
    return list({prompt.ids: prompt for prompt in found}.values())


def _snapshot_files(directory: Path) -> dict[str, Path]:
    paths = {name: directory / f"{name}.parquet" for name in _FILES}
    return {name: path for name, path in paths.items() if path.is_file()}


def _single_files(config: Config, path: Path) -> dict[str, Path]:
    """One file holds what the method learns from."""
    name = {"kto": "thumbs", "sft": "demonstrations"}.get(config.run.method, "train")
    files = {name: path}
    if config.data.heldout:
        files["heldout"] = Path(config.data.heldout)
    return files


def _load_prompts(
    config: Config, path: Path, asked: Sequence[Prompt], backbone: Backbone, limits: Limits
) -> list[Prompt]:
    """The snapshot's evaluation prompts; without them those of the data."""
    most = config.evaluate.prompts
    if path.is_file():
        return load_prompts(path, backbone.renderer, limits, most)
    return list(asked[:most])


def describe_data(data: Data, report: Report) -> None:
    """Counts, and warnings about data that a reader of the figures must know of."""
    train, heldout = data.train, data.heldout
    report.rows = {
        "train": train.pairs,
        "heldout": heldout.pairs,
        "groups": len(train.groups),
        "thumbs": len(data.thumbs.items),
        "demonstrations": len(data.demonstrations.items),
        "dropped_too_long": sum(
            part.dropped_too_long
            for part in (train, heldout, data.thumbs, data.thumbs_heldout, data.demonstrations)
        ),
        "dropped_identical": train.dropped_identical + heldout.dropped_identical,
    }
    if 0 < train.pairs < _FEW_PAIRS:
        report.warn(f"only {train.pairs} training pairs: expect little, or noise")
    if not heldout.groups:
        report.warn("no held-out votes: held-out accuracy was not measured")
    if not data.prompts:
        report.warn("no evaluation prompts: nothing was sampled")
    longer = longer_share(train) if train.pairs else 0.5
    if train.pairs > 1 and not 1 - _ONE_SIDED < longer < _ONE_SIDED:
        side = "longer" if longer > 0.5 else "shorter"
        share = max(longer, 1 - longer)
        report.warn(
            f"the {side} answer was chosen in {share:.0%} of the training pairs: length is most of "
            "what can be learned"
        )
    if len(train.users) == 1 and train.pairs > 1 and "" not in train.users:
        report.warn("all training votes are one person's")


def _publish(job: Job) -> None:
    config, data = job.config, job.data
    # Probes leave with the adapter: where there are golden prompts, they are nobody's.
    prompts = [item.prompt for item in data.golden] or data.prompts
    prompts = prompts or _asked([data.train], [data.thumbs, data.demonstrations])
    probe = make_probes(job.backbone, prompts, job.check)
    adapter = job.backbone.adapter_file(Role.POLICY, config.lora)
    directory = Path(config.run.output) / "adapter"
    publish_adapter(directory, adapter, config.run.served_model_name, {"probe": probe})


def _evaluate(job: Job) -> None:
    def tick(share: float, message: str) -> None:
        job.check()
        job.monitor.progress("evaluate", share, message)

    data, report = job.data, job.report
    votes = Votes(
        data.train,
        data.heldout,
        data.thumbs.items,
        data.thumbs_heldout.items,
        data.demonstrations.items,
    )
    found = evaluate(job.backbone, job.config, votes, data.prompts, data.golden, tick)
    report.evaluation = found
    job.monitor.scalars(figures_of(found), report.steps)


def _done_by_itself(job: Job) -> None:
    """A reward model is no policy: it judges and publishes itself while it trains."""


METHODS = {
    "dpo": Method(dpo.train, _publish, _evaluate),
    "sft": Method(sft.train, _publish, _evaluate),
    "kto": Method(kto.train, _publish, _evaluate),
    "reward": Method(reward.train, _done_by_itself, _done_by_itself, write_reward_card),
    "ppo": Method(ppo.train, _publish, _evaluate),
}
