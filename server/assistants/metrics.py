"""Folds a stretch of the log into figures by version. Pure: records in, figures out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.intervals import wilson
from core.opinions import pairs
from core.records import Comparison, Feedback, Response
from server.assistants.schemas import Score, Thumbs


@dataclass(frozen=True, slots=True)
class Figures:
    responses: dict[str, int]
    thumbs: dict[str, Thumbs]
    comparisons: dict[str, Score]
    same_version: int


def fold(
    opinions: Sequence[Feedback],
    responses: Mapping[str, Response],
    comparisons: Mapping[str, Comparison],
) -> Figures:
    """Figures by version. Opinions on what is gone (erased) are left out."""
    rated: set[str] = set()
    thumbs: dict[str, Thumbs] = defaultdict(Thumbs)
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    same_version = 0
    for opinion in opinions:
        shown = _shown(opinion, responses, comparisons)
        if shown is None:
            continue
        rated.update(r.id for r in shown)
        versions = [r.version for r in shown]
        if opinion.kind == "thumb":
            _count_thumb(thumbs[versions[0]], opinion)
        elif opinion.kind in ("comparison", "ranking"):
            same_version += len(set(versions)) == 1
            _count_pairs(tallies, opinion, versions)
    return Figures(
        responses=dict(Counter(responses[i].version for i in rated)),
        thumbs=dict(thumbs),
        comparisons={version: _score(tally) for version, tally in tallies.items()},
        same_version=same_version,
    )


def _shown(
    opinion: Feedback, responses: Mapping[str, Response], comparisons: Mapping[str, Comparison]
) -> list[Response] | None:
    """The responses an opinion is about, None when one of them is gone."""
    if opinion.kind in ("comparison", "ranking"):
        comparison = comparisons.get(opinion.target)
        identities = comparison.responses if comparison else []
    else:
        identities = [opinion.target]
    found = [responses[i] for i in identities if i in responses]
    return found if found and len(found) == len(identities) else None


def _count_thumb(thumbs: Thumbs, opinion: Feedback) -> None:
    if opinion.body["value"] == "up":
        thumbs.up += 1
    else:
        thumbs.down += 1


def _count_pairs(
    tallies: dict[str, Counter[str]], opinion: Feedback, versions: Sequence[str]
) -> None:
    for first, second, outcome in pairs(opinion, len(versions)):
        one, other = versions[first], versions[second]
        if one == other:
            continue
        decided = outcome in ("first", "second")
        tallies[one][("wins" if outcome == "first" else "losses") if decided else outcome] += 1
        tallies[other][("wins" if outcome == "second" else "losses") if decided else outcome] += 1


def _score(tally: Counter[str]) -> Score:
    wins, losses = tally["wins"], tally["losses"]
    ties, both_bad = tally["tie"], tally["both_bad"]
    n = wins + losses + ties + both_bad
    rate = (wins + 0.5 * (ties + both_bad)) / n
    low, high = wilson(rate, n)
    return Score(
        wins=wins,
        losses=losses,
        ties=ties,
        both_bad=both_bad,
        win_rate=round(rate, 4),
        low=round(low, 4),
        high=round(high, 4),
    )
