"""What must hold after any faults: votes, versions, runs and replicas, as the stores tell them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core import keys
from core.artifacts import MANIFEST, Artifacts, verify
from core.errors import ArtifactCorrupt, NotFound
from core.feedback import FeedbackLog
from core.records import BASE, Feedback, Run, Version
from core.registry import Registry
from core.replicas import Replicas
from core.responses import Responses
from core.runs import Runs
from core.settings import Settings
from core.store import Store, guard
from tests.chaos.ledger import Ledger, Vote

MOST: Final = 10_000


@dataclass(slots=True)
class Audit:
    """`problems`: promises that were broken, in words. `figures`: what was counted."""

    problems: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


async def audit(
    store: Store, settings: Settings, assistants: Sequence[str], ledger: Ledger
) -> Audit:
    found = Audit(problems=list(ledger.unexpected))
    found.figures["votes"] = ledger.figures()
    for name in assistants:
        log = [entry async for entry in FeedbackLog(store).read(name)]
        counts = await FeedbackLog(store).counts(name)
        found.problems += check_votes(log, counts, [v for v in ledger.votes if v.assistant == name])
        runs = await Runs(store).of(name, limit=MOST)
        versions = await Registry(store).versions(name, limit=MOST)
        found.problems += check_runs(runs, versions)
        found.problems += await _check_registry(store, name, versions)
        found.problems += _check_artifacts(settings, versions)
        found.figures[name] = _figures(log, runs, versions)
    found.problems += await _check_open(store, assistants)
    found.problems += await _check_responses(store)
    found.problems += await _check_replicas(store, settings, assistants)
    found.figures["unfinished uploads"] = _unfinished(Path(settings.artifacts))
    return found


def check_votes(
    log: Sequence[Feedback], counts: dict[str, int], votes: Sequence[Vote]
) -> list[str]:
    """No acknowledged vote is lost or counted twice. Everybody voted once on each target."""
    by_id = {entry.id: entry for entry in log}
    slots = Counter((entry.user, entry.kind, entry.target) for entry in log)
    known = {(vote.user, vote.kind, vote.target) for vote in votes}
    problems = [
        f"{slot} is {number} times in the log" for slot, number in slots.items() if number > 1
    ]
    problems += [f"{slot} was never said" for slot in slots.keys() - known]
    kinds: Counter[str] = Counter(kind for _, kind, _ in slots)
    problems += [
        f"{counts.get(kind, 0)} of kind {kind} are counted, {kinds[kind]} are in the log"
        for kind in sorted(counts.keys() | kinds)
        if counts.get(kind, 0) != kinds[kind]
    ]
    return problems + [problem for vote in votes for problem in _check_vote(vote, by_id)]


def _check_vote(vote: Vote, by_id: dict[str, Feedback]) -> list[str]:
    ids = set(vote.acknowledged)
    if len(ids) > 1:
        return [f"{vote.key} was acknowledged as {sorted(ids)}"]
    lost = [f"{vote.key} was acknowledged and is lost" for identity in ids - by_id.keys()]
    wrong = [
        f"{vote.key} is in the log as {by_id[identity]}"
        for identity in ids & by_id.keys()
        if _said(by_id[identity]) != _said(vote)
    ]
    return lost + wrong


def _said(opinion: Feedback | Vote) -> tuple[Any, ...]:
    body = opinion.body
    return opinion.user, opinion.kind, opinion.target, body.get("choice"), body.get("value")


def check_runs(runs: Sequence[Run], versions: Sequence[Version]) -> list[str]:
    """Every run has a verdict and at most one version, and what it promoted is registered."""
    made = Counter(version.run for version in versions)
    names = {version.name for version in versions}
    problems = [f"{run.id} has no verdict ({run.phase})" for run in runs if run.verdict is None]
    problems += [f"{run} made {number} versions" for run, number in made.items() if number > 1]
    problems += [
        f"{run.id} promoted {run.verdict.version!r}, which is not registered"
        for run in runs
        if run.verdict and run.verdict.decision == "promote" and run.verdict.version not in names
    ]
    return problems


async def _check_registry(store: Store, assistant: str, versions: Sequence[Version]) -> list[str]:
    """Every version is wholly there and says of itself what the pointer says of it."""
    pointer = await Registry(store).pointer(assistant)
    prefix = keys.version(assistant, "")
    async with guard():
        found = [key async for key in store.redis.scan_iter(match=f"{_literal(prefix)}*")]
    stored = {str(key).removeprefix(prefix) for key in found}
    problems = [f"{n} is not listed" for n in stored - {version.name for version in versions}]
    champions = {version.name for version in versions if version.state == "champion"}
    if champions != {pointer.champion} - {BASE}:
        problems.append(f"{pointer.champion} answers, marked as champion are {sorted(champions)}")
    if pointer.candidate:
        problems.append(f"{pointer.candidate} is a candidate of no run")
    promoted = Counter(
        entry.change.split()[0]
        for entry in await Registry(store).audit(assistant, MOST)
        if entry.action == "promote"
    )
    return problems + [f"promoted {n} times: {what}" for what, n in promoted.items() if n > 1]


def _literal(text: str) -> str:
    """For a pattern of Redis."""
    return text.replace("[", "\\[").replace("*", "\\*").replace("?", "\\?")


def _check_artifacts(settings: Settings, versions: Iterable[Version]) -> list[str]:
    artifacts, problems = Artifacts(settings.artifacts), []
    for version in versions:
        try:
            published = verify(Path(settings.artifacts) / version.name)
            if {artifacts.manifest(version.name).sha256, published.sha256} != {version.sha256}:
                problems.append(f"{version.name} is published with other content")
        except (ArtifactCorrupt, NotFound) as error:
            problems.append(error.message)
    return problems


def _unfinished(store: Path) -> int:
    """Directories that no reader sees, left by uploads that were killed."""
    return sum(path.name[0] == "." or not (path / MANIFEST).is_file() for path in store.iterdir())


async def _check_open(store: Store, assistants: Sequence[str]) -> list[str]:
    runs = [await Runs(store).active(name) for name in assistants]
    return [f"{run.id} is still open" for run in runs if run is not None]


async def _check_responses(store: Store) -> list[str]:
    """Every answer has its end."""
    prefix = keys.response("")
    async with guard():
        stored = [str(key) async for key in store.redis.scan_iter(match=f"{prefix}*", count=MOST)]
    known = await Responses(store).find([key.removeprefix(prefix) for key in stored])
    return [f"{r.id} is still open" for r in known.values() if r.status == "open"]


async def _check_replicas(store: Store, settings: Settings, assistants: Sequence[str]) -> list[str]:
    pointers = await Registry(store).pointers(list(assistants))
    wanted = {pointer.champion for pointer in pointers.values()} - {BASE}
    alive = await Replicas(store, settings.replica_ttl_s).alive()
    problems = [] if alive else ["no replica reports"]
    for replica in alive:
        if not replica.ready or wanted - set(replica.versions):
            problems.append(f"{replica.id} lacks {sorted(wanted - set(replica.versions))}")
    return problems


def _figures(
    log: Sequence[Feedback], runs: Sequence[Run], versions: Sequence[Version]
) -> dict[str, Any]:
    verdicts = [run.verdict for run in runs if run.verdict]
    return {
        "votes found": len(log),
        "runs": len(runs),
        "attempts": sum(run.attempts for run in runs),
        "verdicts": dict(Counter(verdict.decision for verdict in verdicts)),
        "reasons": dict(Counter(v.reason[:160] for v in verdicts if v.decision != "promote")),
        "versions": len(versions),
    }
