"""Reads `/metrics` as Prometheus does."""

from __future__ import annotations

from httpx import AsyncClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[str, float]
"""By name and labels, `name{a="x",b="y"}` with the labels in order."""


async def read_families(http: AsyncClient) -> list[Metric]:
    """Ours; `_created` ones, which clients add, left out."""
    reply = await http.get("/metrics")
    assert reply.status_code == 200
    found = text_string_to_metric_families(reply.text)
    return [
        f for f in found if f.name.startswith("thumbwheel_") and not f.name.endswith("_created")
    ]


async def read_samples(http: AsyncClient) -> Samples:
    samples: Samples = {}
    for family in await read_families(http):
        for sample in family.samples:
            labels = ",".join(f'{k}="{v}"' for k, v in sorted(sample.labels.items()))
            name = sample.name.removeprefix("thumbwheel_")
            samples[f"{name}{{{labels}}}" if labels else name] = sample.value
    return samples
