"""Proof that vLLM really applies an adapter: its greedy tokens are those the trainer recorded.

Owns the reading of `probe.json` and the comparison. What follows from a failed probe is the agent's
business.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from core.errors import ArtifactCorrupt, ThumbwheelError
from server.fleet.client import VllmClient

PROBE: Final = "probe.json"
MIN_MARGIN: Final = 0.3
"""Nats between the best and the second-best token. Below it, kernels that round differently (bf16)
may choose differently, and everything after depends on that choice."""


class ProbeFailed(ThumbwheelError):
    """vLLM says something else than the trainer did."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A prompt, what the trainer's model answers greedily, and how sure it was of each token.

    >>> Probe([1, 5, 9], expected_ids=[7, 4, 2], margins=[3.1, 0.1, 2.0]).comparable()
    [7]
    """

    prompt_ids: list[int]
    expected_ids: list[int]
    margins: list[float]

    def comparable(self) -> list[int]:
        """The tokens before the first one that might differ for no reason."""
        sure = next(
            (i for i, margin in enumerate(self.margins) if margin < MIN_MARGIN), len(self.margins)
        )
        return self.expected_ids[:sure]


@dataclass(frozen=True, slots=True)
class Probes:
    probes: list[Probe]


_READER: Final = TypeAdapter(Probes)


def read_probes(directory: Path) -> list[Probe]:
    """Raises ArtifactCorrupt when there is nothing to compare with."""
    path = directory / PROBE
    try:
        probes = _READER.validate_json(path.read_bytes()).probes
    except OSError as error:
        raise ArtifactCorrupt(f"the artifact has no readable {PROBE}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ArtifactCorrupt(f"{PROBE} is malformed at {where!r}: {first['msg']}") from error
    if not any(probe.comparable() for probe in probes):
        raise ArtifactCorrupt(f"{PROBE} has no token that is sure enough to compare")
    return probes


async def run_probes(client: VllmClient, url: str, version: str, probes: list[Probe]) -> None:
    """Raises ProbeFailed naming the first difference, and what the client raises."""
    await asyncio.gather(*(_run(client, url, version, i, p) for i, p in enumerate(probes)))


async def _run(client: VllmClient, url: str, version: str, index: int, probe: Probe) -> None:
    expected = probe.comparable()
    got = await client.greedy_tokens(url, version, probe.prompt_ids, max(1, len(expected)))
    if not got:
        raise ProbeFailed(f"probe {index}: vLLM generated nothing")
    for position, token in enumerate(expected):
        if position >= len(got) or got[position] != token:
            said = got[position] if position < len(got) else "nothing"
            raise ProbeFailed(
                f"probe {index}, token {position}: vLLM says {said}, the trainer said {token}"
            )
