"""One run, from wherever it stands to its verdict: snapshot, train, gate, publish, load, promote.

Every stage leaves its result behind and skips itself when it finds one, so a second delivery or a
successor goes on where the first stopped.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from core import spans
from core.alarm import find_warnings
from core.assistants import Assistant
from core.errors import RunCancelled, RunFailed, StaleFence, ThumbwheelError, Unavailable
from core.records import BASE, Run, Verdict
from core.runs import Lease
from worker.canary.spending import level
from worker.choose import Method, choose
from worker.context import Context
from worker.gate import Judgement, judge
from worker.llm_judge import ask_judge
from worker.promotion import go_live
from worker.publish import publish
from worker.recipe import make_config, trainer_threads, write_config
from worker.runner import Job, read_json, trace_env, train
from worker.snapshot import Snapshot, load_snapshot, take_snapshot
from worker.sufficiency import objection
from worker.suspicions import without_names
from worker.taught import traceparents
from worker.verdicts import by_thumbs_alone, rejected

log = logging.getLogger(__name__)

SHOWN: Final = ("counts", "split", "dropped", "left_out", "watermark", "redacted")
"""What a verdict shows of a snapshot's manifest."""
TRAINED: Final = (0.05, 0.9)
"""The part of a run's progress bar that training fills."""


