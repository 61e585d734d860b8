"""The metrics that are read from Redis at a scrape: names, labels, and a scrape being filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX: Final = "thumbwheel_"


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    help: str
    labels: tuple[str, ...] = ("assistant",)


FAMILIES: Final = (
    Family("state_up", "1 if Redis told in time what is below, 0 if not", ()),
    Family("champion_info", "Who answers by default", ("assistant", "version")),
    Family("held", "1 while nothing new may go live"),
    Family(
        "opinions",
        "Targets with an opinion that may be learned from, by kind",
        ("assistant", "kind"),
    ),
    Family(
        "feedback_waiting",
        "Opinions that wait for the next run, by trigger",
        ("assistant", "trigger"),
    ),
    Family("feedback_needed", "How many begin a run, by trigger", ("assistant", "trigger")),
    Family("feedback_lag_seconds", "Age of the oldest opinion that no judged run has learned from"),
    Family("last_look_timestamp_seconds", "When a worker last looked whether a run is due"),
    Family("log_entries", "Entries of the feedback log", ("assistant", "where")),
    Family("archive_watermark_timestamp_seconds", "When the newest archived entry came"),
    Family("run_open", "1 for the run without a verdict, by state", ("assistant", "state")),
    Family("run_progress_ratio", "How far the open run is, by phase", ("assistant", "phase")),
    Family("run_opened_timestamp_seconds", "When the open run was opened"),
    Family("run_attempts", "How often the open run was begun"),
    Family("lease_held", "1 while a worker works on the assistant"),
    Family("last_run_seconds", "What the newest ended run spent, by phase", ("assistant", "phase")),
    Family(
        "last_verdict_timestamp_seconds",
        "When the newest verdict was given, and which",
        ("assistant", "decision"),
    ),
    Family("gate_value", "Figures of the newest judged run, by gate", ("assistant", "gate")),
    Family("gate_limit", "What the figure was held against", ("assistant", "gate")),
    Family("gate_passed", "1 where it passed", ("assistant", "gate")),
    Family("judge_astray", "1 while the gate's judge goes on being pleased and people do not"),
    Family(
        "canary_evidence", "E-value that the challenger is better, or worse", ("assistant", "side")
    ),
    Family("canary_bound", "The e-value that promotes, or rolls back", ("assistant", "side")),
    Family("canary_votes", "Votes that count in the trial"),
    Family("canary_ends_timestamp_seconds", "The trial's deadline"),
    Family("replica_ready", "1 if it generates and reports", ("replica",)),
    Family("replica_reported_timestamp_seconds", "When its agent last reported", ("replica",)),
    Family("replica_version", "1 for each version it has loaded", ("replica", "version")),
    Family("replica_versions_missing", "Wanted versions that it has not loaded", ("replica",)),
    Family("workers", "Workers that live, by the queue they take from", ("queue",)),
)


class Scrape(Collector):
    """Every family, with the samples that were added."""

    def __init__(self) -> None:
        self._families = {
            f.name: GaugeMetricFamily(f"{PREFIX}{f.name}", f.help, labels=f.labels)
            for f in FAMILIES
        }

    def add(self, name: str, value: float | None, *labels: str) -> None:
        """One sample; none where there is no value."""
        if value is not None:
            self._families[name].add_metric(labels, value)

    def collect(self) -> Iterable[Metric]:
        return self._families.values()