class Pipeline:
    """The stages of one run, in order; `seconds` and `figures` collect what the verdict shows."""

    def __init__(self, context: Context, run: Run, lease: Lease) -> None:
        self._context = context
        self._run = run
        self._lease = lease
        self._directory = context.run_directory(run.id)
        self._seconds: dict[str, float] = {}
        self._version = ""
        self.figures: dict[str, Any] = {"seconds": self._seconds}

    async def verdict(self) -> Verdict:
        """Raises only what is no verdict: StaleFence (somebody else's run now), Unavailable (try
        again later) and RunCancelled.
        """
        try:
            return await self._stages()
        except (StaleFence, Unavailable, RunCancelled):
            raise
        except RunFailed as error:
            return rejected(error.message, version=self._version)
        except ThumbwheelError as error:
            reason = f"{type(error).__name__}: {error.message}"
            return rejected(reason, version=self._version)
        except Exception as error:
            # A bug of ours must still end in a verdict, or the assistant would never learn again.
            log.exception("failed", extra=self._log("fail"))
            reason = f"the worker failed: {type(error).__name__}: {error}"
            return rejected(reason, version=self._version)

    async def _stages(self) -> Verdict:
        assistant = self._context.assistants.get(self._run.assistant)
        self._directory.mkdir(parents=True, exist_ok=True)
        snapshot = await self._snapshot()
        await self._link(snapshot)
        self.figures["data"] = {
            **{k: snapshot.manifest[k] for k in SHOWN},
            "reliability": without_names(snapshot.manifest["reliability"]),
        }
        choice = choose(snapshot.manifest, assistant)
        self.figures["recipe"] = choice.figures()
        too_little = objection(snapshot.manifest, assistant, choice.method)
        if too_little:
            chosen = f" (auto chose {choice.method}: {choice.why})"
            return rejected(too_little + (chosen if assistant.recipe == "auto" else ""))
        champion = await self._plan(assistant, choice.method)
        report = await self._train(choice.method)
        self._report(report)
        judgement = await self._judge(assistant, champion, report)
        if not judgement.passed:
            return rejected(judgement.reason)
        with self._timed("publish"):
            await self._say("publish", 0.92)
            version = await publish(
                self._context, self._lease, self._directory, champion, snapshot, report
            )
        self._version = version.name
        if judgement.by_thumbs:
            return by_thumbs_alone(judgement.reason, version.name)
        with self._timed("load"):
            await self._say("load", 0.95, version.name)
            return await go_live(self._context, self._lease, version, champion, judgement, snapshot)

    async def _snapshot(self) -> Snapshot:
        directory = self._directory / "snapshot"
        known = load_snapshot(directory)
        if known is not None and known.name == self._run.snapshot:
            return known
        with self._timed("snapshot"):
            await self._say("snapshot", 0.0)
            taken = await take_snapshot(self._context, self._run.assistant, directory)
        await self._context.runs.note(self._run.id, snapshot=taken.name)
        return taken

    async def _link(self, snapshot: Snapshot) -> None:
        if not spans.on():
            return
        spans.note({"thumbwheel.snapshot": snapshot.name})
        watermark = snapshot.manifest["watermark"]
        spans.link(await traceparents(self._context, self._run.assistant, watermark))

    async def _plan(self, assistant: Assistant, method: Method) -> str:
        """The champion this run is measured against, written down once with run.toml."""
        plan = self._directory / "plan.json"
        known = read_json(plan)
        if known is not None:
            return str(known["champion"])
        champion = (await self._context.registry.pointer(self._run.assistant)).champion
        reference = None if champion == BASE else await asyncio.to_thread(self._fetch, champion)
        config = make_config(
            self._context.settings,
            assistant,
            method,
            self._run.id,
            self._directory,
            reference,
            await self._replica_url(),
        )
        write_config(config, self._directory / "run.toml")
        making = plan.with_suffix(".tmp")
        making.write_text(json.dumps({"champion": champion}))
        making.replace(plan)
        return champion

    async def _judge(
        self, assistant: Assistant, champion: str, report: dict[str, Any]
    ) -> Judgement:
        if assistant.gate.llm_judge:
            with self._timed("llm_judge"):
                await self._say("judge", TRAINED[1])
                opinion = asdict(await ask_judge(self._context.settings, self._directory))
            report = {**report, "llm": opinion}
            self.figures["llm"] = opinion
        alarms = await find_warnings(
            self._context.registry, self._context.trials, self._run.assistant
        )
        attempt = await self._context.reigns.count_run(self._run.assistant, champion, self._run.id)
        judgement = judge(report, assistant.gate, level(assistant.canary.alpha, attempt))
        self.figures |= {
            "champion": champion,
            "attempt": attempt,
            "gates": judgement.figures(),
            "warnings": [*(report.get("warnings") or []), *alarms],
        }
        return judgement

    async def _replica_url(self) -> str:
        """A vLLM that can sample for a trainer; "" when none is ready, or none may."""
        if not self._context.settings.fleet_rollouts:
            return ""
        alive = await self._context.replicas.alive()
        return min((replica.url for replica in alive if replica.ready), default="")

    def _fetch(self, version: str) -> Path:
        return self._context.artifacts().fetch(version, self._context.champions)

    async def _train(self, method: Method) -> dict[str, Any]:
        settings = self._context.settings
        with self._timed("train"):
            job = Job(
                command=self._context.trainer,
                method=method,
                directory=self._directory,
                max_seconds=settings.run_max_seconds,
                threads=trainer_threads(settings),
                nice=settings.trainer_nice,
                trace=trace_env(settings.otlp_url),
            )
            await self._say("train", TRAINED[0])
            return await train(job, self._relay)

    async def _relay(self, progress: dict[str, Any]) -> None:
        """Progress is for watchers: a training does not stop because Redis restarts."""
        with suppress(Unavailable):
            await self._pass_on(progress)

    async def _pass_on(self, progress: dict[str, Any]) -> None:
        low, high = TRAINED
        fraction = min(1.0, max(0.0, float(progress.get("fraction") or 0.0)))
        eta_s = progress.get("eta_s")
        await self._context.runs.progress(
            self._run.id,
            str(progress.get("phase") or "train"),
            low + (high - low) * fraction,
            str(progress.get("message") or ""),
            float(eta_s) if isinstance(eta_s, int | float) else None,
            progress.get("figures"),
        )

    def _report(self, report: dict[str, Any]) -> None:
        for name in ("heldout", "generation", "golden", "rows", "steps"):
            self.figures[name] = report.get(name)
        self._seconds.update({f"trainer_{k}": v for k, v in (report.get("seconds") or {}).items()})

    async def _say(self, phase: str, fraction: float, message: str = "") -> None:
        log.info(phase, extra=self._log(phase))
        await self._context.runs.progress(self._run.id, phase, fraction, message)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            with spans.span(stage):
                yield
        finally:
            self._seconds[stage] = round(time.monotonic() - start, 3)

    def _log(self, action: str) -> dict[str, str]:
        return {"action": action, "assistant": self._run.assistant, "run_id": self._run.id}
